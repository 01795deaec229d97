"""Inputs to validate with, where the author gives none: every sensor over its whole range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
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
