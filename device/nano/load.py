"""Makes an engine of an image, which is used in place. Also for starting over."""

import gc
import struct

from nano_engine import Engine
from nano_wire import crc32

from myco import crc, layout
from myco.engine import zeros


def check(image):
    """Refuse what is damaged or foreign. Records are trusted: an index out of range raises IndexError."""
    size = len(image)
    code = 0
    if size < layout.HEADER_SIZE + 4:
        code = layout.IMAGE_SHORT
    elif image[:4] != layout.MAGIC:
        code = layout.IMAGE_MAGIC
    elif image[4] != layout.VERSION or image[5] or image[6] != layout.HEADER_SIZE or image[7]:
        code = layout.IMAGE_VERSION
    elif struct.unpack_from("<I", image, 8)[0] != size:
        code = layout.IMAGE_LENGTH
    elif crc32(image) != crc.RESIDUE:
        code = layout.IMAGE_CRC
    return code


def records(image, form, at, size, count):
    """The fields of `count` records. MicroPython 1.9 knows no pad bytes: they become fields."""
    form = form.replace("x", "B")
    return [struct.unpack_from(form, image, at + i * size) for i in range(count)]


def handle(server, image):
    """Replace the running engine; return one of layout.IMAGE_*, then the running one goes on, or 0."""
    code = check(image)
    if code:
        return code
    server.engine = None
    gc.collect()
    header = records(image, layout.HEADER_FORMAT, 0, 0, 1)[0]
    engine = Engine()
    engine.image = image
    engine.neurons = header[6]
    engine.channels = header[7]
    engine.populations = records(
        image, layout.POPULATION_FORMAT, header[16], layout.POPULATION_SIZE, header[8]
    )
    engine.sensors = records(image, layout.SENSOR_FORMAT, header[17], layout.SENSOR_SIZE, header[9])
    engine.projections = records(
        image, layout.PROJECTION_FORMAT, header[18], layout.PROJECTION_SIZE, header[10]
    )
    engine.actuators = records(image, layout.ACTUATOR_FORMAT, header[19], layout.ACTUATOR_SIZE, header[11])
    engine.u = zeros("i", header[6])
    engine.v = zeros("i", header[6])
    engine.drive = zeros("i", header[13])
    engine.inputs = zeros("h", header[7])
    engine.sigma = zeros("i", header[7])
    engine.traces = zeros("i", header[12])
    engine.outputs = zeros("h", header[11])
    engine.fired = zeros("H", header[6] + header[7])
    # Group g's spikes of a tick are fired[segments[g]:segments[g + 1]].
    engine.segments = zeros("H", header[8] + header[9] + 1)
    engine.slots = bytearray(header[8])
    engine.spikes = engine.tick_count = 0
    server.engine = engine
    return 0
