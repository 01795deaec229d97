"""One board's share of a program, alive: buffers made at load, and the tick.

A tick runs, in this order: integrate (u, v; who spikes), sense (encode readings into spikes), propagate
(spikes into the rings of what is due later), actuate (decode spikes into outputs). A spike of tick t
reaches its targets at tick t + 1 + delay; a sensor's spike at tick t is no different, which is why
sensing may follow integration.
"""

from array import array

from myco import check, layout, models, neurons
from myco import kernel as default_kernel
from myco_hal import decoders, encoders

TICK_MASK = 0x3FFFFFFF  # ticks are counted modulo 2^30, so that they stay small integers


def zeros(kind, size):
    """An array of `size` zeros (never empty: some ports cannot make an empty typed array).

    From a range, whose length is known, an array is made at once; made from bytes, it and they would be in
    memory together, and half of the heap could not be used.
    """
    first = -32768 if kind == "h" else 0
    made = array(kind, range(first, first + (size or 1)))
    for i in range(size or 1):
        made[i] = 0
    return made


class Engine:
    """Runs the image given. `image` is kept and used in place: it must not change afterwards."""

    def __init__(self, image, kernel=default_kernel):
        """Check `image` and make all buffers. Raises layout.BadImage or MemoryError."""
        header = check.check(image)
        self.image = image
        self.header = header
        self.kernel = kernel
        self.id = layout.program_id(image)
        self._read_records(image, header)
        sources = header.neurons + header.channels
        self.u = zeros("i", header.neurons)
        self.v = zeros("i", header.neurons)
        self.extra = zeros("i", self._extra_words)  # columns of the models that have more state
        self.drive = zeros("i", header.accumulators)
        self.inputs = zeros("h", header.channels)
        self.sigma = zeros("i", header.channels)
        self.traces = zeros("i", header.traces)
        self.outputs = zeros("h", header.actuators)
        self.fired = zeros("H", sources)
        self.payload = zeros("i", sources if self._any_graded else 0)  # of fired[k], where graded
        # Group g's spikes of this tick are fired[segments[g]:segments[g + 1]].
        self.segments = zeros("H", header.populations + header.sensors + 1)
        self.slots = zeros("H", header.populations)
        self.phases = zeros("H", header.populations)  # ticks since a periodic reset
        self.tick_count = 0
        self._start()

    def _read_records(self, image, header):
        self._populations = [layout.population(image, header, i) for i in range(header.populations)]
        self._params = [models.params(image, record) for record in self._populations]
        self._sensors = [layout.sensor(image, header, i) for i in range(header.sensors)]
        self._projections = [layout.projection(image, header, i) for i in range(header.projections)]
        self._actuators = [layout.actuator(image, header, i) for i in range(header.actuators)]
        self._shapes = [
            layout.convolution(image, record[10]) if record[0] == layout.TABLE_CONVOLUTION else None
            for record in self._projections
        ]
        # By group: whether its spikes carry a value.
        self._graded = [models.is_graded(record[9]) for record in self._populations]
        self._any_graded = any(self._graded)
        self._graded += [record[0] == layout.ENCODE_CURRENT for record in self._sensors]
        self._extra_at = []
        self._extra_words = 0
        for i in range(header.populations):
            record, values = self._populations[i], self._params[i]
            self._extra_at.append(self._extra_words)
            self._extra_words += models.extra_words(record, values) * record[1]

    def _start(self):
        """States that do not begin at zero."""
        i = 0
        for record in self._populations:
            if record[9] == layout.MODEL_IZHIKEVICH:
                neurons.start_izhikevich(record, self._params[i], self, self._extra_at[i])
            i += 1

    def reset(self):
        """Everything as after loading: no pending spikes, traces or inputs; tick 0."""
        for buffer in (
            self.u,
            self.v,
            self.extra,
            self.drive,
            self.inputs,
            self.sigma,
            self.traces,
            self.outputs,
            self.segments,
            self.slots,
            self.phases,
        ):
            for i in range(len(buffer)):
                buffer[i] = 0
        self.tick_count = 0
        self._start()

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
        count = 0
        i = 0
        for record in self._populations:
            self.segments[i] = count
            at = record[8] + self.slots[i] * record[1] * (1 + record[10])
            model = record[9]
            if model == layout.MODEL_LIF:
                count = self._integrate_plain(record, at, count)
            else:
                if model == layout.MODEL_GENERAL_LIF and self._params[i][4]:
                    self._reset_in_time(record, i)
                count = neurons.MODELS[model](record, self._params[i], self, self._extra_at[i], at, count)
            i += 1
        self.segments[i] = count

    def _integrate_plain(self, record, at, count):
        first, size, du, dv, vth, bias_mant, bias_exp, _, _, _, _, _ = record
        return self.kernel.integrate(
            self.u,
            self.v,
            self.drive,
            at,
            first,
            size,
            du,
            dv,
            bias_mant << bias_exp,
            vth,
            self.fired,
            count,
        )

    def _reset_in_time(self, record, i):
        """Lava's LIFReset: all state to zero once a period, before the tick is integrated."""
        values = self._params[i]
        phase = self.phases[i] + 1
        if phase == values[4]:
            phase = 0
        self.phases[i] = phase
        if phase == values[5]:
            for n in range(record[0], record[0] + record[1]):
                self.u[n] = 0
                self.v[n] = 0
            at = self._extra_at[i]
            for j in range(at, at + record[1] * models.extra_words(record, values)):
                self.extra[j] = 0

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
        i = 0
        for record in self._projections:
            group = record[7]
            start = self.segments[group]
            end = self.segments[group + 1]
            if start != end:
                graded = self._graded[group]
                if graded or record[0] == layout.TABLE_CONVOLUTION:
                    self._propagate_values(record, self._shapes[i], graded, start, end)
                else:
                    self._propagate_spikes(record, start, end)
            i += 1

    def _due(self, target, arrival, begin):
        """Where in `drive` what arrives at neuron `begin` with this delay and at this receptor is summed."""
        record = self._populations[target]
        depth = record[7]
        slot = (self.slots[target] + 1 + (arrival & 63)) % depth
        return record[8] + (slot * (1 + record[10]) + (arrival >> 6)) * record[1] + begin

    def _propagate_spikes(self, record, start, end):
        table, shift, arrival, sign, first, sources, target, _, begin, size, rows, targets, weights = record
        fired = self.fired
        # A projection may cover only part of its group's sources.
        while start < end and fired[start] < first:
            start += 1
        while end > start and fired[end - 1] >= first + sources:
            end -= 1
        self.kernel.deliver(
            self.image,
            table & layout.TABLE_MASK,
            sign << shift,
            first,
            size,
            rows,
            targets,
            weights,
            fired,
            start,
            end,
            self.drive,
            self._due(target, arrival, begin),
        )

    def _propagate_values(self, record, shape, graded, start, end):
        """Source by source: values of graded sources, and whatever goes through a convolution.

        A population's value is multiplied by 2^shift, a sensor's reading divided by it.
        """
        table, shift, arrival, sign, first, sources, target, _, begin, size, rows, targets, weights = record
        table &= layout.TABLE_MASK
        base = self.header.neurons
        at = self._due(target, arrival, begin)
        for k in range(start, end):
            source = self.fired[k]
            if not first <= source < first + sources:
                continue
            if not graded:
                value, right = 1 << shift, 0
            elif source < base:
                value, right = self.payload[k] << shift, 0
            else:
                value, right = self.inputs[source - base], shift
            if shape:
                self.kernel.deliver_shared(
                    self.image, shape, first, weights, source, value, right, sign, self.drive, at
                )
            else:
                self.kernel.deliver_graded(
                    self.image,
                    table,
                    right,
                    sign,
                    first,
                    size,
                    rows,
                    targets,
                    weights,
                    source,
                    value,
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
            elif kind == layout.DECODE_POTENTIAL:
                self.outputs[i] = decoders.potential_value(self.v[first], before, gain, after, ceiling)
            elif kind == layout.DECODE_STRONGEST:
                self.outputs[i] = decoders.strongest_value(self.v, first, size)
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
