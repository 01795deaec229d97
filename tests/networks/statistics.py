"""How a population of spiking neurons behaves: rate, irregularity, synchrony."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BIN_S = 0.005


@dataclass(frozen=True)
class Statistics:
    """Of one population in one run.

    rate_hz: spikes a second, mean over neurons.
    cv: standard deviation over mean of the intervals between a neuron's spikes, averaged over the neurons
        with three spikes or more; 1 for a Poisson process, 0 for a clock (Softky and Koch, J. Neurosci. 13,
        1993). Few spikes a neuron make it too low, here as there.
    synchrony: variance over mean of the population's spike count in bins of 5 ms (Fano, Phys. Rev. 72,
        1947); 1 for independent Poisson neurons, more where they fire together.
    """

    rate_hz: float
    cv: float
    synchrony: float


MEASURES = ("rate_hz", "cv", "synchrony")


def measure(
    times_s: NDArray[np.float64], neurons: NDArray[np.int64], size: int, begin_s: float, end_s: float
) -> Statistics:
    """Statistics of `size` neurons (0 .. size - 1) from their spikes in begin_s <= time < end_s."""
    inside = (times_s >= begin_s) & (times_s < end_s)
    times_s, neurons = times_s[inside], neurons[inside]
    rate_hz = len(times_s) / size / (end_s - begin_s)
    counts, _ = np.histogram(times_s, bins=round((end_s - begin_s) / BIN_S), range=(begin_s, end_s))
    synchrony = float(counts.var() / counts.mean()) if len(times_s) else 0.0
    return Statistics(rate_hz, _mean_cv(times_s, neurons), synchrony)


def _mean_cv(times_s: NDArray[np.float64], neurons: NDArray[np.int64]) -> float:
    order = np.lexsort((times_s, neurons))
    times_s, neurons = times_s[order], neurons[order]
    trains = np.split(times_s, np.flatnonzero(np.diff(neurons)) + 1)
    intervals = [np.diff(train) for train in trains if len(train) >= 3]
    return float(np.mean([i.std() / i.mean() for i in intervals])) if intervals else 0.0
