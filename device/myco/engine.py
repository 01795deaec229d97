"""One board's share of a program, alive: buffers made at load, and the tick.

A tick runs, in this order: integrate (u, v; who spikes), sense (encode readings into spikes), propagate
(spikes into the rings of what is due later), actuate (decode spikes into outputs). A spike of tick t
reaches its targets at tick t + 1 + delay; a sensor's spike at tick t is no different, which is why
sensing may follow integration.
"""

from array import array

from myco import kernel as default_kernel
from myco import layout
from myco_hal import decoders, encoders

TICK_MASK = 0x3FFFFFFF  # ticks are counted modulo 2^30, so that they stay small integers


def zeros(kind, size):
    """An array of `size` zeros (never empty: some ports cannot make an empty typed array)."""
    return array(kind, bytes((size or 1) * (4 if kind == "i" else 2)))


class Engine:
    """Runs the image given. `image` is kept and used in place: it must not change afterwards."""

    def __init__(self, image, kernel=default_kernel):
        """Check `image` and make all buffers. Raises layout.BadImage or MemoryError."""
        header = layout.check(image)
        self.image = image
        self.header = header
        self.kernel = kernel
        self.id = layout.program_id(image)
        neurons, channels = header.neurons, header.channels
        self.u = zeros("i", neurons)
        self.v = zeros("i", neurons)
        self.drive = zeros("i", header.accumulators)
        self.inputs = zeros("h", channels)
        self.sigma = zeros("i", channels)
        self.traces = zeros("i", header.traces)
        self.outputs = zeros("h", header.actuators)
        self.fired = zeros("H", neurons + channels)
        # Group g's spikes of this tick are fired[segments[g]:segments[g + 1]].
        self.segments = zeros("H", header.populations + header.sensors + 1)
        self.slots = zeros("H", header.populations)
        self.tick_count = 0
        self._read_records(image, header)

    def _read_records(self, image, header):
        self._populations = [layout.population(image, header, i) for i in range(header.populations)]
        self._sensors = [layout.sensor(image, header, i) for i in range(header.sensors)]
        self._projections = [layout.projection(image, header, i) for i in range(header.projections)]
        self._actuators = [layout.actuator(image, header, i) for i in range(header.actuators)]

    def reset(self):
        """Everything as after loading: state, pending spikes, traces, inputs and tick are zero."""
        for buffer in (
            self.u,
            self.v,
            self.drive,
            self.inputs,
            self.sigma,
            self.traces,
            self.outputs,
            self.segments,
            self.slots,
        ):
            for i in range(len(buffer)):
                buffer[i] = 0
        self.tick_count = 0

    def neurons_fired(self):
        """How many neurons spiked in the last tick; their numbers are fired[:this], ascending."""
        return self.segments[self.header.populations]

    def tick(self):
        """Execute one tick. Allocates nothing."""
        self._integrate()
        self._sense()
        self._propagate()
        self._actuate()
        self._turn_rings()
        self.tick_count = (self.tick_count + 1) & TICK_MASK

    def _integrate(self):
        integrate = self.kernel.integrate
        count = 0
        i = 0
        for first, size, du, dv, vth, bias_mant, bias_exp, _, ring_at, _ in self._populations:
            self.segments[i] = count
            count = integrate(
                self.u,
                self.v,
                self.drive,
                ring_at + self.slots[i] * size,
                first,
                size,
                du,
                dv,
                bias_mant << bias_exp,
                vth,
                self.fired,
                count,
            )
            i += 1
        self.segments[i] = count

    def _sense(self):
        i = self.header.populations
        base = self.header.neurons
        count = self.segments[i]
        for kind, first, size, rate in self._sensors:
            if kind == layout.ENCODE_RATE:
                count = encoders.encode_rate(
                    self.inputs, self.sigma, first, size, rate, base, self.fired, count
                )
            else:
                count = encoders.encode_nonzero(self.inputs, first, size, base, self.fired, count)
            i += 1
            self.segments[i] = count

    def _propagate(self):
        populations = self.header.populations
        for record in self._projections:
            group = record[7]
            start = self.segments[group]
            end = self.segments[group + 1]
            if start == end:
                continue
            if group >= populations and self._sensors[group - populations][0] == layout.ENCODE_CURRENT:
                self._propagate_graded(record, start, end)
            else:
                self._propagate_spikes(record, start, end)

    def _due(self, target, delay):
        record = self._populations[target]
        depth = record[7]
        return record[8] + ((self.slots[target] + 1 + delay) % depth) * record[1]

    def _propagate_spikes(self, record, start, end):
        table, shift, delay, sign, first, sources, target, _, rows_at, targets_at, weights_at = record
        fired = self.fired
        # A projection may cover only part of its group's sources (tables are split at 65,535 synapses).
        while start < end and fired[start] < first:
            start += 1
        while end > start and fired[end - 1] >= first + sources:
            end -= 1
        self.kernel.deliver(
            self.image,
            table,
            sign << shift,
            first,
            self._populations[target][1],
            rows_at,
            targets_at,
            weights_at,
            fired,
            start,
            end,
            self.drive,
            self._due(target, delay),
        )

    def _propagate_graded(self, record, start, end):
        table, shift, delay, sign, first, sources, target, _, rows_at, targets_at, weights_at = record
        base = self.header.neurons
        at = self._due(target, delay)
        for k in range(start, end):
            source = self.fired[k]
            if first <= source < first + sources:
                self.kernel.deliver_graded(
                    self.image,
                    table,
                    shift,
                    sign,
                    first,
                    self._populations[target][1],
                    rows_at,
                    targets_at,
                    weights_at,
                    source,
                    self.inputs[source - base],
                    self.drive,
                    at,
                )

    def _actuate(self):
        end = self.neurons_fired()
        fired = self.fired
        traces = self.traces
        i = 0
        for kind, before, after, first, size, decay, gain, ceiling, at in self._actuators:
            if kind == layout.DECODE_WINNER:
                decoders.winner_step(traces, at, size, decay, fired, 0, end, first)
                self.outputs[i] = decoders.winner_value(traces, at, size)
            else:
                spikes = decoders.spikes_between(fired, 0, end, first, size)
                traces[at] = decoders.level_step(traces[at], spikes, decay)
                self.outputs[i] = decoders.level_value(traces[at], before, gain, after, ceiling)
            i += 1

    def _turn_rings(self):
        i = 0
        for record in self._populations:
            slot = self.slots[i] + 1
            self.slots[i] = 0 if slot == record[7] else slot
            i += 1
