"""The program image: one board's share of a program as bytes that the device uses in place.

Little-endian throughout. A header, fixed-size records, synapse tables aligned to 4 bytes, the names,
and the CRC-32 of all before it as the last 4 bytes. The records are read once at load; the tables are
indexed where they lie.

Sources are numbered from 0: first all neurons, then all sensor channels. A *group* is a population or
a sensor port, numbered populations first.
"""

import struct

from myco import crc

MAGIC = b"MYCO"
VERSION = 1
ALIGN = 4

# magic, version, flags (0), header size, length, dt in us, neurons, sensor channels, populations,
# sensors, projections, actuators, decoder traces, accumulators,
# offsets of the records of populations, sensors, projections, actuators, and of the names
HEADER_FORMAT = "<4sBBHIIHHHHHHH2xIIIIII"
HEADER_SIZE = 56

# first neuron, neurons, du, dv, vth, bias mantissa, bias exponent, ring depth, ring offset,
# neuron model
POPULATION_FORMAT = "<HHHHIhBBIB3x"
POPULATION_SIZE = 24
MODEL_LIF = 1

# encoder, first channel, channels, spikes a tick at full scale in 1/4096
SENSOR_FORMAT = "<BxHHH"
SENSOR_SIZE = 8
ENCODE_CURRENT = 1
ENCODE_RATE = 2
ENCODE_SPIKE = 3

# table format, shift, delay, sign, first source, sources, target population, source group,
# offsets of row starts (u16 each, sources + 1), of targets, of weights (u8 each)
PROJECTION_FORMAT = "<BBBbHHHHIII"
PROJECTION_SIZE = 24
TABLE_DENSE = 1  # a row of weights for each source; no row starts, no targets
TABLE_SPARSE_8 = 2  # targets are u8, relative to the population
TABLE_SPARSE_16 = 3  # targets are u16

# decoder, shift before the gain, shift after it, first neuron, neurons, decay, gain, ceiling, trace
ACTUATOR_FORMAT = "<BBBxHHHHHH"
ACTUATOR_SIZE = 16
DECODE_LEVEL = 1  # one leaky trace: rate to PWM, leaky count
DECODE_WINNER = 2  # a leaky trace for each neuron; the output is the index of the largest

# Why an image is refused. Numbers are never reused; the texts are for people on the host.
IMAGE_SHORT = 1
IMAGE_MAGIC = 2
IMAGE_VERSION = 3
IMAGE_LENGTH = 4
IMAGE_CRC = 5
IMAGE_RECORD = 6


class BadImage(ValueError):
    """These bytes are no image that this runtime can run; `code` is one of IMAGE_*."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Header:
    """The header's fields by name, as read from an image that passed `check`."""

    def __init__(self, image):
        (
            _,
            _,
            _,
            _,
            self.length,
            self.dt_us,
            self.neurons,
            self.channels,
            self.populations,
            self.sensors,
            self.projections,
            self.actuators,
            self.traces,
            self.accumulators,
            self.populations_at,
            self.sensors_at,
            self.projections_at,
            self.actuators_at,
            self.names_at,
        ) = struct.unpack_from(HEADER_FORMAT, image, 0)


def program_id(image):
    """The image's own CRC-32, by which a host knows whether a board already has it."""
    return struct.unpack_from("<I", image, len(image) - 4)[0]


def check(image):
    """Return the image's Header, or raise BadImage. Nothing in `image` is trusted."""
    size = len(image)
    if size < HEADER_SIZE + 4:
        raise BadImage(IMAGE_SHORT)
    if bytes(image[0:4]) != MAGIC:
        raise BadImage(IMAGE_MAGIC)
    if image[4] != VERSION or image[5] != 0 or (image[6] | image[7] << 8) != HEADER_SIZE:
        raise BadImage(IMAGE_VERSION)
    header = Header(image)
    if header.length != size:
        raise BadImage(IMAGE_LENGTH)
    if crc.crc32(image) != crc.RESIDUE:
        raise BadImage(IMAGE_CRC)
    _check_records(image, header)
    return header


def _inside(at, size, image):
    if at < HEADER_SIZE or at + size > len(image) - 4:
        raise BadImage(IMAGE_RECORD)


def _check_records(image, header):
    _inside(header.populations_at, header.populations * POPULATION_SIZE, image)
    _inside(header.sensors_at, header.sensors * SENSOR_SIZE, image)
    _inside(header.projections_at, header.projections * PROJECTION_SIZE, image)
    _inside(header.actuators_at, header.actuators * ACTUATOR_SIZE, image)
    _inside(header.names_at, 0, image)
    # Parts follow one another without a gap, so what the header says of sizes is what the records need.
    neurons = accumulators = channels = traces = 0
    for i in range(header.populations):
        record = population(image, header, i)
        _check_population(record)
        if record[0] != neurons or record[8] != accumulators:
            raise BadImage(IMAGE_RECORD)
        neurons += record[1]
        accumulators += record[1] * record[7]
    for i in range(header.sensors):
        kind, first, size, rate = sensor(image, header, i)
        if not ENCODE_CURRENT <= kind <= ENCODE_SPIKE or first != channels or rate > 4096:
            raise BadImage(IMAGE_RECORD)
        channels += size
    for i in range(header.actuators):
        record = actuator(image, header, i)
        _check_actuator(record, header)
        if record[8] != traces:
            raise BadImage(IMAGE_RECORD)
        traces += record[4] if record[0] == DECODE_WINNER else 1
    if (neurons, accumulators, channels, traces) != (
        header.neurons,
        header.accumulators,
        header.channels,
        header.traces,
    ):
        raise BadImage(IMAGE_RECORD)
    for i in range(header.projections):
        _check_projection(image, header, i)


def _check_population(record):
    _, size, du, dv, vth, bias_mant, bias_exp, depth, _, model = record
    if (
        model != MODEL_LIF
        or size == 0
        or du > 4095
        or dv > 4095
        or vth > 131071
        or not -4096 <= bias_mant <= 4095
        or bias_exp > 7
        or not 1 <= depth <= 63
    ):
        raise BadImage(IMAGE_RECORD)


def _check_projection(image, header, index):
    table, shift, delay, sign, first, sources, target, group, rows_at, targets_at, weights_at = projection(
        image, header, index
    )
    if (
        target >= header.populations
        or group >= header.populations + header.sensors
        or not TABLE_DENSE <= table <= TABLE_SPARSE_16
        or sign not in (-1, 1)
        or first + sources > header.neurons + header.channels
    ):
        raise BadImage(IMAGE_RECORD)
    _, size, _, _, _, _, _, depth, _, _ = population(image, header, target)
    if delay >= depth:
        raise BadImage(IMAGE_RECORD)
    if table == TABLE_DENSE:
        _inside(weights_at, sources * size, image)
        return
    _inside(rows_at, 2 * (sources + 1), image)
    last = rows_at + 2 * sources
    synapses = image[last] | image[last + 1] << 8
    _inside(targets_at, synapses * (table - 1), image)
    _inside(weights_at, synapses, image)
    _check_table(image, table, sources, synapses, rows_at, targets_at, size)


def _check_table(image, table, sources, synapses, rows_at, targets_at, size):
    """Row starts ascend from 0, and no target is outside of its population."""
    before = 0
    for at in range(rows_at, rows_at + 2 * (sources + 1), 2):
        start = image[at] | image[at + 1] << 8
        if start < before or (at == rows_at and start):
            raise BadImage(IMAGE_RECORD)
        before = start
    for i in range(synapses):
        if table == TABLE_SPARSE_8:
            target = image[targets_at + i]
        else:
            target = image[targets_at + 2 * i] | image[targets_at + 2 * i + 1] << 8
        if target >= size:
            raise BadImage(IMAGE_RECORD)


def _check_actuator(record, header):
    kind, before, after, first, size, decay, gain, ceiling, _ = record
    if (
        not DECODE_LEVEL <= kind <= DECODE_WINNER
        or first + size > header.neurons
        or decay > 4096
        or before > 30
        or after > 30
        or gain >= 1 << 14
        or ceiling > 32767
    ):
        raise BadImage(IMAGE_RECORD)


def population(image, header, index):
    """The fields of POPULATION_FORMAT of population `index`."""
    return struct.unpack_from(POPULATION_FORMAT, image, header.populations_at + index * POPULATION_SIZE)


def sensor(image, header, index):
    """The fields of SENSOR_FORMAT of sensor `index`."""
    return struct.unpack_from(SENSOR_FORMAT, image, header.sensors_at + index * SENSOR_SIZE)


def projection(image, header, index):
    """The fields of PROJECTION_FORMAT of projection `index`."""
    return struct.unpack_from(PROJECTION_FORMAT, image, header.projections_at + index * PROJECTION_SIZE)


def actuator(image, header, index):
    """The fields of ACTUATOR_FORMAT of actuator `index`; its output has the same index."""
    return struct.unpack_from(ACTUATOR_FORMAT, image, header.actuators_at + index * ACTUATOR_SIZE)
