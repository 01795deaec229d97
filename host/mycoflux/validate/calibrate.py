"""Activity of a circuit in a run of its integers, for scales that need not hold every input at once.

Executors record the current of a population's first receptor. That of each further one is measured in a
*probe*: a population added for the run that never spikes and whose only receptor hears what that one hears
and decays as it does, so that its u is the same, bit for bit. Nothing hears a probe.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from myco.models import RESET_NEVER
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record, Run
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.neurons import Membrane
from mycoflux.compiler.bound import bound
from mycoflux.compiler.calibration import Activity, Calibration
from mycoflux.compiler.emit import laid_out
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerSensor
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import InvalidInput
from mycoflux.program.neurons import GeneralLif

_VALUES = 20_000_000  # of u that are held at a time: 80 MB
_TYPICAL = 0.99
# Ranges of |u| that are counted, each 5 % wide.
_EDGES = np.concatenate(([1.0], np.geomspace(1.05, arith.U_LIMIT * 1.05, 327)))


def calibrate(circuit: Circuit, inputs: NDArray[np.int64], described: str) -> Calibration:
    """Run the circuit's program, scaled to the worst case, and measure.

    Currents are measured of leaky populations, of every receptor: of others their scale stays as it is.

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
    leaky = {p.name for p in flat.populations if isinstance(p.neuron, Membrane)}
    measured = {
        p.name: tuple(_probe_name(p, r) for r in range(p.neuron.receptors)) if p.name in leaky else ()
        for p in integer.populations
    }
    program = laid_out(_with_probes(integer, leaky))
    names = tuple(name for several in measured.values() for name in several)
    currents = {name: _Sizes() for name in names}
    spikes = np.zeros(program.neurons, np.int64)
    for run in _runs(FastReference(program), inputs, names):
        spikes += np.bincount(run.spike_neurons, minlength=program.neurons)
        for name, u in run.currents.items():
            currents[name].count(u)
    seconds = len(inputs) * flat.dt_s
    found = {
        s.name: Activity((), (), _rate_hz(s, inputs[:, i], flat.dt_s)) for s, i in _channels(integer.sensors)
    }
    for p in program.populations[: len(integer.populations)]:
        units = report.units[p.name]
        rate_hz = float(spikes[p.first : p.first + p.size].mean()) / seconds
        of = [currents[name] for name in measured[p.name]]
        found[p.name] = Activity(
            tuple(c.largest / units for c in of), tuple(c.typical / units for c in of), rate_hz
        )
    return Calibration(found, described)


class _Sizes:
    """How large |u| was, over neurons and ticks in which it was not 0; units of u."""

    def __init__(self) -> None:
        self.largest = 0
        self._counts = np.zeros(len(_EDGES) - 1, np.int64)

    def count(self, u: NDArray[np.int32]) -> None:
        """Count these, (ticks, neurons), too."""
        sizes = np.abs(u[u != 0])
        self.largest = max(self.largest, int(sizes.max(initial=0)))
        self._counts += np.histogram(sizes, _EDGES)[0]

    @property
    def typical(self) -> float:
        """The |u| below which `_TYPICAL` of what was counted lies; 0 where nothing was."""
        if not self._counts.any():
            return 0.0
        at = int(np.searchsorted(np.cumsum(self._counts), _TYPICAL * self._counts.sum()))
        return float(_EDGES[1 + at])


def _with_probes(circuit: IntegerCircuit, names: Container[str]) -> IntegerCircuit:
    """The circuit with a probe for each further receptor of the populations named, behind all others."""
    populations, projections = list(circuit.populations), list(circuit.projections)
    for p in circuit.populations:
        if p.name not in names or not isinstance(p.neuron, GeneralLif):
            continue
        for receptor, du in enumerate(p.neuron.receptor_du, start=1):
            name = _probe_name(p, receptor)
            # The restart is that of the population: it ends currents, too.
            neuron = GeneralLif(
                du=du, dv=0, reset=RESET_NEVER, interval=p.neuron.interval, offset=p.neuron.offset
            )
            populations.append(replace(p, name=name, neuron=neuron))
            projections += [
                replace(q, target=name, receptor=0)
                for q in circuit.projections
                if q.target == p.name and q.receptor == receptor
            ]
    return replace(circuit, populations=tuple(populations), projections=tuple(projections))


def _probe_name(population: IntegerPopulation, receptor: int) -> str:
    """What a receptor's current is measured in: the population itself, or a probe, named as no author can."""
    return f"{population.name}>{receptor}" if receptor else population.name


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
