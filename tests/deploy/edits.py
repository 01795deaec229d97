"""Programs, and what an author may do to one between two builds."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import numpy as np

from mycoflux.circuit import LIF, AllToAll, Circuit, Explicit
from mycoflux.circuit.patterns import Pattern
from mycoflux.program.neurons import Lif
from mycoflux.program.types import Population, Program, Projection, Sensor

_NEURON = Lif(vth=100, du=100, dv=100)


def dense(size: int = 100) -> Program:
    """Everything to everything: an image of little else than weights."""
    rng = np.random.default_rng(1)
    table = Projection(
        0, 1, 0, size, 0, size, 1, 1, 0,
        np.arange(size + 1) * size, np.tile(np.arange(size), size), rng.integers(1, 255, size * size),
    )  # fmt: skip
    return _program("dense", size, table)


def sparse(size: int = 400, synapses: int = 10_000) -> Program:
    """Random pairs."""
    rng = np.random.default_rng(2)
    pairs = np.sort(rng.choice(size * size, synapses, replace=False))
    rows = np.concatenate(([0], np.cumsum(np.bincount(pairs // size, minlength=size))))
    return _program(
        "sparse",
        size,
        Projection(0, 1, 0, size, 0, size, 1, 1, 0, rows, pairs % size, rng.integers(1, 255, synapses)),
    )


def _program(name: str, size: int, table: Projection) -> Program:
    populations = (Population("a", 0, size, _NEURON, 1, 0), Population("b", size, size, _NEURON, 2, size))
    return Program(name, 1000, populations, (Sensor("s", 3, 0, 1, 0),), (table,), ())


def dense_circuit(weight_v: float) -> Circuit:
    """10,000 synapses, everything to everything; one of them has this weight."""
    return _circuit(100, AllToAll(), 10_000, weight_v)


def sparse_circuit(weight_v: float) -> Circuit:
    """10,000 synapses of random pairs; one of them has this weight."""
    pairs = np.sort(np.random.default_rng(3).choice(400 * 400, 10_000, replace=False))
    return _circuit(400, Explicit([divmod(int(pair), 400) for pair in pairs]), 10_000, weight_v)


def _circuit(size: int, pattern: Pattern, synapses: int, weight_v: float) -> Circuit:
    circuit = Circuit("edited")
    source = circuit.population("a", size, LIF(threshold_v=1.0))
    target = circuit.population("b", size, LIF(threshold_v=1.0))
    weights = np.random.default_rng(4).uniform(0.001, 0.003, synapses)
    weights[synapses // 3] = weight_v
    circuit.connect(source, target, weight_v=weights, pattern=pattern)
    return circuit


def with_weight(program: Program, synapse: int, weight: int, projection: int = 0) -> Program:
    """One weight of one projection is another."""
    changed = list(program.projections)
    weights = changed[projection].weights.copy()
    weights[synapse] = weight
    changed[projection] = dataclasses.replace(changed[projection], weights=weights, shared=None)
    return dataclasses.replace(program, projections=tuple(changed))


def without_synapse(program: Program, synapse: int) -> Program:
    """One synapse of the first projection less."""
    first = program.projections[0]
    rows = first.rows - (first.rows > synapse)
    kept = dataclasses.replace(
        first,
        rows=rows,
        targets=np.delete(first.targets, synapse),
        weights=np.delete(first.weights, synapse),
        shared=None,
    )
    return dataclasses.replace(program, projections=(kept, *program.projections[1:]))


def with_population_first(program: Program, size: int) -> Program:
    """A new population before all others: every number and offset moves."""
    new = Population("new", 0, size, _NEURON, 1, 0)
    moved = (
        dataclasses.replace(p, first=p.first + size, ring_at=p.ring_at + size) for p in program.populations
    )
    projections = (
        dataclasses.replace(p, first=p.first + size, group=p.group + 1, target=p.target + 1)
        for p in program.projections
    )
    actuators = (dataclasses.replace(a, first=a.first + size) for a in program.actuators)
    return dataclasses.replace(
        program,
        populations=(new, *moved),
        projections=tuple(projections),
        actuators=tuple(actuators),
    )


def edited(program: Program, rng: random.Random) -> Program:
    """Some edit of `program`."""
    kinds: list[Callable[[], Program]] = [
        lambda: with_population_first(program, rng.randint(1, 9)),
        lambda: dataclasses.replace(program, name=program.name[:200] + " again"),
    ]
    if program.projections:
        some = rng.randrange(len(program.projections))
        kinds += [
            lambda: dataclasses.replace(program, projections=program.projections[::-1]),
            lambda: dataclasses.replace(program, projections=program.projections[1:]),
            lambda: dataclasses.replace(
                program, projections=(*program.projections, program.projections[some])
            ),
        ]
        synapses = program.projections[some].synapses
        kinds += [lambda: with_weight(program, rng.randrange(synapses), 200, some)] * 3 if synapses else []
        first = program.projections[0].synapses
        kinds += [lambda: without_synapse(program, rng.randrange(first))] * 3 if first > 1 else []
    return rng.choice(kinds)()
