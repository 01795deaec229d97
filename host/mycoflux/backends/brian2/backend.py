"""Runs a float network on brian2, aligned with a program tick for tick.

In a program, a spike of tick t acts in tick t + 1 + delay. brian2 delivers a spike of step k, with a delay of
d steps, after the state update of step k + d, so that it acts in step k + d + 1: its delay is one tick less
than the author's. Resets come ahead of synapses, so that what arrives with a reset outlives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.backends.brian2.library import brian2 as b
from mycoflux.backends.brian2.library import settings
from mycoflux.backends.brian2.models import Model, model
from mycoflux.backends.brian2.ports import FULL_SCALE, decode, sensor_spikes
from mycoflux.circuit.network import FloatNetwork, Synapses
from mycoflux.circuit.neurons import receptor_names
from mycoflux.circuit.parts import Population, SensorPort
from mycoflux.circuit.ports import ConstantCurrent, Potential, Strongest
from mycoflux.errors import CircuitError, InvalidInput

Floats = NDArray[np.float64]

_SCHEDULE = ["start", "groups", "thresholds", "resets", "synapses", "end"]


@dataclass(frozen=True, eq=False)
class FloatRun:
    """What a float run left, tick by tick; ticks count from 0.

    Attributes:
        ticks: how many there were.
        spike_ticks: (spikes,) int32, ascending.
        spike_neurons: (spikes,) int32, numbered as in the program, ascending within a tick.
        outputs: (ticks, actuators), in a program's units.
        potentials: v after each tick, volts, (ticks, size) by population.
    """

    ticks: int
    spike_ticks: NDArray[np.int32]
    spike_neurons: NDArray[np.int32]
    outputs: Floats
    potentials: dict[str, Floats]


class Brian2Backend:
    """Executes float networks. Needs brian2."""

    name = "brian2"

    def __init__(self, network: FloatNetwork, codegen: str = "numpy") -> None:
        """Args: network: of a circuit (`float_network`) or of a program (`dequantize`).

        codegen: brian2's target: "numpy" starts at once, "cython" compiles first and is faster then.
        """
        self.network = network
        self._codegen = codegen

    def run(self, inputs: NDArray[Any], potentials: tuple[str, ...] = ()) -> FloatRun:
        """Execute one tick for each row of `inputs`, (ticks, channels), from the beginning.

        inputs: readings 0..4095; others are clipped. potentials: populations whose v is kept.

        Raises:
            InvalidInput: another number of channels than the circuit's.
        """
        readings = np.clip(np.asarray(inputs, np.float64), 0, FULL_SCALE)
        channels = sum(s.size for s in self.network.sensors)
        if readings.ndim != 2 or readings.shape[1] != channels:
            raise InvalidInput(
                f"inputs have shape {readings.shape}, the circuit takes (ticks, {channels})",
                remedy="A column a sensor channel",
            )
        read = {a.source for a in self.network.actuators if isinstance(a.decoder, Potential | Strongest)}
        with settings(self._codegen):
            objects = _Objects(self.network, readings, {*potentials, *read})
            return objects.run(tuple(potentials))


class _Objects:
    """The brian2 objects of one run."""

    def __init__(self, network: FloatNetwork, readings: Floats, watched: set[str]) -> None:
        self._network, self._ticks = network, len(readings)
        self._dt = network.dt_s * b.second
        self._net = b.Network()
        self._net.schedule = _SCHEDULE
        self._readings, at = {}, 0
        for sensor in network.sensors:
            self._readings[sensor.name] = readings[:, at : at + sensor.size]
            at += sensor.size
        self._sources: dict[str, Any] = {}
        self._groups: dict[str, Any] = {}
        self._events: dict[str, Any] = {}
        self._potentials: dict[str, Any] = {}
        for sensor in network.sensors:
            if not isinstance(sensor.encoder, ConstantCurrent):
                self._sources[sensor.name] = self._sensor(sensor)
        for p in network.populations:
            self._population(p, p.name in watched)
        for q in network.projections:
            if len(q.sources) and q.source in self._sources:
                self._connect(q)

    def _population(self, p: Population, watched: bool) -> None:
        into = [q for q in self._network.projections if q.target == p.name]
        currents: dict[int, Floats] = {}
        for q in into:
            if self._is_current(q.source):
                receptor = receptor_of(p, q)
                total = currents.setdefault(receptor, np.zeros((self._ticks, p.size)))
                _add_current(total, q, self._readings[q.source], self._network.dt_s)
        onward = [q for q in self._network.projections if q.source == p.name and len(q.sources)]
        longest = max((int(self._delays(q).max()) for q in onward), default=0)
        made = model(p, frozenset(currents), self._network.dt_s, longest)
        namespace = dict(made.namespace)
        for receptor, total in currents.items():
            namespace[f"current_{receptor}"] = b.TimedArray(total * b.volt, dt=self._dt)
        group = self._group(p, made, namespace)
        self._groups[p.name] = group
        self._net.add(group)
        for name, value in made.initial.items():
            setattr(group, name, value)
        if made.threshold:  # what never spikes is nobody's source
            self._sources[p.name] = group
            self._events[p.name] = b.SpikeMonitor(group)
            self._net.add(self._events[p.name])
        if watched:
            self._potentials[p.name] = b.StateMonitor(group, "v", record=True, when="end", dt=self._dt)
            self._net.add(self._potentials[p.name])

    def _group(self, p: Population, made: Model, namespace: dict[str, Any]) -> Any:
        options: dict[str, Any] = {"method": "exact"} if "/dt" in made.equations else {}
        if made.threshold:
            options |= {"threshold": made.threshold, "reset": made.reset}
            if made.values:
                options["events"] = {f"sent_{d}": f"value_{d} != 0" for d in range(made.values)}
        group = b.NeuronGroup(p.size, made.equations, namespace=namespace, dt=self._dt, **options)
        for code, when in (
            (made.arrive, "before_groups"),
            (made.step, "groups"),
            (made.settle, "before_thresholds"),
        ):
            if code:
                group.run_regularly(code, when=when)
        if made.restart_every_s:
            every = round(made.restart_every_s / self._network.dt_s) * self._dt
            group.run_regularly(made.restart, dt=every, when="start")
        return group

    def _is_current(self, source: str) -> bool:
        return source in self._readings and source not in self._sources

    def _sensor(self, sensor: SensorPort) -> Any:
        ticks, channels = np.nonzero(sensor_spikes(sensor, self._readings[sensor.name], self._network.dt_s))
        group = b.SpikeGeneratorGroup(sensor.size, channels, ticks * self._dt, dt=self._dt)
        self._net.add(group)
        return group

    def _delays(self, q: Synapses) -> NDArray[np.int64]:
        """Further ticks beyond the one that every synapse takes."""
        return in_ticks(q.delays_s, self._network.dt_s) - 1

    def _connect(self, q: Synapses) -> None:
        target = next(p for p in self._network.populations if p.name == q.target)
        source = self._sources[q.source]
        effect = f"in_{receptor_of(target, q)}_post += w_syn"
        delays = self._delays(q)
        if "value_0" not in source.variables:
            synapses = b.Synapses(source, self._groups[q.target], "w_syn : volt", on_pre=effect, dt=self._dt)
            self._fill(synapses, q, slice(None))
            synapses.delay = delays * self._dt
            return
        for delay in np.unique(delays):  # values are kept by their source, one variable a tick of delay
            event = {"pre": f"sent_{delay}"}
            code = {"pre": f"{effect} * value_{delay}_pre"}
            synapses = b.Synapses(
                source, self._groups[q.target], "w_syn : volt", on_pre=code, on_event=event, dt=self._dt
            )
            self._fill(synapses, q, delays == delay)

    def _fill(self, synapses: Any, q: Synapses, which: Any) -> None:
        synapses.connect(i=q.sources[which], j=q.targets[which])
        synapses.w_syn = q.weights_v[which] * b.volt
        self._net.add(synapses)

    def run(self, keep: tuple[str, ...]) -> FloatRun:
        """Run all ticks."""
        self._net.run(self._ticks * self._dt, namespace={})
        network = self._network
        spikes, times, neurons = {}, [], []
        for p in network.populations:
            raster = np.zeros((self._ticks, p.size), bool)
            if p.name in self._events:
                raster[np.rint(self._events[p.name].t / self._dt).astype(int), self._events[p.name].i] = True
            spikes[p.name] = raster
            at, which = np.nonzero(raster)
            times.append(at)
            neurons.append(which + network.first(p.name))
        all_times, all_neurons = np.concatenate(times), np.concatenate(neurons)
        order = np.lexsort((all_neurons, all_times))
        potentials = {name: np.asarray(monitor.v / b.volt).T for name, monitor in self._potentials.items()}
        return FloatRun(
            self._ticks,
            all_times[order].astype(np.int32),
            all_neurons[order].astype(np.int32),
            decode(network, spikes, potentials),
            {name: potentials[name] for name in keep},
        )


def receptor_of(population: Population, q: Synapses) -> int:
    """Which of the population's receptors a projection goes to.

    Raises:
        CircuitError: it has none of that name.
    """
    names = receptor_names(population.neuron)
    if q.receptor not in names:
        raise CircuitError(
            f"projection '{q.name}': '{population.name}' has no receptor '{q.receptor}'",
            where=population.origin,
            remedy="Name one of the target's receptors",
        )
    return names.index(q.receptor)


def in_ticks(delays_s: Floats, dt_s: float) -> NDArray[np.int64]:
    """Delays in whole ticks, at least one."""
    return np.asarray(np.maximum(np.rint(delays_s / dt_s), 1), np.int64)


def _add_current(total: Floats, q: Synapses, readings: Floats, dt_s: float) -> None:
    """Add what constant currents drive in each tick, (ticks, neurons) volts, delayed as spikes are."""
    delays = in_ticks(q.delays_s, dt_s)
    for delay in np.unique(delays):
        mine = delays == delay
        weights = np.zeros((readings.shape[1], total.shape[1]))
        np.add.at(weights, (q.sources[mine], q.targets[mine]), q.weights_v[mine])
        if delay < len(total):
            total[delay:] += (readings / FULL_SCALE @ weights)[: len(total) - delay]
