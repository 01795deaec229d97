"""The program image: one board's share of a program as bytes that the device uses in place.

Little-endian throughout. Sections one behind the other, each a multiple of 4 bytes: header and fixed-size
records; parameters of neurons; names; a synapse table for each projection. Then the directory, which has the
size and the CRC-32 of each section in that order, and the CRC-32 of all before it as the last 4 bytes. The
records are read once at load; the tables are indexed where they lie. Boards have no use for the directory:
hosts compare it, and send only what differs.

No format has pad bytes (`x`), which MicroPython's struct learned only in 1.21.

Sources are numbered from 0: first all neurons, then all sensor channels. A *group* is a population or
a sensor port, numbered populations first.
"""

import struct

MAGIC = b"MYCO"
VERSION = 4
ALIGN = 4

# magic, version, flags (0), header size, length, dt in us, neurons, sensor channels, populations,
# sensors, projections, actuators, decoder traces, accumulators,
# offsets of the records of populations, sensors, projections, actuators, and of the names
HEADER_FORMAT = "<4sBBHIIHHHHHHIIIIIII"
HEADER_SIZE = 56

# first neuron, neurons, du, dv, vth, bias mantissa, bias exponent, ring depth, ring offset,
# neuron model, receptors beyond the first, offset of the model's own parameters in units of 4 bytes
# (0 for none; see `myco.models`)
POPULATION_FORMAT = "<HHHHIhBBIBBH"
POPULATION_SIZE = 24
MODEL_LIF = 1
MODEL_GENERAL_LIF = 2
MODEL_ADAPTIVE_LIF = 3
MODEL_TERNARY_LIF = 4
MODEL_RESONATE_FIRE = 5
MODEL_RESONATE_RESET = 6
MODEL_IZHIKEVICH = 7
MODEL_GRADED = 8
MODEL_RECTIFIED = 9

# encoder, first channel, channels, spikes a tick at full scale in 1/4096
SENSOR_FORMAT = "<HHHH"
SENSOR_SIZE = 8
ENCODE_CURRENT = 1
ENCODE_RATE = 2
ENCODE_SPIKE = 3

# table format and TABLE_HOT, shift, delay + 64 * receptor, sign, first source, sources, target population,
# source group, first target, targets (a block of the target population, which its table numbers from 0),
# offsets of row starts (in synapses, u16 each, sources + 1), of targets (in each row ascending, none twice),
# of weights (u8 each); 0 for a part that the format lacks, all of them multiples of ALIGN
PROJECTION_FORMAT = "<BBBbHHHHHHIII"
PROJECTION_SIZE = 28
SHIFT_MAX = 20  # of a sensor's readings, which are shifted to the right
EXPONENT_MAX = 7  # of everything else, which is shifted to the left
TABLE_DENSE = 1  # a row of weights for each source, `stride` bytes apart; what is between rows is 0
# 2 was targets of u8 apart from weights, until version 3
TABLE_SPARSE_16 = 3  # targets are u16, apart from weights
TABLE_CONVOLUTION = 4  # weights shared by place; CONVOLUTION_FORMAT at the offset of row starts
TABLE_PACKED = 5  # at the offset of weights, a synapse in two bytes: its target, its weight
TABLE_MASK = 0x7F  # what of the field is the format
TABLE_HOT = 0x80  # a hint: straight-line code is worth its RAM here; not of a convolution. Changes no result
PACKED_MAX = 256  # targets of a packed table
STRIDE_MIN = 32  # targets, from which the rows of a dense table begin on multiples of ALIGN

# channels, height, width of the sources; of the targets; groups; height and width of the kernel, strides,
# paddings, dilations (each first down, then across). Sources and targets are numbered channel by channel,
# row by row. Weights: [source channel][kernel row][kernel column][target channel of its group].
CONVOLUTION_FORMAT = "<HHHHHHHBBBBBBBB"
CONVOLUTION_SIZE = 22

# decoder, shift before the gain, shift after it, first neuron, neurons, decay, gain, ceiling, trace
ACTUATOR_FORMAT = "<BBHHHHHHH"
ACTUATOR_SIZE = 16
DECODE_LEVEL = 1  # one leaky trace: rate to PWM, leaky count
DECODE_WINNER = 2  # a leaky trace for each neuron; the output is the index of the largest
DECODE_POTENTIAL = 3  # v of its one neuron, scaled; no trace
DECODE_STRONGEST = 4  # the index of the neuron with the largest v; no trace
CHOICES_MAX = 32768  # neurons that a decoder chooses among: outputs are signed and have 16 bits

# size, CRC-32: of a section
SECTION_FORMAT = "<II"
SECTION_SIZE = 8
SECTIONS = 3  # before those of the projections: records, parameters, names

# Why an image is refused. Numbers are never reused; the texts are for people on the host.
IMAGE_SHORT = 1
IMAGE_MAGIC = 2
IMAGE_VERSION = 3
IMAGE_LENGTH = 4
IMAGE_CRC = 5
IMAGE_RECORD = 6
IMAGE_UNSUPPORTED = 7  # sound, but it needs a neuron model, table or decoder that this runtime lacks


class BadImage(ValueError):
    """These bytes are no image that this runtime can run; `code` is one of IMAGE_*."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Header:
    """The header's fields by name, as read from an image that passed `myco.check`."""

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


def stride(targets):
    """Bytes from a row of a dense table to the next."""
    return (targets + ALIGN - 1) & -ALIGN if targets >= STRIDE_MIN else targets


def traces_of(record):
    """How many leaky traces the actuator of this record keeps."""
    kind = record[0]
    return record[4] if kind == DECODE_WINNER else 1 if kind == DECODE_LEVEL else 0


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


def convolution(image, at):
    """The fields of CONVOLUTION_FORMAT at offset `at`."""
    return struct.unpack_from(CONVOLUTION_FORMAT, image, at)
