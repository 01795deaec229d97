"""Two runs of one circuit, side by side: spikes, potentials and outputs, population by population."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.validate import trains

Floats = NDArray[np.float64]

SAMPLE = 40  # neurons of a population whose trains are compared pair by pair, spread over it
WINDOW_S = 0.002  # of coincidences, or one tick where a tick is longer
TAU_S = 0.010  # of van Rossum's distance; Victor and Purpura's cost is 1 / TAU_S


@dataclass(frozen=True, eq=False)
class Observed:
    """A run in the terms that all of them share.

    rasters: by population, (ticks, neurons). potentials: by population, (ticks, neurons), volts; not of those
    that have none. outputs: by actuator, (ticks,).
    """

    dt_s: float
    rasters: Mapping[str, NDArray[np.bool_]]
    potentials: Mapping[str, Floats]
    outputs: Mapping[str, Floats]


@dataclass(frozen=True)
class PopulationDifference:
    """How a population of `run` differs from that of `reference`.

    spikes, rate_hz, interval_s, cv: (reference, run). rate_error: of the number of spikes, as a share of the
    reference's. victor_purpura: a spike of the reference. van_rossum: a neuron. coincidence: mean over
    neurons. identical: share of all spikes of either run that both have, at the same tick. potential_error:
    root mean square, as a share of `potential_scale_v`; NaN where v is not kept.
    """

    population: str
    neurons: int
    spikes: tuple[int, int]
    rate_hz: tuple[float, float]
    rate_error: float
    interval_s: tuple[float, float]
    cv: tuple[float, float]
    victor_purpura: float
    van_rossum: float
    coincidence: float
    identical: float
    potential_error: float
    potential_scale_v: float


@dataclass(frozen=True)
class OutputDifference:
    """How an actuator's values differ: mean and largest, as shares of its full scale.

    Of one that names a neuron: the share of ticks in which another is named, and 1 if there is any.
    """

    actuator: str
    mean: float
    largest: float


@dataclass(frozen=True)
class Comparison:
    """Everything in which `run` differs from `reference`."""

    name: str
    populations: tuple[PopulationDifference, ...]
    outputs: tuple[OutputDifference, ...]


def compare(
    name: str,
    reference: Observed,
    run: Observed,
    scales_v: Mapping[str, float],
    full_scales: Mapping[str, float],
) -> Comparison:
    """Hold two runs of the same length against each other.

    scales_v: by population, what differences of v are a share of. full_scales: by actuator, 0 for one that
    names a neuron.
    """
    return Comparison(
        name,
        tuple(_population(p, reference, run, scales_v.get(p, math.nan)) for p in reference.rasters),
        tuple(_output(a, reference.outputs[a], run.outputs[a], scale) for a, scale in full_scales.items()),
    )


def _population(name: str, reference: Observed, run: Observed, scale_v: float) -> PopulationDifference:
    ours, theirs = reference.rasters[name], run.rasters[name]
    seconds, neurons = len(ours) * reference.dt_s, ours.shape[1]
    counts = int(ours.sum()), int(theirs.sum())
    sampled = np.unique(np.linspace(0, neurons - 1, min(neurons, SAMPLE)).astype(int))
    pairs = [(_times(ours[:, n], reference.dt_s), _times(theirs[:, n], reference.dt_s)) for n in sampled]
    window = max(WINDOW_S, reference.dt_s) * 1.001  # ticks are compared in floats
    either = int((ours | theirs).sum())
    error = math.nan
    if name in reference.potentials and name in run.potentials:
        error = math.sqrt(float(np.mean((reference.potentials[name] - run.potentials[name]) ** 2))) / scale_v
    spikes_sampled = sum(len(a) for a, _ in pairs)
    return PopulationDifference(
        name,
        neurons,
        counts,
        (counts[0] / neurons / seconds, counts[1] / neurons / seconds),
        (counts[1] - counts[0]) / max(counts[0], 1),
        (trains.mean_interval([a for a, _ in pairs]), trains.mean_interval([b for _, b in pairs])),
        (trains.mean_cv([a for a, _ in pairs]), trains.mean_cv([b for _, b in pairs])),
        sum(trains.victor_purpura(a, b, 1 / TAU_S) for a, b in pairs) / max(spikes_sampled, 1),
        float(np.mean([trains.van_rossum(a, b, TAU_S) for a, b in pairs])),
        float(np.mean([trains.coincidence_factor(a, b, seconds, window) for a, b in pairs])),
        int((ours & theirs).sum()) / either if either else 1.0,
        error,
        scale_v,
    )


def _times(raster: NDArray[np.bool_], dt_s: float) -> Floats:
    """When a neuron spiked, seconds."""
    return np.asarray(np.flatnonzero(raster) * dt_s, np.float64)


def _output(name: str, reference: Floats, run: Floats, full_scale: float) -> OutputDifference:
    if not full_scale:
        other = reference != run
        return OutputDifference(name, float(np.mean(other)), float(np.any(other)))
    off = np.abs(reference - run) / full_scale
    return OutputDifference(name, float(off.mean()), float(off.max()))
