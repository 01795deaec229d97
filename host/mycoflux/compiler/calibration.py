"""What a run of a circuit says of its activity, for scales that need not hold every input at once.

A scale for the currents that were measured, times a margin, is finer than one for the worst case, but not
proven: other inputs may drive a current further. `bound` then says how many at once it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MARGIN = 2.0  # the range that a scale leaves, as a multiple of what was measured


@dataclass(frozen=True)
class Activity:
    """One population in a run.

    u_v: the largest |u| of each receptor, volts of v a tick; 0 where nothing arrived, empty where currents
    were not measured. typical_v: the 99th percentile of each |u| where it is not 0. rate_hz: spikes a second
    of a neuron, in the mean.
    """

    u_v: tuple[float, ...]
    typical_v: tuple[float, ...]
    rate_hz: float


@dataclass(frozen=True)
class Calibration:
    """Activity by population, and of what: `described` is for the report."""

    populations: Mapping[str, Activity] = field(default_factory=dict)
    described: str = ""
    margin: float = MARGIN

    def reached_v(self, population: str) -> tuple[float, ...]:
        """Of each receptor, the |u| to leave room for, 0 where nothing arrived; empty where nothing did."""
        activity = self.populations.get(population)
        if activity is None or not any(activity.u_v):
            return ()
        return tuple(u_v * self.margin for u_v in activity.u_v)

    def rate_hz(self, population: str) -> float | None:
        """The mean rate of a population's neurons; None where nothing is known."""
        activity = self.populations.get(population)
        return None if activity is None else activity.rate_hz
