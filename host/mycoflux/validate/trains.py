"""Measures of spike trains. Times in seconds, float64 arrays, ascending.

Victor-Purpura and van Rossum distances and the coefficient of variation are Elephant's.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from mycoflux.errors import ExtraMissing

Times = NDArray[np.float64]

try:
    import neo
    import quantities
    from elephant.spike_train_dissimilarity import van_rossum_distance, victor_purpura_distance
    from elephant.statistics import cv
except ImportError as error:
    raise ExtraMissing(
        f"Elephant cannot be imported ({error})",
        where="mycoflux.validate",
        remedy="Install it with `pip install 'mycoflux[validate]'`",
    ) from error


def victor_purpura(a: Times, b: Times, cost_hz: float) -> float:
    """Victor and Purpura (J. Neurophysiol. 76, 1996): the least cost of turning one train into the other.

    To add or remove a spike costs 1, to move one by t seconds cost_hz * t.
    """
    if not len(a) or not len(b):
        return float(len(a) + len(b))
    pair = victor_purpura_distance(_pair(a, b), cost_factor=cost_hz * quantities.Hz, algorithm="fast")
    return float(pair[0, 1])


def van_rossum(a: Times, b: Times, tau_s: float) -> float:
    """van Rossum (Neural Computation 13, 2001): distance of the trains filtered by exp(-t / tau_s).

    A spike that only one of them has adds 1 to its square.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the square of a distance of 0 may be below 0
        return float(van_rossum_distance(_pair(a, b), time_constant=tau_s * quantities.s)[0, 1])


def coincidence_factor(reference: Times, train: Times, duration_s: float, window_s: float) -> float:
    """Kistler, Gerstner and van Hemmen (Neural Computation 9, 1997): 1 if alike, 0 if by chance.

    (coincidences - expected) / ((n + m) / 2) / (1 - 2 rate window), with the rate of `train`. Each spike of
    `reference` has at most one partner, nearest first in time, within window_s. 1 for two empty trains.
    """
    if not len(reference) and not len(train):
        return 1.0
    rate_hz = len(train) / duration_s
    chance = 2 * rate_hz * window_s
    if chance >= 1:  # a train so dense that any spike has a partner tells nothing
        return 1.0 if np.array_equal(reference, train) else 0.0
    expected = chance * len(reference)
    found = _partners(reference, train, window_s)
    return float((found - expected) / ((len(reference) + len(train)) / 2) / (1 - chance))


def _partners(a: Times, b: Times, window_s: float) -> int:
    """How many spikes of two trains can be paired, each once, within a window."""
    i = j = found = 0
    while i < len(a) and j < len(b):
        if abs(a[i] - b[j]) <= window_s:
            i, j, found = i + 1, j + 1, found + 1
        elif a[i] < b[j]:
            i += 1
        else:
            j += 1
    return found


def mean_cv(trains: list[Times]) -> float:
    """The mean coefficient of variation of the intervals of trains with at least 3 spikes; NaN for none."""
    variations = [float(cv(np.diff(train))) for train in trains if len(train) >= 3]
    return float(np.mean(variations)) if variations else float("nan")


def mean_interval(trains: list[Times]) -> float:
    """The mean interval between the spikes of each train, over all trains, seconds; NaN for none."""
    intervals = np.concatenate([np.diff(train) for train in trains] or [np.empty(0)])
    return float(intervals.mean()) if len(intervals) else float("nan")


def _pair(a: Times, b: Times) -> list[neo.SpikeTrain]:
    stop = max([*a[-1:], *b[-1:], 0.0]) + 1.0
    return [neo.SpikeTrain(times, units="s", t_stop=stop) for times in (a, b)]
