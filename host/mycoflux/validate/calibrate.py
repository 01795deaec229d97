"""Activity of a circuit in a run of its integers, for scales that need not hold every input at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record, Run
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.neurons import Membrane
from mycoflux.compiler.bound import bound
from mycoflux.compiler.calibration import Activity, Calibration
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerSensor
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import InvalidInput

_VALUES = 20_000_000  # of u that are held at a time: 80 MB
_TYPICAL = 0.99
# Ranges of |u| that are counted, each 5 % wide.
_EDGES = np.concatenate(([1.0], np.geomspace(1.05, arith.U_LIMIT * 1.05, 327)))


def calibrate(circuit: Circuit, inputs: NDArray[np.int64], described: str) -> Calibration:
    """Run the circuit's program, scaled to the worst case, and measure.

    Currents are measured of leaky populations, of their first receptor: of others their scale stays as it is.

    Args:
        circuit: any that compiles.
        inputs: readings, (ticks, channels).
        described: where they come from, for the report.

    Raises:
        CircuitError, QuantizeError, BoundError: it does not compile.
        InvalidInput: `inputs` has another number of channels, or no ticks.
    """
    if not len(inputs):
        raise InvalidInput("there are no ticks to calibrate on", remedy="Give a longer recording")
    flat = resolve(circuit)
    integer, report = quantize(flat)
    bound(integer)
    program = emit(integer)
    leaky = [p.name for p in flat.populations if isinstance(p.neuron, Membrane)]
    largest, counts = dict.fromkeys(leaky, 0), {name: np.zeros(len(_EDGES) - 1, np.int64) for name in leaky}
    spikes = np.zeros(program.neurons, np.int64)
    for run in _runs(FastReference(program), inputs, tuple(leaky)):
        spikes += np.bincount(run.spike_neurons, minlength=program.neurons)
        for name, u in run.currents.items():
            sizes = np.abs(u[u != 0])
            largest[name] = max(largest[name], int(sizes.max(initial=0)))
            counts[name] += np.histogram(sizes, _EDGES)[0]
    seconds = len(inputs) * flat.dt_s
    found = {
        s.name: Activity(0.0, 0.0, _rate_hz(s, inputs[:, i], flat.dt_s))
        for s, i in _channels(integer.sensors)
    }
    for p in program.populations:
        units = report.units[p.name]
        rate_hz = float(spikes[p.first : p.first + p.size].mean()) / seconds
        typical = _percentile(counts[p.name]) if p.name in counts else 0.0
        found[p.name] = Activity(largest.get(p.name, 0) / units, typical / units, rate_hz)
    return Calibration(found, described)


def _runs(backend: FastReference, inputs: NDArray[np.int64], names: tuple[str, ...]) -> Iterator[Run]:
    ticks = max(1, _VALUES // backend.program.neurons)
    for begin in range(0, len(inputs), ticks):
        yield backend.run(inputs[begin : begin + ticks], Record(currents=names))


def _channels(sensors: tuple[IntegerSensor, ...]) -> Iterator[tuple[IntegerSensor, slice]]:
    first = 0
    for sensor in sensors:
        yield sensor, slice(first, first + sensor.size)
        first += sensor.size


def _rate_hz(sensor: IntegerSensor, readings: NDArray[np.int64], dt_s: float) -> float:
    """Spikes a second of a channel; of a constant current, the ticks in which it acts."""
    if sensor.encoder == layout.ENCODE_RATE:
        a_tick = sensor.rate / int(arith.DECAY_ONE)
        return float(readings.mean()) / int(arith.SENSOR_MAX) * a_tick / dt_s
    return float((readings > 0).mean()) / dt_s


def _percentile(counts: NDArray[np.int64]) -> float:
    """The |u| below which `_TYPICAL` of what was counted lies; 0 where nothing was."""
    if not counts.any():
        return 0.0
    at = int(np.searchsorted(np.cumsum(counts), _TYPICAL * counts.sum()))
    return float(_EDGES[1 + at])
