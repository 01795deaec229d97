"""What boards can take, and what shares take of it."""

from __future__ import annotations

import dataclasses
from typing import NoReturn

import numpy as np

from mycoflux.compiler.arrangement import RESOURCES
from mycoflux.compiler.cost import Rates, memory, tick_cost
from mycoflux.compiler.emit import MAX_SOURCES
from mycoflux.compiler.integer import IntegerCircuit
from mycoflux.compiler.lacking import lacking, refuse_lacking
from mycoflux.compiler.mesh import Mesh, Node
from mycoflux.compiler.route import Routes
from mycoflux.compiler.weigh import ALIKE, CHANNEL, FIRED, WORD, Floats, UnitWork
from mycoflux.errors import DoesNotFit
from mycoflux.program.image import encode
from mycoflux.program.mesh import MeshProgram, Share
from mycoflux.program.types import Population, Program

UNITS = {"memory": "bytes", "time": "instructions a tick", "sources": "neurons and channels"}


def capacities(mesh: Mesh, dt_us: int) -> Floats:
    """(boards, RESOURCES): bytes for a share, instructions a tick, neurons and channels."""
    return np.array([[_heap(node), _work(node, dt_us), MAX_SOURCES] for node in mesh.nodes], np.float64)


def _heap(node: Node) -> float:
    if not node.heap:
        return np.inf
    return max(node.heap - (node.machine.runtime if node.machine is not None else 0), 1)


def _work(node: Node, dt_us: int) -> float:
    if node.machine is None or not node.busy:
        return np.inf
    return max(node.busy * node.machine.per_us * dt_us, 1.0)


def measure(mesh: Mesh, program: MeshProgram, rates: Floats) -> Floats:
    """What each share takes of each resource, (shares, RESOURCES).

    Bytes are `cost.memory`'s where the board's figures are known, else the image and the buffers.
    Instructions are of a typical tick, and 0 where no figures are known. rates: of the uncut program's
    sources.
    """
    listens: dict[str, list[float]] = {board: [] for board in program.boards}
    for bond in program.bonds:
        listens[bond.target].append(float(rates[program.whole_sources(bond)].mean()))
    rows = []
    for share in program.shares:
        node = mesh.nodes[mesh.index[share.board]]
        own = share.program
        time = 0.0
        if node.machine is not None:
            time = tick_cost(own, node.machine, _rates(program, share, rates, listens[share.board])).typical
        sources = own.neurons + own.channels
        # One with more sources than an image can have has no image to measure.
        rows.append((_bytes(own, node) if sources <= MAX_SOURCES else 0.0, time, sources))
    return np.array(rows, np.float64).reshape(-1, len(RESOURCES))


def _rates(program: MeshProgram, share: Share, rates: Floats, bonds: list[float]) -> Rates:
    """Of a share's populations and sensors; those that bonds feed come last, in the order of the bonds."""
    known = np.append(rates, 0.0)  # NOBODY spikes
    neurons = [float(known[share.neurons[p.first]]) for p in share.program.populations]
    senses = share.program.sensors[: len(share.program.sensors) - len(bonds)]
    own = [float(rates[program.whole.neurons + share.channels[s.first]]) for s in senses]
    return Rates(tuple(neurons), (*own, *bonds))


def _bytes(program: Program, node: Node) -> float:
    machine = node.machine
    if machine is None:
        words = sum(p.size * (2 + p.neuron.words) for p in program.populations) + program.accumulators
        buffers = WORD * words + FIRED * program.neurons + CHANNEL * program.channels
        return float(len(encode(program)) + buffers)
    if not node.heap:
        return float(memory(program, machine).total - machine.runtime)
    more = node.heap - machine.heap
    # A heap of another size, as one with external RAM, differs by what is free in one piece.
    own = dataclasses.replace(
        machine,
        heap=node.heap,
        largest=max(machine.largest + more, 0),
        usable=max(machine.usable + more, 0),
    )
    needed = memory(program, own)
    return float(max(needed.total, node.heap + needed.over if needed.over else 0) - machine.runtime)


def refuse_lacking_runtimes(mesh: Mesh, program: MeshProgram) -> None:
    """Raise DoesNotFit for a share of which its board's runtime lacks something, if there is one."""
    for share in program.shares:
        if mesh.small[mesh.index[share.board]]:
            for what, origin in lacking(share.program):
                refuse_lacking(share.board, share.program, what, origin)


def refuse_overload(
    mesh: Mesh, circuit: IntegerCircuit, program: MeshProgram, use: Floats, capacity: Floats
) -> NoReturn:
    """Raise DoesNotFit for the resource that is exceeded by the largest share; some must be."""
    boards = [mesh.index[share.board] for share in program.shares]
    over = use / capacity[boards]
    row, column = np.unravel_index(int(np.argmax(over)), over.shape)
    share, resource = program.shares[int(row)], RESOURCES[int(column)]
    needs, has = use[row, column], capacity[boards[int(row)], column]
    largest = _largest(share.program)
    raise DoesNotFit(
        f"board '{share.board}' would need {needs:,.0f} {UNITS[resource]} and has {has:,.0f}, "
        f"{needs / has - 1:.0%} too much; its largest population is '{largest.name}' with {largest.size:,} "
        f"neurons and {_incoming(share.program)[largest.first]:,} synapses",
        where=mesh.where or largest.origin,
        remedy=_REMEDIES[resource] + held(mesh, circuit),
    )


_REMEDIES = {
    "memory": "Use more boards, a kind with more memory, or fewer synapses",
    "time": "Use more boards, a faster kind, a longer dt_s, or lower rates",
    "sources": "Use more boards, or projections that reach fewer of them",
}


def held(mesh: Mesh, circuit: IntegerCircuit) -> str:
    """What to add of a delay that keeps neurons on boards near to one another, if one does."""
    short = [p for p in circuit.projections if p.delay < mesh.hops.max() and not p.stretch]
    if not short:
        return ""
    most = max(short, key=lambda p: len(p.sources))
    return (
        f". Short delays keep neurons on boards near to one another, most of all the {most.delay + 1} "
        f"tick(s) of '{most.name}': lengthen them, or let them be stretched"
    )


def _incoming(program: Program) -> dict[int, int]:
    """Synapses by the first neuron of the population that they reach."""
    found = {p.first: 0 for p in program.populations}
    for projection in program.projections:
        found[program.populations[projection.target].first] += projection.synapses
    return found


def _largest(program: Program) -> Population:
    incoming = _incoming(program)
    return max(program.populations, key=lambda p: (incoming[p.first] + p.size * 10, p.name))


def refuse_links(mesh: Mesh, routes: Routes) -> NoReturn:
    """Raise DoesNotFit for the link that is overloaded most; one must be."""
    load = max(routes.loads.values(), key=lambda load: load.over)
    a, b = mesh.nodes[load.source].name, mesh.nodes[load.target].name
    raise DoesNotFit(
        f"from '{a}' to '{b}' {load.expected:,.0f} bytes a tick are expected, {load.passes:,.0f} pass at "
        f"{mesh.edges[load.edge].baud:,} baud",
        where=mesh.where,
        remedy="Raise its baud, add links or boards with room, lengthen dt_s, or lower the rates expected",
    )


def unit_work(mesh: Mesh) -> UnitWork:
    """What pieces of a tick take, to weigh neurons with: on the first board of which it is known."""
    for node in mesh.nodes:
        if node.machine is not None:
            known = node.machine.instructions
            return UnitWork(known.neuron, known.packed, known.spike + known.row)
    return ALIKE
