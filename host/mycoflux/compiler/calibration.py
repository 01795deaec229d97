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

    u_v: the largest |u| of its first receptor, volts of v a tick; 0 where nothing arrived. typical_v: the
    99th percentile of |u| where it is not 0. rate_hz: spikes a second of a neuron, in the mean.
    """

    u_v: float
    typical_v: float
    rate_hz: float


@dataclass(frozen=True)
class Calibration:
    """Activity by population, and of what: `described` is for the report."""

    populations: Mapping[str, Activity] = field(default_factory=dict)
    described: str = ""
    margin: float = MARGIN

    def reached_v(self, population: str) -> tuple[float, ...]:
        """Of each receptor that was measured, the |u| to leave room for; empty where nothing was."""
        activity = self.populations.get(population)
        return (activity.u_v * self.margin,) if activity is not None and activity.u_v else ()

    def rate_hz(self, population: str) -> float | None:
        """The mean rate of a population's neurons; None where nothing is known."""
        activity = self.populations.get(population)
        return None if activity is None else activity.rate_hz
