"""What of a program Lava's fixed-point models cannot run, and what to do about each. Needs no Lava."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from myco import arith, layout, models
from mycoflux.errors import OutsideLoihi
from mycoflux.program import neurons
from mycoflux.program.types import Population, Program

_VTH_MAX = 131071
_V_NEVER = _VTH_MAX << 6  # v at or below this does not cross the highest threshold


@dataclass(frozen=True)
class Outside:
    """One thing that Lava has no fixed-point model for."""

    part: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.part}: {self.what} ({self.remedy})"


def outside(program: Program) -> tuple[Outside, ...]:
    """Everything in `program` that is outside of what Lava runs; () where it runs it all."""
    return tuple(entry for p in program.populations for entry in _of(program, p))


def check(program: Program) -> None:
    """Refuse a program that Lava cannot run.

    Raises:
        OutsideLoihi: lists everything that is outside.
    """
    found = outside(program)
    if found:
        raise OutsideLoihi(
            f"{len(found)} part(s) are outside of what Lava's fixed-point models run: "
            + "; ".join(f"{entry.part}: {entry.what}" for entry in found),
            where=program.name,
            remedy="; ".join(dict.fromkeys(f"for '{e.part}' {e.remedy}" for e in found)),
        )


def _of(program: Program, population: Population) -> Iterator[Outside]:
    neuron, name = population.neuron, population.name
    if isinstance(neuron, neurons.Izhikevich):
        yield Outside(name, "Izhikevich's quadratic neuron", "run it on the reference or a board")
    if neuron.dv > 4095:
        yield Outside(name, "a membrane that forgets all in one tick", "lengthen tau_m_s")
    if not isinstance(neuron, neurons.GeneralLif):
        return
    if neuron.refractory:
        yield Outside(name, "a refractory period", "leave it out, or use AdaptiveLIF")
    if neuron.reset == models.RESET_BY_SUBTRACTION:
        yield Outside(name, "reset by subtraction", 'use reset="value"')
    if neuron.reset == models.RESET_TO_VALUE and neuron.v_reset:
        yield Outside(name, "a reset to another value than zero", "set reset_v = 0")
    if neuron.receptor_du:
        yield Outside(name, "several receptors", "use a population for each time constant")
    if neuron.reset == models.RESET_NEVER and not _stays_below(program, population):
        yield Outside(name, "a readout whose v could reach the highest threshold", "give a larger range_v")


def _stays_below(program: Program, population: Population) -> bool:
    """Whether v can never cross 131071 << 6, so that a LIF with that threshold never spikes."""
    most = _most_arriving(program, population)
    neuron = population.neuron
    if most is None or neuron.dv == 0:
        return False
    u = most * 64 * 4096 // (neuron.du + 1) + 1
    return (u + max(neuron.bias_high, 0)) * 4096 // neuron.dv + 1 <= _V_NEVER


def _most_arriving(program: Program, population: Population) -> int | None:
    """The most that can arrive at a neuron in a tick; None where graded neurons send without a bound."""
    totals = np.zeros(population.size, np.int64)
    for q in program.projections:
        if program.populations[q.target] is not population:
            continue
        drives = q.weights << q.shift
        both = False
        if q.group >= len(program.populations):
            sensor = program.sensors[q.group - len(program.populations)]
            if sensor.encoder == layout.ENCODE_CURRENT:
                drives = (arith.SENSOR_MAX * q.weights) >> q.shift
        elif program.populations[q.group].neuron.graded:
            both = isinstance(program.populations[q.group].neuron, neurons.TernaryLif)
            if not both:
                return None
        if q.sign > 0 or both:
            np.add.at(totals, q.targets, drives)
    return int(totals.max())
