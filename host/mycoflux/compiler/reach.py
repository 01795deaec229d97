"""What can arrive at each neuron, and how far it drives a current: what `bound` holds against ranges.

The worst case is every input at once, as often as it can come (`intervals`). What comes in every tick drives
u no further than `current.settled`, which is exact. Of a source that spikes every k ticks at most, truncation
left out,

    u <= 64 a / (1 - keep^k)                       keep = 1 - (du + 1) / 4096
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from myco import arith
from mycoflux.compiler.current import BEYOND, settled
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection, IntegerSensor
from mycoflux.compiler.intervals import least_interval, of_kind, summed
from mycoflux.compiler.scale import add
from mycoflux.compiler.strongest import Amounts, Inputs, Integers, Needs, needs
from mycoflux.errors import BoundError
from mycoflux.program.neurons import Rectified, TernaryLif

Range = tuple[int, int]
_ROUNDING = 1 + 1e-9  # sums in floats may fall short by less than this
_UNIT = 1 << arith.STATE_SHIFT
_VALUE_BEYOND = 1 << 31  # of a spike, which has 32 bits; of what one synapse adds in a tick


def whole(totals: Amounts) -> Amounts:
    """Sums of floats as the integers that they bound, rounded up past what adding them may have lost."""
    return np.ceil(totals * _ROUNDING)


@dataclass(frozen=True)
class Side:
    """All that drives one receptor of a population in one direction, `sign`.

    acting: projections with the largest value that each one's spikes carry in that direction. intervals:
    ticks between spikes of their sources. a: (size,), the most that arrives in a tick.
    """

    receptor: int
    sign: int
    acting: tuple[tuple[IntegerProjection, int], ...]
    intervals: tuple[int, ...]
    a: Integers

    @property
    def every_tick(self) -> bool:
        """Whether all of it can come in every tick."""
        return all(interval == 1 for interval in self.intervals)

    def inputs(self, only: NDArray[np.bool_]) -> list[Inputs]:
        """What each synapse onto the neurons `only`, (size,), adds to `a`."""
        return self._inputs(only, [1] * len(self.acting))

    def settling(self, decay: int, only: NDArray[np.bool_]) -> list[Inputs]:
        """What each synapse onto the neurons `only`, (size,), adds to u at most, truncation left out."""
        return self._inputs(only, [_UNIT * summed(decay, interval) for interval in self.intervals])

    def _inputs(self, only: NDArray[np.bool_], factors: Sequence[float]) -> list[Inputs]:
        found = []
        for (p, value), factor in zip(self.acting, factors, strict=True):
            mine = np.flatnonzero(only[p.targets])
            amounts = p.drives[mine] * (value * factor)
            if factor == 1:
                amounts = np.minimum(amounts, _VALUE_BEYOND)  # sums of millions then fit in 64 bits
            found.append(Inputs(p.source, p.sources[mine], p.targets[mine], amounts))
        return found


@dataclass(frozen=True)
class Sum:
    """A number that a side drives and that must not go beyond `limit`.

    decay: of a current that sums it up; None for what arrives in one tick, shifted by `shift`.
    """

    side: Side
    limit: int
    decay: int | None = None
    shift: int = 0

    @cached_property
    def furthest(self) -> Amounts:
        """The largest magnitude of each neuron, (size,)."""
        side = self.side
        if self.decay is None or side.every_tick:
            return self._reached(side.a)
        totals = np.zeros(len(side.a))
        for (p, value), interval in zip(side.acting, side.intervals, strict=True):
            add(totals, p.targets, p.drives * (value * _UNIT * summed(self.decay, interval)))
        return self._reached(totals)

    def needs(self, at_once: float) -> Needs | None:
        """How many inputs at once bring it beyond its limit; None where all cannot."""
        only = self.furthest > self.limit
        if not only.any():
            return None
        side = self.side
        direct = self.decay is None or side.every_tick
        inputs = side.inputs(only) if direct else side.settling(self.decay or 0, only)
        return needs(inputs, lambda totals, _: self._reached(totals) > self.limit, at_once)

    def _reached(self, totals: Amounts) -> Amounts:
        if self.decay is None:
            return totals << self.shift
        if self.side.every_tick:
            return settled(totals * _UNIT, self.decay)
        return whole(totals)


class Reach:
    """Who drives whom in an integer circuit, and what spikes can carry."""

    def __init__(self, circuit: IntegerCircuit) -> None:
        self._populations = {p.name: p for p in circuit.populations}
        self._sources: dict[str, IntegerPopulation | IntegerSensor] = dict(self._populations)
        self._sources |= {s.name: s for s in circuit.sensors}
        self._into: dict[str, list[IntegerProjection]] = {}
        for projection in circuit.projections:
            self._into.setdefault(projection.target, []).append(projection)
        self._known: dict[str, Range] = {}
        self._open: list[str] = []

    def into(self, population: IntegerPopulation, receptor: int) -> Sequence[IntegerProjection]:
        """The projections onto a receptor."""
        return [p for p in self._into.get(population.name, ()) if p.receptor == receptor]

    def vouched(self, population: IntegerPopulation) -> tuple[str, ...]:
        """The sources of a population that are bounded by no more than the author's word."""
        names = dict.fromkeys(p.source for p in self._into.get(population.name, ()))
        return tuple(n for n in names if self._sources[n].vouched > of_kind(self._sources[n]))

    def side(self, population: IntegerPopulation, receptor: int, sign: int) -> Side:
        """What drives a receptor up (`sign` 1) or down (-1)."""
        acting = []
        for projection in self.into(population, receptor):
            low, high = self.values(projection.source)
            most = max(projection.sign * sign * low, projection.sign * sign * high)
            if most > 0:
                acting.append((projection, most))
        a = np.zeros(population.size)  # sums below 2^53 are exact
        for projection, value in acting:
            add(a, projection.targets, projection.drives.astype(np.float64) * value)
        intervals = tuple(least_interval(self._sources[p.source]) for p, _ in acting)
        return Side(receptor, sign, tuple(acting), intervals, np.minimum(a, BEYOND).astype(np.int64))

    def values(self, source: str) -> Range:
        """Least and largest value of a spike of a population or sensor.

        Raises:
            BoundError: graded populations feed one another in a circle.
        """
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
            ends = (int(self.side(population, 0, sign).a.max()) for sign in (1, -1))
            up, down = (min(end, _VALUE_BEYOND) for end in ends)
            self._known[source] = -down, up
            self._open.pop()
        low, high = self._known[source]
        return (0 if isinstance(population.neuron, Rectified) else low), high
