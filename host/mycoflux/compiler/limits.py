"""What quantization may do to weights, time constants and delays: a warning past 5 %, an error past a limit.

The author's limits are `Accept(weight_error=..., tau_error=...)`; where one is set, it takes the place of the
warning. Weights that became 0 are always told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.accept import Accept
from mycoflux.compiler.flat import FlatCircuit, Synapses
from mycoflux.compiler.integer import Asked, QuantizeWarning
from mycoflux.errors import QuantizeError

WARN_FROM = 0.05  # relative error
_APART = (
    "Give the small ones a projection of their own, or leave them out: those of a projection share 8 bits"
)
_COARSE = (
    "They are too small for its target's scale, which its threshold and all its inputs at once decide: lower "
    "threshold_v or raise the weights, say with Accept(at_once=...) how many spike at once at most, give its "
    "sources a max_rate_hz, calibrate, or leave them out"
)


@dataclass
class Tally:
    """How the weights of one projection fared; a projection is several tables."""

    synapses: Synapses
    limit: float
    weights: int = 0
    zeros: int = 0
    beyond: int = 0  # of those that did not become 0
    error: float = 0.0  # the largest of them
    asked_v: float = 0.0
    got_v: float = 0.0
    coarse: bool = False  # a table with such weights has no shift left: its target's scale is too coarse

    def add(self, asked_v: NDArray[np.float64], ratios: NDArray[np.float64], shifted: bool) -> None:
        """Count a table in: weights asked, what was got of each as a share, whether a shift is left."""
        errors = np.abs(ratios - 1)
        dead = ratios == 0
        self.weights += len(ratios)
        zeros = int(np.count_nonzero(dead))
        self.zeros += zeros
        beyond = int(np.count_nonzero(errors > self.limit)) - (zeros if self.limit < 1 else 0)
        self.coarse |= bool(zeros or beyond) and not shifted
        self.beyond += beyond
        worst = int(np.argmax(np.where(dead, 0.0, errors)))
        if not dead[worst] and errors[worst] > self.error:
            self.error = float(errors[worst])
            self.asked_v = float(asked_v[worst])
            self.got_v = self.asked_v * float(ratios[worst])

    def warnings(self, strict: bool) -> Iterator[QuantizeWarning]:
        """What there is to say of it. With `strict`, what is beyond the limit is a QuantizeError.

        Raises:
            QuantizeError: see above.
        """
        s = self.synapses
        of = f"projection '{s.name}': "
        remedy = _COARSE if self.coarse else _APART
        if strict and self.limit < 1 and self.zeros:
            raise QuantizeError(
                f"{of}{self.zeros:,} of {self.weights:,} weights would become 0, weight_error allows "
                f"{self.limit:.2%}",
                where=s.origin,
                remedy=remedy,
            )
        if self.beyond:
            what = (
                f"{of}{self.beyond:,} of {self.weights:,} weights are off by more than {self.limit:.2%}, one "
                f"by {self.error:.1%}: {self.asked_v:.4g} V, got as {self.got_v:.4g} V"
            )
            if strict:
                raise QuantizeError(what, where=s.origin, remedy=remedy)
            yield QuantizeWarning("weight", s.name, what, s.origin, remedy)
        if self.zeros:
            what = f"{of}{self.zeros:,} of {self.weights:,} weights became 0"
            yield QuantizeWarning("zero weights", s.name, what, s.origin, remedy)


def check(
    flat: FlatCircuit, entries: Iterable[Asked], tallies: Mapping[str, Tally]
) -> tuple[QuantizeWarning, ...]:
    """The warnings of a circuit that was quantized.

    Raises:
        QuantizeError: a weight or a time constant is beyond the author's limit.
    """
    entries = tuple(entries)
    found = [*_time_constants(flat, entries), *_delays(flat, entries)]
    for tally in tallies.values():
        found.extend(tally.warnings(flat.accept.weight_error is not None))
    return tuple(found)


def weight_limit(accept: Accept) -> float:
    """Relative error of a weight from which on it is told, or refused."""
    return WARN_FROM if accept.weight_error is None else accept.weight_error


def _time_constants(flat: FlatCircuit, entries: Iterable[Asked]) -> Iterator[QuantizeWarning]:
    origins = {p.name: p.origin for p in flat.populations} | {a.name: a.origin for a in flat.actuators}
    limit = WARN_FROM if flat.accept.tau_error is None else flat.accept.tau_error
    for entry in entries:
        if not entry.parameter.startswith(("tau_", "receptor ")) or entry.error <= limit:
            continue
        what = (
            f"'{entry.part}': {entry.parameter} = {entry.asked:.4g} s is got as {entry.got:.4g} s, "
            f"{entry.error:.1%} off"
        )
        where = origins.get(entry.part, "")
        remedy = "Take a dt_s nearer to it: longer for a long one, shorter for a short one"
        if flat.accept.tau_error is not None:
            raise QuantizeError(f"{what}; tau_error allows {limit:.2%}", where=where, remedy=remedy)
        yield QuantizeWarning("time constant", entry.part, what, where, remedy)


def _delays(flat: FlatCircuit, entries: Iterable[Asked]) -> Iterator[QuantizeWarning]:
    """Delays are whole ticks; one that was asked to be next to nothing is a tick, and nothing to tell."""
    origins = {p.name: p.origin for p in flat.projections}
    for entry in entries:
        if entry.parameter == "delay_s" and entry.asked > flat.dt_s / 2 and entry.error > WARN_FROM:
            what = (
                f"projection '{entry.part}': delay_s = {entry.asked:.4g} s is got as {entry.got:.4g} s, "
                f"{entry.error:.1%} off: a delay is whole ticks"
            )
            remedy = f"Give a multiple of dt_s = {flat.dt_s:g}, or a shorter dt_s"
            yield QuantizeWarning("delay", entry.part, what, origins.get(entry.part, ""), remedy)
