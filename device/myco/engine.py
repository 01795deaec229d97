"""One board's share of a program, alive: buffers made at load, and the tick.

A tick runs, in this order: integrate (u, v; who spikes), sense (encode readings into spikes), propagate
(spikes into the rings of what is due later), actuate (decode spikes into outputs). A spike of tick t
reaches its targets at tick t + 1 + delay; a sensor's spike at tick t is no different, which is why
sensing may follow integration.
"""

from array import array

from myco import check, layout, models

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

    def __init__(self, image, kernel=None, header=None):
        """Check `image` and make all buffers; `kernel` is the bytecode one if left out.

        header: of an image that was checked before; it is not checked again.
        Raises layout.BadImage or MemoryError.
        """
        if kernel is None:
            from myco import kernel
        header = header or check.check(image)
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
        bind = getattr(kernel, "bind", None)
        self.plan = bind(self) if bind else None  # of a kernel that does whole ticks
        self.code = None  # a list of what keeps the plan's straight-line code, see `myco.straight`

    def _read_records(self, image, header):
        self.populations = [layout.population(image, header, i) for i in range(header.populations)]
        self.params = [models.params(image, record) for record in self.populations]
        self.sensors = [layout.sensor(image, header, i) for i in range(header.sensors)]
        self.projections = [layout.projection(image, header, i) for i in range(header.projections)]
        self.actuators = [layout.actuator(image, header, i) for i in range(header.actuators)]
        self.shapes = [
            layout.convolution(image, record[10]) if record[0] == layout.TABLE_CONVOLUTION else None
            for record in self.projections
        ]
        # By group: whether its spikes carry a value.
        self.graded = bytearray(header.populations + header.sensors)
        for i in range(header.sensors):
            self.graded[header.populations + i] = self.sensors[i][0] == layout.ENCODE_CURRENT
        self._any_graded = False  # of the populations
        self._periodic = []  # populations that are reset once a period
        self.extra_at = zeros("i", header.populations)
        self._extra_words = 0
        for i in range(header.populations):
            record, values = self.populations[i], self.params[i]
            self.extra_at[i] = self._extra_words
            if models.is_graded(record[9]):
                self.graded[i] = 1
                self._any_graded = True
            if record[9] == layout.MODEL_GENERAL_LIF and values[4]:
                self._periodic.append(i)
            self._extra_words += models.extra_words(record, values) * record[1]

    def _start(self):
        """States that do not begin at zero."""
        i = 0
        for record in self.populations:
            if record[9] == layout.MODEL_IZHIKEVICH:
                models.start_izhikevich(record, self.params[i], self, self.extra_at[i])
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
        self.written()

    def written(self):
        """To be called after u, v, extra or drive were written from outside: kernels may know who rests."""
        if self.plan:
            self.kernel.forget(self.plan)

    def drop_code(self):
        """Do without straight-line code: its memory is wanted."""
        if self.code:
            self.kernel.drop(self.plan)
            self.code = None

    def neurons_fired(self):
        """How many neurons spiked in the last tick; their numbers are fired[:this], ascending."""
        return self.segments[self.header.populations]

    def tick(self):
        """Execute one tick. Allocates nothing."""
        if self.plan:
            self.kernel.tick(self.plan)
        else:
            self._integrate()
            self.kernel.sense(self)
            self._propagate()
            self.kernel.actuate(self)
            self.kernel.turn(self)
        self.tick_count = (self.tick_count + 1) & TICK_MASK

    def _integrate(self):
        for i in self._periodic:
            self._reset_in_time(self.populations[i], i)
        end = self.header.populations
        segments = self.segments
        i = self.kernel.integrate(0, 0, self)
        while i < end:
            record = self.populations[i]
            at = record[8] + self.slots[i] * record[1] * (1 + record[10])
            model = self.kernel.MODELS[record[9]]
            segments[i + 1] = model(record, self.params[i], self, self.extra_at[i], at, segments[i])
            i = self.kernel.integrate(i + 1, segments[i + 1], self)

    def _reset_in_time(self, record, i):
        """Lava's LIFReset: all state to zero once a period, before the tick is integrated."""
        values = self.params[i]
        phase = self.phases[i] + 1
        if phase == values[4]:
            phase = 0
        self.phases[i] = phase
        if phase == values[5]:
            for n in range(record[0], record[0] + record[1]):
                self.u[n] = 0
                self.v[n] = 0
            at = self.extra_at[i]
            for j in range(at, at + record[1] * models.extra_words(record, values)):
                self.extra[j] = 0

    def _propagate(self):
        end = self.header.projections
        i = self.kernel.propagate(0, end, self)
        while i < end:
            self._propagate_values(self.projections[i], self.shapes[i])
            i = self.kernel.propagate(i + 1, end, self)

    def due(self, target, arrival, begin):
        """Where in `drive` what arrives at neuron `begin` with this delay and at this receptor is summed."""
        record = self.populations[target]
        depth = record[7]
        slot = (self.slots[target] + 1 + (arrival & 63)) % depth
        return record[8] + (slot * (1 + record[10]) + (arrival >> 6)) * record[1] + begin

    def _propagate_values(self, record, shape):
        """Source by source: values of graded sources, and whatever goes through a convolution.

        A population's value is multiplied by 2^shift, a sensor's reading divided by it.
        """
        (
            table,
            shift,
            arrival,
            sign,
            first,
            sources,
            target,
            group,
            begin,
            size,
            rows_at,
            targets_at,
            weights_at,
        ) = record
        base = self.header.neurons
        at = self.due(target, arrival, begin)
        graded = self.graded[group]
        for k in range(self.segments[group], self.segments[group + 1]):
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
                    self.image,
                    self.drive,
                    at,
                    shape,
                    rows_at,
                    weights_at,
                    source - first,
                    value,
                    right,
                    sign,
                )
            else:
                self.kernel.deliver_graded(
                    self.image,
                    self.drive,
                    at,
                    table & layout.TABLE_MASK,
                    size,
                    rows_at,
                    targets_at,
                    weights_at,
                    source - first,
                    value,
                    right,
                    sign,
                )
