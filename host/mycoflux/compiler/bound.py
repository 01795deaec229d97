"""Proves that no accumulator of an integer circuit can leave its range, or says which one could.

The worst case is every input at once, as often as it can come (`intervals`). For u: a source that adds A to
`a` every k ticks at most adds no more than A * 64 / (1 - keep^k) to |u|, keep = 1 - (du + 1) / 4096, because
|decay(x, d)| <= |x| * (1 - d / 4096); for k = 1 that is A * 64 * 4096 / (du + 1). The contract wraps u above
2^23, so X must stay below that. v is clipped by the contract at +-(2^23 - 1), which is no error, but is
reported where it can happen; so is a resonator's state, but what a tick adds to it must stay below 2^23. A
value that a graded spike carries is bounded by what can arrive at its source, so graded populations are
bounded in the order in which they feed one another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from myco import arith, layout
from myco.neurons import IZHIKEVICH_LIMIT
from mycoflux.compiler.integer import IntegerActuator, IntegerCircuit, IntegerPopulation, IntegerSensor
from mycoflux.compiler.intervals import least_interval, summed
from mycoflux.errors import BoundError
from mycoflux.program.neurons import (
    GeneralLif,
    Graded,
    Izhikevich,
    Rectified,
    ResonateFire,
    TernaryLif,
)

Range = tuple[int, int]
_ROUNDING = 1 + 1e-9  # sums in floats may fall short by less than this


@dataclass(frozen=True)
class Bounds:
    """Inclusive ranges that a population's numbers never leave; of `a` and u, one a receptor."""

    population: str
    a: tuple[Range, ...]
    u: tuple[Range, ...]
    v: Range
    v_may_clip: bool


def bound(circuit: IntegerCircuit) -> tuple[Bounds, ...]:
    """The ranges of every population.

    Raises:
        BoundError: u of a population or a decoder's trace could leave its range; by how much, what to do.
    """
    sizes = {p.name: p.size for p in circuit.populations}
    for actuator in circuit.actuators:
        _check_trace(actuator, sizes[actuator.source])
    values = _Values(circuit)
    return tuple(_population(circuit, p, values) for p in circuit.populations)


class _Values:
    """What the spikes of each population can carry: 1, or what graded ones can be worth."""

    def __init__(self, circuit: IntegerCircuit) -> None:
        self._circuit = circuit
        self._populations = {p.name: p for p in circuit.populations}
        self._known: dict[str, Range] = {}
        self._open: list[str] = []

    def of(self, source: str) -> Range:
        """Least and largest value of a spike of this population or sensor."""
        population = self._populations.get(source)
        if population is None or not population.neuron.graded:
            return 1, 1
        if isinstance(population.neuron, TernaryLif):
            return -1, 1
        if source not in self._known:
            if source in self._open:
                raise BoundError(
                    f"graded populations feed one another in a circle ({' -> '.join(self._open)} -> "
                    f"{source}), so nothing bounds their values",
                    where=population.origin,
                    remedy="Put a spiking population into the circle",
                )
            self._open.append(source)
            self._known[source] = arriving(self._circuit, population, 0, self)
            self._open.pop()
        low, high = self._known[source]
        return (0 if isinstance(population.neuron, Rectified) else low), high


def arriving(circuit: IntegerCircuit, population: IntegerPopulation, receptor: int, values: _Values) -> Range:
    """The least and the largest `a` of any neuron of a population in one tick."""
    low, high = np.zeros(population.size, np.int64), np.zeros(population.size, np.int64)
    for projection in circuit.projections:
        if projection.target == population.name and projection.receptor == receptor:
            for value in {0, *values.of(projection.source)}:
                amount = projection.sign * value * projection.drives
                side = high if projection.sign * value > 0 else low
                np.add.at(side, projection.targets, amount)
    return int(low.min()), int(high.max())


def reached(
    circuit: IntegerCircuit, population: IntegerPopulation, receptor: int, decay: int, values: _Values
) -> Range:
    """The least and the largest u of one receptor's current, of any neuron of a population."""
    sources: dict[str, IntegerPopulation | IntegerSensor] = {p.name: p for p in circuit.populations}
    sources |= {s.name: s for s in circuit.sensors}
    low, high = np.zeros(population.size), np.zeros(population.size)
    for projection in circuit.projections:
        if projection.target == population.name and projection.receptor == receptor:
            one = summed(decay, least_interval(sources[projection.source])) * (1 << arith.STATE_SHIFT)
            for value in {0, *values.of(projection.source)}:
                amount = projection.sign * value * projection.drives * one
                np.add.at(high if projection.sign * value > 0 else low, projection.targets, amount)
    return math.floor(low.min() * _ROUNDING), math.ceil(high.max() * _ROUNDING)


def _population(circuit: IntegerCircuit, population: IntegerPopulation, values: _Values) -> Bounds:
    neuron = population.neuron
    arrives = tuple(arriving(circuit, population, r, values) for r in range(neuron.receptors))
    if isinstance(neuron, ResonateFire):
        low, high = (a << neuron.exponent for a in arrives[0])
        _check_range(circuit, population, 0, (low, high))
        return _resonator(population, neuron, arrives)
    if isinstance(neuron, Graded | Rectified):
        _check_range(circuit, population, 0, arrives[0])
        return Bounds(population.name, arrives, ((0, 0),), (0, 0), False)
    decays = (neuron.du, *(neuron.receptor_du if isinstance(neuron, GeneralLif) else ()))
    currents = []
    for receptor, du in enumerate(decays):
        u = reached(circuit, population, receptor, du + 1, values)
        _check_range(circuit, population, receptor, u)
        currents.append(u)
    u_low, u_high = sum(u[0] for u in currents), sum(u[1] for u in currents)
    if isinstance(neuron, Izhikevich):
        return Bounds(population.name, arrives, tuple(currents), (-IZHIKEVICH_LIMIT, IZHIKEVICH_LIMIT), False)
    v_low = -settled(-min(u_low + neuron.bias_low, 0), neuron.dv)
    v_high = settled(max(u_high + neuron.bias_high, 0), neuron.dv)
    if isinstance(neuron, GeneralLif):
        v_low = min(v_low, neuron.v_reset)
    clips = v_low < -arith.V_LIMIT
    if not neuron.resets:
        clips = clips or v_high > arith.V_LIMIT
    elif isinstance(neuron, TernaryLif):
        v_low, v_high, clips = neuron.vth_lo << arith.STATE_SHIFT, neuron.vth << arith.STATE_SHIFT, False
    else:
        v_high = min(v_high, neuron.vth << arith.STATE_SHIFT)
    v = (max(v_low, -arith.V_LIMIT), min(v_high, arith.V_LIMIT))
    return Bounds(population.name, arrives, tuple(currents), v, clips)


def _resonator(population: IntegerPopulation, neuron: ResonateFire, arrives: tuple[Range, ...]) -> Bounds:
    """|z'| <= |z| * |turn| + |input|; both parts are clipped by the contract."""
    low, high = arrives[0]
    turn = math.hypot(neuron.cosine, neuron.sine) / arith.DECAY_ONE
    most = max(-low, high) << neuron.exponent
    reach = math.inf if turn >= 1 and most else most / (1 - turn) if most else 0.0
    limit = int(min(reach + 1, arith.V_LIMIT))
    part = (-limit, limit)
    return Bounds(population.name, arrives, (part,), part, reach > arith.V_LIMIT)


def _check_range(circuit: IntegerCircuit, population: IntegerPopulation, receptor: int, u: Range) -> None:
    """u must stay in 24 bits; of a graded population a, of a resonator what a tick adds to u."""
    u_low, u_high = u
    if u_high <= arith.U_LIMIT and u_low > -arith.U_LIMIT:
        return
    worst = max(u_high, -u_low)
    strength, sign = ("excitation", 1) if u_high >= -u_low else ("inhibition", -1)
    into = [p for p in circuit.projections if p.target == population.name and p.receptor == receptor]
    strongest = max(
        [p for p in into if p.sign == sign] or into,
        key=lambda p: int(p.drives.sum()),
    )
    raise BoundError(
        f"population '{population.name}': all its {strength} at once would drive u to {worst:,}, "
        f"{worst / arith.U_LIMIT:.2f} times the 24-bit range; most comes through '{strongest.name}'",
        where=population.origin,
        remedy=f"Weaken its weights by {1 - arith.U_LIMIT / worst:.0%}, shorten tau_syn_s, "
        "or raise threshold_v",
    )


def settled(drive: int, decay: int) -> int:
    """The least bound X with X * (1 - decay/4096) + drive <= X, drive >= 0; 2^31 without decay."""
    if drive == 0:
        return 0
    return -(-drive * arith.DECAY_ONE // decay) if decay else 1 << 31


def _check_trace(actuator: IntegerActuator, size: int) -> None:
    if actuator.decoder in (layout.DECODE_POTENTIAL, layout.DECODE_STRONGEST):
        return  # they keep none
    spikes = 1 if actuator.decoder == layout.DECODE_WINNER else size  # a trace of one neuron, or of all
    most = settled(spikes * arith.TRACE_ONE, actuator.decay)
    if most >= arith.TRACE_LIMIT:
        raise BoundError(
            f"actuator '{actuator.name}': if all {size} neurons spiked every tick its trace would reach "
            f"{most / arith.TRACE_LIMIT:.2f} times its range",
            where=actuator.origin,
            remedy="Decode fewer neurons, or shorten tau_s",
        )
