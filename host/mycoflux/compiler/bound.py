"""Proves that no accumulator of an integer circuit can leave its range, or says which one could.

The worst case is every input at once, every tick. For u: if |a| <= A every tick, then |u| never exceeds
X = ceil(A * 64 * 4096 / (du + 1)), because |decay(X, du + 1)| + 64 A <= X. The contract wraps u above
2^23, so X must stay below that. v is clipped by the contract at -(2^23 - 1), which is no error, but is
reported where it can happen; upward it is reset at the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from myco import arith
from mycoflux.compiler.integer import IntegerActuator, IntegerCircuit, IntegerPopulation
from mycoflux.errors import BoundError


@dataclass(frozen=True)
class Bounds:
    """Inclusive ranges that a population's numbers never leave."""

    population: str
    a: tuple[int, int]
    u: tuple[int, int]
    v: tuple[int, int]
    v_may_clip: bool


def bound(circuit: IntegerCircuit) -> tuple[Bounds, ...]:
    """The ranges of every population.

    Raises:
        BoundError: u of a population or a decoder's trace could leave its range; by how much, what to do.
    """
    sizes = {p.name: p.size for p in circuit.populations}
    for actuator in circuit.actuators:
        _check_trace(actuator, sizes[actuator.source])
    return tuple(_population(circuit, p) for p in circuit.populations)


def _population(circuit: IntegerCircuit, population: IntegerPopulation) -> Bounds:
    low, high = np.zeros(population.size, np.int64), np.zeros(population.size, np.int64)
    for projection in circuit.projections:
        if projection.target == population.name:
            side = high if projection.sign > 0 else low
            np.add.at(side, projection.targets, projection.sign * projection.drives)
    a_low, a_high = int(low.min()), int(high.max())
    u_low = -settled(-a_low << arith.STATE_SHIFT, population.du + 1)
    u_high = settled(a_high << arith.STATE_SHIFT, population.du + 1)
    if u_high > arith.U_LIMIT or u_low <= -arith.U_LIMIT:
        worst = max(u_high, -u_low)
        strength, sign = ("excitation", 1) if u_high >= -u_low else ("inhibition", -1)
        strongest = max(
            (p for p in circuit.projections if p.target == population.name and p.sign == sign),
            key=lambda p: int(p.drives.sum()),
        )
        raise BoundError(
            f"population '{population.name}': all its {strength} at once would drive u to {worst:,}, "
            f"{worst / arith.U_LIMIT:.2f} times the 24-bit range; most comes through '{strongest.name}'",
            where=population.origin,
            remedy=f"Weaken its weights by {1 - arith.U_LIMIT / worst:.0%}, shorten tau_syn_s, "
            "or raise threshold_v",
        )
    bias = population.bias_mant << population.bias_exp
    v_low = -settled(-min(u_low + bias, 0), population.dv)
    return Bounds(
        population.name,
        (a_low, a_high),
        (u_low, u_high),
        (max(v_low, -arith.V_LIMIT), population.vth << arith.STATE_SHIFT),
        v_low < -arith.V_LIMIT,
    )


def settled(drive: int, decay: int) -> int:
    """The least bound X with X * (1 - decay/4096) + drive <= X, drive >= 0; 2^31 without decay."""
    if drive == 0:
        return 0
    return -(-drive * arith.DECAY_ONE // decay) if decay else 1 << 31


def _check_trace(actuator: IntegerActuator, size: int) -> None:
    most = settled(size * arith.TRACE_ONE, actuator.decay)
    if most >= arith.TRACE_LIMIT:
        raise BoundError(
            f"actuator '{actuator.name}': if all {size} neurons spiked every tick its trace would reach "
            f"{most / arith.TRACE_LIMIT:.2f} times its range",
            where=actuator.origin,
            remedy="Decode fewer neurons, or shorten tau_s",
        )
