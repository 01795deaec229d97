"""Whether bytes are an image that this runtime can run. Nothing in them is trusted.

What passes has every index in its range and every parameter in its field's; neurons, encoders and decoders
then stay within 31 bits, given what arrives at the neurons. How much can arrive is *not* proven here: sums of
`a`, and the values of graded spikes, are the compiler's to bound (`mycoflux.compiler.bound`). An image that
did not come from it can drive `a` beyond 31 bits (with some 500 of the strongest synapses onto one neuron, or
with graded populations in a circle); a tick then raises or wraps, and executors may differ.

`device/nano/kernel/check.c` with `tables.c` is the twin: the same faults in the same order, so the same code.
"""

from myco import crc, layout, models
from myco.layout import BadImage


def check(image):
    """Return the image's Header, or raise BadImage."""
    size = len(image)
    if size < layout.HEADER_SIZE + 4:
        raise BadImage(layout.IMAGE_SHORT)
    if bytes(image[0:4]) != layout.MAGIC:
        raise BadImage(layout.IMAGE_MAGIC)
    if image[4] != layout.VERSION or image[5] != 0 or (image[6] | image[7] << 8) != layout.HEADER_SIZE:
        raise BadImage(layout.IMAGE_VERSION)
    header = layout.Header(image)
    if header.length != size:
        raise BadImage(layout.IMAGE_LENGTH)
    if crc.crc32(image) != crc.RESIDUE:
        raise BadImage(layout.IMAGE_CRC)
    _check_places(image, header)
    _check_parts(image, header)
    for i in range(header.projections):
        _check_projection(image, header, i)
    return header


def _demand(sound):
    if not sound:
        raise BadImage(layout.IMAGE_RECORD)


def _support(known):
    if not known:
        raise BadImage(layout.IMAGE_UNSUPPORTED)


def _inside(at, size, image):
    _demand(at >= layout.HEADER_SIZE and at + size <= len(image) - 4)


def _check_places(image, header):
    # Sources are counted in 16 bits; without a population there is nothing to run.
    _demand(header.dt_us and header.populations and header.neurons + header.channels <= 0xFFFF)
    _records(header.populations_at, header.populations * layout.POPULATION_SIZE, image)
    _records(header.sensors_at, header.sensors * layout.SENSOR_SIZE, image)
    _records(header.projections_at, header.projections * layout.PROJECTION_SIZE, image)
    _records(header.actuators_at, header.actuators * layout.ACTUATOR_SIZE, image)
    _inside(header.names_at, 0, image)


def _records(at, size, image):
    """Small processors read records where they lie, and fault where they lie crooked."""
    _demand(at % layout.ALIGN == 0)
    _inside(at, size, image)


def _check_parts(image, header):
    """Parts follow one another without a gap, so what the header says of sizes is what they need."""
    neurons = accumulators = channels = traces = 0
    for i in range(header.populations):
        record = layout.population(image, header, i)
        _check_population(image, record)
        _demand(record[0] == neurons and record[8] == accumulators)
        neurons += record[1]
        accumulators += record[1] * record[7] * (1 + record[10])
    for i in range(header.sensors):
        kind, first, size, rate = layout.sensor(image, header, i)
        _support(layout.ENCODE_CURRENT <= kind <= layout.ENCODE_SPIKE)
        _demand(first == channels and size and rate <= 4096)
        channels += size
    for i in range(header.actuators):
        record = layout.actuator(image, header, i)
        _check_actuator(record, header)
        _demand(record[8] == traces)
        traces += layout.traces_of(record)
    _demand(neurons == header.neurons and accumulators == header.accumulators)
    _demand(channels == header.channels and traces == header.traces)


def _check_population(image, record):
    _, size, du, dv, vth, bias_mant, bias_exp, depth, _, model, receptors, params = record
    _support(layout.MODEL_LIF <= model <= layout.MODEL_RECTIFIED)
    _demand(size and du <= 4095 and dv <= 4096 and 1 <= depth <= 63)
    _demand(vth <= 0x7FFFFF and -4096 <= bias_mant <= 4095 and bias_exp <= 7 and receptors <= 3)
    _demand(model == layout.MODEL_GENERAL_LIF or receptors == 0)
    _demand(model >= layout.MODEL_RESONATE_FIRE or vth <= 131071)
    wanted = models.params_size(model)
    if wanted == 0:
        _demand(params == 0)
        return
    _inside(4 * params, wanted, image)
    _demand(models.sound(record, models.params(image, record)))
    at = models.bias_table(image, record)
    if at:
        _inside(at, 2 * size, image)
        for i in range(at, at + 2 * size, 2):
            mantissa = image[i] | image[i + 1] << 8
            _demand(mantissa <= 4095 or mantissa >= 0xF000)


def _check_projection(image, header, index):
    record = layout.projection(image, header, index)
    table, shift, arrival, sign, first, sources, target, group, begin, size, rows_at, targets_at, at = record
    if table != layout.TABLE_CONVOLUTION:
        table &= layout.TABLE_MASK
        _support(table in (layout.TABLE_DENSE, layout.TABLE_SPARSE_16, layout.TABLE_PACKED))
    _demand(target < header.populations and group < header.populations + header.sensors)
    _check_sources(image, header, group, first, sources, shift)
    population = layout.population(image, header, target)
    _demand(sign in (-1, 1) and (arrival & 63) < population[7] and arrival >> 6 <= population[10])
    _demand(size and begin + size <= population[1] and (rows_at | targets_at | at) % layout.ALIGN == 0)
    if table == layout.TABLE_DENSE:
        _check_dense(image, sources, size, at)
    elif table == layout.TABLE_CONVOLUTION:
        _inside(rows_at, layout.CONVOLUTION_SIZE, image)
        _check_convolution(image, layout.convolution(image, rows_at), sources, size, at)
    else:
        _inside(rows_at, 2 * (sources + 1), image)
        last = rows_at + 2 * sources
        synapses = image[last] | image[last + 1] << 8
        if table == layout.TABLE_PACKED:
            _demand(size <= layout.PACKED_MAX)
            targets_at = at
        else:
            _inside(at, synapses, image)
        _inside(targets_at, 2 * synapses, image)
        _demand(image[rows_at] == image[rows_at + 1] == 0)
        _check_synapses(image, table, sources, size, synapses, rows_at, targets_at)


def _check_sources(image, header, group, first, sources, shift):
    """A table's sources are of its group, and only a sensor's readings are shifted far."""
    most = layout.EXPONENT_MAX
    if group < header.populations:
        begin, size = layout.population(image, header, group)[:2]
    else:
        kind, begin, size, _ = layout.sensor(image, header, group - header.populations)
        begin += header.neurons
        if kind == layout.ENCODE_CURRENT:
            most = layout.SHIFT_MAX
    _demand(sources and begin <= first and first + sources <= begin + size and shift <= most)


def _check_dense(image, sources, size, at):
    """What lies between rows is 0, so that whole words of weights may be added."""
    stride = layout.stride(size)
    _inside(at, sources * stride, image)
    if stride != size:
        for row in range(at, at + sources * stride, stride):
            for i in range(row + size, row + stride):
                _demand(image[i] == 0)


def _check_synapses(image, table, sources, size, synapses, rows_at, targets_at):
    """Row starts ascend; in each row so do the targets, none twice and none outside of its block."""
    i = 0
    for at in range(rows_at + 2, rows_at + 2 * (sources + 1), 2):
        end = image[at] | image[at + 1] << 8
        _demand(i <= end <= synapses)
        before = -1
        while i < end:
            target = image[targets_at + 2 * i]
            if table != layout.TABLE_PACKED:
                target |= image[targets_at + 2 * i + 1] << 8
            _demand(before < target < size)
            before = target
            i += 1


def _check_convolution(image, shape, sources, size, weights_at):
    in_channels, in_height, in_width, channels, height, width, groups, rows, columns = shape[:9]
    down, across, above, left, dilation_y, dilation_x = shape[9:]
    _demand(sources == in_channels * in_height * in_width and size == channels * height * width)
    _demand(groups and in_channels % groups == 0 and channels % groups == 0)
    _demand(rows and columns and down and across and dilation_y and dilation_x)
    _demand(height == (in_height + 2 * above - dilation_y * (rows - 1) - 1) // down + 1)
    _demand(width == (in_width + 2 * left - dilation_x * (columns - 1) - 1) // across + 1)
    _inside(weights_at, in_channels * rows * columns * (channels // groups), image)


def _check_actuator(record, header):
    kind, before, after, first, size, decay, gain, ceiling, _ = record
    _support(layout.DECODE_LEVEL <= kind <= layout.DECODE_STRONGEST)
    _demand(size and first + size <= header.neurons and 1 <= decay <= 4096)
    _demand(before <= 30 and after <= 30 and gain < 1 << 14 and ceiling <= 32767)
    if kind == layout.DECODE_LEVEL:
        # The trace settles at size * 4096 * 4096 / decay at most: that is below 2^30, and with the gain, too.
        _demand(size < decay << 6 and (size * gain) >> min(before + 6, 31) < decay)
    elif kind == layout.DECODE_POTENTIAL:
        _demand(size == 1 and (0x7FFFFF >> before) * gain < 1 << 30)
    else:
        _demand(size <= layout.CHOICES_MAX)
