"""A package of somebody else's, with one of each thing that mycoflux lets packages bring."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mycoflux.circuit import LIF, Circuit, OneToOne, Pattern, Rate, RateToPwm


@dataclass(frozen=True, kw_only=True)
class RefractoryTicks:
    """A LIF whose refractory period is given in ticks."""

    ticks: int
    threshold_v: float = 0.015

    def lower(self, dt_s: float) -> LIF:
        return LIF(threshold_v=self.threshold_v, refractory_s=self.ticks * dt_s)


@dataclass(frozen=True)
class Shutter:
    """A spike every `period` ticks at full reading."""

    period: int = 4

    def lower(self, dt_s: float) -> Rate:
        return Rate(max_rate_hz=1 / (self.period * dt_s))


@dataclass(frozen=True)
class Meter:
    """A duty that follows quickly."""

    full_rate_hz: float

    def lower(self, dt_s: float) -> RateToPwm:
        return RateToPwm(full_rate_hz=self.full_rate_hz, tau_s=10 * dt_s)


@dataclass(frozen=True)
class EveryOther(Pattern):
    """Each source to every `step`-th target."""

    step: int = 2

    def pairs(self, sources: int, targets: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = np.arange(0, targets, self.step)
        return np.repeat(np.arange(sources), len(chosen)), np.tile(chosen, sources)


class Chain(Circuit):
    """Populations that excite each the next."""

    links: int = 3
    weight_v: float = 0.02

    def build(self) -> None:
        ends = [self.population(f"link{i}", 2, LIF()) for i in range(self.links)]
        for before, after in pairwise(ends):
            self.connect(before, after, weight_v=self.weight_v, pattern=OneToOne())
