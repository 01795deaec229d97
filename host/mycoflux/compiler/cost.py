"""What a program costs on a kind of board: memory, time a tick, bytes on a link. No board is asked.

`cost_memory` and `cost_time` hold the two models; the figures come from the board's file (`program.machine`),
where they were measured or, where that could not be, estimated: `Machine.measured` says which.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from myco import arith, wire
from mycoflux.compiler.cost_memory import Consumer, Memory, memory
from mycoflux.compiler.cost_time import Activity, Floats, can_rest, graded, uniform, work
from mycoflux.compiler.integer import IntegerCircuit
from mycoflux.compiler.lacking import SMALL, lacking, refuse_lacking
from mycoflux.errors import DoesNotFit
from mycoflux.program.machine import Machine
from mycoflux.program.neurons import Neuron, TernaryLif
from mycoflux.program.types import Population, Program, Projection

__all__ = [
    "Consumer",
    "Memory",
    "Rates",
    "TickCost",
    "demand_fit",
    "link_bytes",
    "memory",
    "rates_of",
    "tick_cost",
]

EXPECTED = 0.01  # spikes a tick of each source, where nobody said more
_LONGEST_TAIL = 4096  # ticks after which a decaying state is taken as at rest


@dataclass(frozen=True)
class Rates:
    """Spikes a tick in the mean, 0..1: of a neuron of each population, of a channel of each sensor."""

    neurons: tuple[float, ...]
    sensors: tuple[float, ...]

    @classmethod
    def assumed(cls, program: Program) -> Rates:
        """The same for all, where a program came without rates."""
        return cls((EXPECTED,) * len(program.populations), (EXPECTED,) * len(program.sensors))


@dataclass(frozen=True)
class TickCost:
    """Instructions of a tick: when nothing happens, at the rates given, when every source spikes at once."""

    best: float
    typical: float
    worst: float

    def us(self, machine: Machine) -> TickCost:
        """The same in microseconds."""
        return TickCost(
            self.best / machine.per_us, self.typical / machine.per_us, self.worst / machine.per_us
        )


def rates_of(circuit: IntegerCircuit) -> Rates:
    """What the circuit's author expects of it."""
    return Rates(tuple(p.expected for p in circuit.populations), tuple(s.expected for s in circuit.sensors))


def tick_cost(program: Program, machine: Machine, rates: Rates) -> TickCost:
    """Instructions of a tick of `program`; the transfer of its inputs and outputs is `link_bytes`.

    best: no spike, no reading, every neuron at rest that can be: one with a bias never is. typical: `rates`,
    with sources independent of one another. worst: every neuron and channel spikes.
    """
    awake = np.array([float(not can_rest(p.neuron)) for p in program.populations])
    activities = (
        replace(uniform(program, 0.0), awake=awake, busy=awake),
        _expected(program, rates),
        replace(uniform(program, 1.0), reached=_reached(program)),
    )
    return TickCost(*(work(program, activity, machine.kernel).on(machine) for activity in activities))


def _reached(program: Program) -> Floats:
    """Of each population, the share of neurons that any synapse ends at."""
    ends = np.zeros(program.neurons, np.bool_)
    for projection in program.projections:
        ends[program.populations[projection.target].first + projection.targets] = True
    return np.array([ends[p.first : p.first + p.size].mean() for p in program.populations])


def _expected(program: Program, rates: Rates) -> Activity:
    sizes = [*(p.size for p in program.populations), *(s.size for s in program.sensors)]
    own = zip(sizes, (*rates.neurons, *rates.sensors), strict=True)
    spikes = np.concatenate([np.full(size, min(rate, 1.0)) for size, rate in own])
    awake, busy, reached = np.array([_state(program, i, spikes) for i in range(len(program.populations))]).T
    read = [float(rate > 0) for rate in rates.sensors]
    traced = [float(spikes[a.first : a.first + a.size].sum() > 0) for a in program.actuators]
    return Activity(spikes, awake, busy, reached, np.array(read), np.array(traced))


def _state(program: Program, index: int, spikes: Floats) -> tuple[float, float, float]:
    """Of a population: whether it is awake, its shares of neurons that are not at rest and that are reached.

    What arrives keeps a neuron awake a while: with arrivals of a Poisson process, and each acting for so many
    ticks, 1 - exp(-arrivals * ticks).
    """
    population = program.populations[index]
    awake = busy = reached = 0.0
    for projection in program.projections:
        if projection.target == index:
            own = spikes[projection.first : projection.first + projection.sources]
            arrivals = float(own @ np.diff(projection.rows)) / population.size
            ticks = _tail(population.neuron, _strength(program, projection)) if arrivals else 0
            awake += float(own.sum()) * ticks
            busy += arrivals * ticks
            reached += arrivals
    if not can_rest(population.neuron):
        awake = busy = math.inf
    return 1.0 - math.exp(-awake), 1.0 - math.exp(-busy), 1.0 - math.exp(-reached)


def _strength(program: Program, projection: Projection) -> int:
    """What a synapse adds to `a` in the mean."""
    mean = float(projection.weights.mean()) if projection.synapses else 0.0
    if graded(program, projection.group) and projection.group >= len(program.populations):
        return int(arith.SENSOR_MAX / 2 * mean) >> projection.shift
    return int(mean) << projection.shift


def _tail(neuron: Neuron, strength: int) -> int:
    """Ticks for which one arrival keeps a neuron, taken for a plain LIF, from rest if it does not spike."""
    if neuron.graded and not isinstance(neuron, TernaryLif):
        return 1  # it has no state
    u, v, ticks = strength << arith.STATE_SHIFT, 0, 0
    while ticks < _LONGEST_TAIL:
        v = arith.decay(v, neuron.dv) + u
        ticks += 1
        if v > neuron.vth << arith.STATE_SHIFT:
            v = 0
        u = arith.decay(u, neuron.du + 1)
        if not u and not v:
            break
    return ticks


def link_bytes(spikes: float, sources: int, values: float = 0.0) -> float:
    """Bytes a tick on a link that carries so many spikes of `sources` neurons or channels, and values.

    Assumed: frames as of `myco.wire`, at least one a tick, each with the tick (4 bytes); spikes as one bit a
    source or as a list of numbers (1 byte up to 256 sources, else 2), whichever is shorter; a value as its
    number and 3 bytes.
    """
    if not sources:
        return 0.0
    number = 1 if sources <= 256 else 2
    content = min(math.ceil(sources / 8), spikes * number) + values * (number + 3)
    tick = 4
    framing = wire.MAX_FRAME - wire.MAX_PAYLOAD
    frames = max(1, math.ceil(content / (wire.MAX_PAYLOAD - tick)))
    return float(content + frames * (framing + tick))


def demand_fit(program: Program, machine: Machine) -> Memory:
    """What `program` takes on `machine`.

    Raises:
        DoesNotFit: more than there is, naming the largest part, by how much, and what would help; or a part
            that the board's runtime lacks.
    """
    if machine.engine == SMALL:
        for what, origin in lacking(program):
            refuse_lacking(machine.name, program, what, origin)
    needed = memory(program, machine)
    if needed.fits:
        return needed
    largest = needed.consumers[0]
    lack = f"it needs {needed.peak - needed.runtime:,} bytes of heap, {needed.over:,} more than there are"
    if needed.outside == needed.over:
        lack = f"its image is {needed.outside:,} bytes longer than the {machine.slot:,} of flash kept for it"
    raise DoesNotFit(
        f"the program does not fit on '{machine.name}': {lack}; {largest.bytes:,} of them are for "
        f"{largest.name}",
        where=largest.origin or program.name,
        remedy=_remedy(largest, program),
    )


def _remedy(largest: Consumer, program: Program) -> str:
    if largest.name.startswith("projection"):
        return "Use fewer synapses there, a board with more memory, or several boards"
    deepest: Sequence[Population] = sorted(program.populations, key=lambda p: -p.depth)
    if deepest[0].depth > 8:
        return (
            f"Shorten the delays into '{deepest[0].name}' ({deepest[0].depth} ticks: each is 4 bytes a neuron"
            "), use fewer neurons, or a board with more memory"
        )
    return "Use fewer neurons, a board with more memory, or several boards"
