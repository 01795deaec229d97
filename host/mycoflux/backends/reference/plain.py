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
from mycoflux.backends.reference.plain_neurons import make_model
from mycoflux.program.types import Actuator, Program, Projection, Sensor


class PlainReference(Backend):
    """Executes `program` in this process; the definition of what is exact."""

    name = "reference"

    def __init__(self, program: Program) -> None:
        self.program = program
        self._outgoing = _by_source(program)
        self._is_graded = [
            sensor.encoder == layout.ENCODE_CURRENT for sensor in program.sensors for _ in range(sensor.size)
        ]
        self.reset()

    def reset(self) -> None:
        """Back to the state before the first tick."""
        self._tick = 0
        self._models = [make_model(p) for p in self.program.populations]
        self._sigma = [0] * self.program.channels
        self._traces = [0] * self.program.traces
        # due[t][neuron, receptor] is what arrives there in tick t
        self._due: dict[int, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))

    def state(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """u and v of every neuron after the last tick."""
        return (
            tuple(x for model in self._models for x in model.u),
            tuple(x for model in self._models for x in model.v),
        )

    def step(self, inputs: Sequence[int]) -> Ticked:
        """Execute one tick."""
        readings = [min(max(int(x), 0), arith.SENSOR_MAX) for x in inputs]
        arrived = self._due.pop(self._tick, {})
        spikes = []
        for model in self._models:
            model.begin_tick()
            for i in range(model.size):
                value = model.step(i, [arrived.get((model.first + i, r), 0) for r in range(model.receptors)])
                if value:
                    spikes.append(model.first + i)
                    self._send(model.first + i, value)
        for sensor in self.program.sensors:
            for channel in range(sensor.first, sensor.first + sensor.size):
                self._sense(sensor, channel, readings[channel])
        outputs = tuple(self._decode(actuator, spikes) for actuator in self.program.actuators)
        self._tick += 1
        return Ticked(tuple(spikes), outputs)

    def _sense(self, sensor: Sensor, channel: int, reading: int) -> None:
        source = self.program.neurons + channel
        if sensor.encoder == layout.ENCODE_CURRENT:
            self._send(source, reading)
        elif sensor.encoder == layout.ENCODE_SPIKE and reading:
            self._send(source, 1)
        elif sensor.encoder == layout.ENCODE_RATE:
            total = self._sigma[channel] + reading * sensor.rate
            if total >= encoders.SIGMA_FULL:
                total -= encoders.SIGMA_FULL
                self._send(source, 1)
            self._sigma[channel] = total

    def _send(self, source: int, value: int) -> None:
        reading = source >= self.program.neurons and self._is_graded[source - self.program.neurons]
        for projection, target, weight in self._outgoing[source]:
            amount = (value << projection.shift) * weight
            if reading:
                amount = (value * weight) >> projection.shift
            due = self._due[self._tick + 1 + projection.delay]
            due[target, projection.receptor] += projection.sign * amount

    def _decode(self, a: Actuator, spikes: Sequence[int]) -> int:
        if a.decoder in (layout.DECODE_POTENTIAL, layout.DECODE_STRONGEST):
            potentials = self.state()[1][a.first : a.first + a.size]
            if a.decoder == layout.DECODE_STRONGEST:
                return potentials.index(max(potentials))
            size = min(((abs(potentials[0]) >> a.before) * a.gain) >> a.after, a.ceiling)
            return -size if potentials[0] < 0 else size
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
