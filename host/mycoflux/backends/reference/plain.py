"""The oracle: a program executed by the book, one neuron and one synapse at a time.

Slow and obviously right. It shares with the device the scalar arithmetic of docs/semantics.md and
nothing else: no kernel, no ring, no image.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from myco import arith, layout
from myco_hal import encoders
from mycoflux.backends.base import Backend, Ticked
from mycoflux.program.types import Actuator, Population, Program, Projection, Sensor


class PlainReference(Backend):
    """Executes `program` in this process; the definition of what is exact."""

    name = "reference"

    def __init__(self, program: Program) -> None:
        self.program = program
        self._outgoing = _by_source(program)
        self.reset()

    def reset(self) -> None:
        """Back to the state before the first tick."""
        self._tick = 0
        self._u = [0] * self.program.neurons
        self._v = [0] * self.program.neurons
        self._sigma = [0] * self.program.channels
        self._traces = [0] * self.program.traces
        # due[t][neuron] is what arrives at that neuron's `a` in tick t
        self._due: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def state(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """u and v of every neuron after the last tick."""
        return tuple(self._u), tuple(self._v)

    def step(self, inputs: Sequence[int]) -> Ticked:
        """Execute one tick."""
        readings = [min(max(int(x), 0), arith.SENSOR_MAX) for x in inputs]
        arrived = self._due.pop(self._tick, {})
        spikes = [
            neuron
            for population in self.program.populations
            for neuron in range(population.first, population.first + population.size)
            if self._integrate(population, neuron, arrived.get(neuron, 0))
        ]
        for source in spikes:
            self._send(source, None)
        for sensor in self.program.sensors:
            for channel in range(sensor.first, sensor.first + sensor.size):
                self._sense(sensor, channel, readings[channel])
        outputs = tuple(self._decode(actuator, spikes) for actuator in self.program.actuators)
        self._tick += 1
        return Ticked(tuple(spikes), outputs)

    def _integrate(self, p: Population, neuron: int, a: int) -> bool:
        u = arith.wrap24(arith.decay(self._u[neuron], p.du + 1) + (a << arith.STATE_SHIFT))
        v = arith.clip_v(arith.decay(self._v[neuron], p.dv) + u + p.bias)
        spike = bool(v > p.vth << arith.STATE_SHIFT)
        self._u[neuron], self._v[neuron] = u, 0 if spike else v
        return spike

    def _sense(self, sensor: Sensor, channel: int, reading: int) -> None:
        source = self.program.neurons + channel
        if sensor.encoder == layout.ENCODE_CURRENT:
            self._send(source, reading)
        elif sensor.encoder == layout.ENCODE_SPIKE and reading:
            self._send(source, None)
        elif sensor.encoder == layout.ENCODE_RATE:
            total = self._sigma[channel] + reading * sensor.rate
            if total >= encoders.SIGMA_FULL:
                total -= encoders.SIGMA_FULL
                self._send(source, None)
            self._sigma[channel] = total

    def _send(self, source: int, reading: int | None) -> None:
        for projection, target, weight in self._outgoing[source]:
            shift = projection.shift
            amount = weight << shift if reading is None else (reading * weight) >> shift
            self._due[self._tick + 1 + projection.delay][target] += projection.sign * amount

    def _decode(self, a: Actuator, spikes: Sequence[int]) -> int:
        if a.decoder == layout.DECODE_WINNER:
            for i in range(a.size):
                at = a.trace_at + i
                spike = (a.first + i) in spikes
                self._traces[at] = arith.decay(self._traces[at], a.decay) + arith.TRACE_ONE * spike
            traces = self._traces[a.trace_at : a.trace_at + a.size]
            return traces.index(max(traces)) if max(traces) > 0 else -1
        count = sum(a.first <= neuron < a.first + a.size for neuron in spikes)
        trace = int(arith.decay(self._traces[a.trace_at], a.decay)) + int(arith.TRACE_ONE) * count
        self._traces[a.trace_at] = trace
        return min(((trace >> a.before) * a.gain) >> a.after, a.ceiling)


def _by_source(program: Program) -> dict[int, list[tuple[Projection, int, int]]]:
    """For each source, its synapses as (projection, target neuron, weight)."""
    outgoing: dict[int, list[tuple[Projection, int, int]]] = defaultdict(list)
    for p in program.projections:
        base = program.populations[p.target].first
        for row in range(p.sources):
            for s in range(int(p.rows[row]), int(p.rows[row + 1])):
                outgoing[p.first + row].append((p, base + int(p.targets[s]), int(p.weights[s])))
    return outgoing
