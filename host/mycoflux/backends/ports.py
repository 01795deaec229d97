"""A program's encoders and decoders over whole runs, for backends that execute only what is between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from myco_hal import decoders, encoders
from mycoflux.backends.run import Integers
from mycoflux.errors import InvalidInput
from mycoflux.program.types import Actuator, Program, Sensor


class Ports:
    """The sensor and actuator ports of one program; runs begin with their state at zero."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def encode(self, inputs: Integers) -> Integers:
        """What each channel sends in each tick, (ticks, channels): 1 a spike, a reading of a current.

        inputs: (ticks, channels); clipped to 0..4095.

        Raises:
            InvalidInput: another number of channels than the program's.
        """
        readings = np.clip(np.asarray(inputs, np.int64), 0, arith.SENSOR_MAX)
        if readings.ndim != 2 or readings.shape[1] != self._program.channels:
            raise InvalidInput(
                f"inputs have shape {readings.shape}, the program takes (ticks, {self._program.channels})",
                remedy=f"A column a sensor channel: {', '.join(self._program.sensor_channels) or 'none'}",
            )
        sent = readings.copy()
        for sensor in self._program.sensors:
            columns = slice(sensor.first, sensor.first + sensor.size)
            if sensor.encoder == layout.ENCODE_SPIKE:
                sent[:, columns] = readings[:, columns] > 0
            elif sensor.encoder == layout.ENCODE_RATE:
                sent[:, columns] = _rate_spikes(readings[:, columns], sensor)
        return sent

    def decode(self, spikes: NDArray[np.bool_], v: Integers) -> NDArray[np.int32]:
        """The value of each actuator in each tick, (ticks, actuators); spikes, v: (ticks, neurons)."""
        outputs = np.zeros((len(spikes), len(self._program.actuators)), np.int32)
        for i, actuator in enumerate(self._program.actuators):
            columns = slice(actuator.first, actuator.first + actuator.size)
            outputs[:, i] = _decoded(actuator, spikes[:, columns], v[:, columns])
        return outputs


def _rate_spikes(readings: Integers, sensor: Sensor) -> Integers:
    """Sigma-delta in closed form: the accumulator has wrapped floor(sum / full) times so far."""
    wraps = np.cumsum(readings * sensor.rate, axis=0) // encoders.SIGMA_FULL
    return np.diff(wraps, axis=0, prepend=0)


def _decoded(a: Actuator, spikes: NDArray[np.bool_], v: Integers) -> list[int]:
    if a.decoder == layout.DECODE_STRONGEST:
        return [int(best) for best in np.argmax(v, axis=1)]
    if a.decoder == layout.DECODE_POTENTIAL:
        return [int(decoders.potential_value(int(x), a.before, a.gain, a.after, a.ceiling)) for x in v[:, 0]]
    values = []
    if a.decoder == layout.DECODE_LEVEL:
        trace = 0
        for count in spikes.sum(axis=1):
            trace = decoders.level_step(trace, int(count), a.decay)
            values.append(int(decoders.level_value(trace, a.before, a.gain, a.after, a.ceiling)))
        return values
    traces = [0] * a.size
    for row in spikes:
        traces = [
            int(decoders.level_step(x, int(spike), a.decay)) for x, spike in zip(traces, row, strict=True)
        ]
        values.append(int(decoders.winner_value(traces, 0, a.size)))
    return values
