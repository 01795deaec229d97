"""Encoders and decoders in floats, by the author's numbers; readings and actuator values are a program's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.network import FloatNetwork
from mycoflux.circuit.parts import ActuatorPort, SensorPort
from mycoflux.circuit.ports import LeakyCount, Potential, Rate, RateToPwm, Spike, Strongest

Floats = NDArray[np.float64]

FULL_SCALE = 4095
_COUNT_UNITS, _COUNT_MOST = 256.0, 32767.0  # of `LeakyCount`
_NEVER_LATE = 1e-9  # a spike that is due at a tick's very end is not put off by a rounding error


def sensor_spikes(sensor: SensorPort, readings: Floats, dt_s: float) -> NDArray[np.bool_]:
    """Which channel of a `Rate` or `Spike` port spikes in which tick; readings, result: (ticks, channels)."""
    if isinstance(sensor.encoder, Spike):
        return readings > 0
    assert isinstance(sensor.encoder, Rate)
    expected = np.cumsum(readings / FULL_SCALE * sensor.encoder.max_rate_hz * dt_s, axis=0)
    return np.diff(np.floor(expected + _NEVER_LATE), axis=0, prepend=0) > 0


def decode(
    network: FloatNetwork, spikes: Mapping[str, NDArray[np.bool_]], potentials: Mapping[str, Floats]
) -> Floats:
    """The value of each actuator in each tick, (ticks, actuators).

    spikes, potentials: by population, (ticks, neurons); potentials in volts, of those that decoders read.
    """
    columns = [
        _decoded(a, spikes[a.source], potentials.get(a.source), network.dt_s) for a in network.actuators
    ]
    ticks = len(next(iter(spikes.values())))
    return np.stack(columns, axis=1) if columns else np.zeros((ticks, 0))


def _decoded(
    actuator: ActuatorPort, spikes: NDArray[np.bool_], potentials: Floats | None, dt_s: float
) -> Floats:
    decoder = actuator.decoder
    if isinstance(decoder, Potential | Strongest):
        assert potentials is not None
        if isinstance(decoder, Strongest):
            return np.asarray(np.argmax(potentials, axis=1), np.float64)
        value: Floats = potentials[:, 0] * (FULL_SCALE / decoder.full_scale_v)
        return np.asarray(np.clip(value, -FULL_SCALE, FULL_SCALE))
    left = math.exp(-dt_s / decoder.tau_s)
    if isinstance(decoder, LeakyCount | RateToPwm):
        count = _traces(spikes.sum(axis=1, keepdims=True), left)[:, 0]
        if isinstance(decoder, LeakyCount):
            return np.minimum(count * _COUNT_UNITS, _COUNT_MOST)
        mean_hz = count * ((1 - left) / dt_s / spikes.shape[1])
        return np.asarray(np.minimum(mean_hz * (FULL_SCALE / decoder.full_rate_hz), FULL_SCALE))
    traces = _traces(spikes, left)
    return np.where(traces.any(axis=1), np.argmax(traces, axis=1), -1).astype(np.float64)


def _traces(counts: NDArray[Any], left: float) -> Floats:
    """Leaky sums of the columns of `counts`, (ticks, columns)."""
    traces = np.zeros(counts.shape)
    trace = np.zeros(counts.shape[1])
    for tick, row in enumerate(np.asarray(counts, np.float64)):
        trace = trace * left + row
        traces[tick] = trace
    return traces
