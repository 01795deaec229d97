"""What a board says of its own clock: ticks, overruns, jitter. The counters are `myco.real_time`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myco import wire

_SUM_BITS = 24


@dataclass(frozen=True)
class ClockReport:
    """The account of a run in real time, of one moment. Times are in us; lateness is of a tick's begin."""

    state: int  # wire.HALTED, RUNNING or FAILED
    period_us: int
    ticks: int
    late: int  # ticks that began when the next was due already, and were made up for
    missed: int  # ticks that ended when the next was due already
    overruns: int  # ticks that were due and were never run
    lateness_worst_us: int
    lateness_mean_us: float
    duration_worst_us: int
    duration_mean_us: float
    hosts_lost: int  # times that no request came for too long, so that outputs were kept at 0
    bins: tuple[int, ...]  # ticks by lateness: 0 us, 1, 2..3, 4..7 and so on; the last and what is beyond

    @classmethod
    def of(cls, counts: Sequence[int]) -> ClockReport:
        """The report in the entries of wire.READ_CLOCK."""
        ticks = counts[wire.CLOCK_TICKS]

        def worst_and_mean(place: int) -> tuple[int, float]:
            worst, low, high = counts[place : place + 3]
            return worst, ((high << _SUM_BITS) + low) / max(1, ticks)

        lateness_worst, lateness_mean = worst_and_mean(wire.CLOCK_LATENESS)
        duration_worst, duration_mean = worst_and_mean(wire.CLOCK_DURATION)
        return cls(
            state=counts[wire.CLOCK_STATE],
            period_us=counts[wire.CLOCK_PERIOD],
            ticks=ticks,
            late=counts[wire.CLOCK_LATE],
            missed=counts[wire.CLOCK_MISSED],
            overruns=counts[wire.CLOCK_OVERRUNS],
            lateness_worst_us=lateness_worst,
            lateness_mean_us=lateness_mean,
            duration_worst_us=duration_worst,
            duration_mean_us=duration_mean,
            hosts_lost=counts[wire.CLOCK_HOSTS_LOST],
            bins=tuple(counts[wire.CLOCK_BINS :]),
        )

    @property
    def due(self) -> int:
        """Ticks that have been due."""
        return self.ticks + self.overruns

    def lateness_below_us(self, share: float) -> int:
        """What this share (0..1) of the ticks began within: the end of a bin, at most the worst."""
        wanted, found = share * self.ticks, 0
        for place, n in enumerate(self.bins[:-1]):
            found += n
            if found >= wanted:
                return min((1 << place) - 1, self.lateness_worst_us)
        return self.lateness_worst_us
