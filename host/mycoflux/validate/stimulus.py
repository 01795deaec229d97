"""Inputs to validate and calibrate with: of a recording, or every sensor over its whole range."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from mycoflux.errors import InvalidInput
from mycoflux.program.recording import Recording
from mycoflux.program.types import Program

_HOLD_S = 0.050  # how long a reading stays
_SPIKES_A_TICK = 0.05  # of spike encoders: a network trained in steps has no rates in hertz


def random_stimulus(program: Program, ticks: int, seed: int) -> NDArray[np.int64]:
    """Readings (ticks, channels), the same for the same seed.

    Readings of rates and currents are drawn anew every 50 ms, from 0 to full scale alike; spike encoders get
    Poisson spikes, one in 20 ticks.
    """
    rng = np.random.default_rng(seed)
    hold = max(1, round(_HOLD_S * 1e6 / program.dt_us))
    columns = []
    for sensor in program.sensors:
        for _ in range(sensor.size):
            if sensor.encoder == layout.ENCODE_SPIKE:
                columns.append((rng.random(ticks) < _SPIKES_A_TICK).astype(np.int64))
            else:
                steps = rng.integers(0, arith.SENSOR_MAX + 1, -(-ticks // hold))
                columns.append(np.repeat(steps, hold)[:ticks])
    return np.stack(columns, axis=1) if columns else np.zeros((ticks, 0), np.int64)


def recorded_stimulus(program: Program, path: Path) -> NDArray[np.int64]:
    """The readings of a recording of this program's circuit, (ticks, channels).

    Raises:
        InvalidInput: the file is no recording, or one of another circuit.
    """
    recorded = Recording.load(path)
    if recorded.input_names != program.sensor_channels:
        raise InvalidInput(
            f"the recording has readings of {', '.join(recorded.input_names) or 'no sensor'}, the circuit "
            f"takes those of {', '.join(program.sensor_channels) or 'none'}",
            where=str(path),
            remedy="Record this circuit",
        )
    if round(recorded.dt_s * 1e6) != program.dt_us:
        raise InvalidInput(
            f"the recording has ticks of {recorded.dt_s * 1e3:g} ms, "
            f"the circuit of {program.dt_us / 1e3:g} ms",
            where=str(path),
            remedy="Record this circuit",
        )
    return recorded.inputs.astype(np.int64)
