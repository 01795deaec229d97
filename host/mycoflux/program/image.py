"""Programs to image bytes and back. The layout itself is the device's own (`myco.layout`)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from myco import check, layout
from mycoflux.errors import ImageError
from mycoflux.files import write_bytes
from mycoflux.program import neurons
from mycoflux.program.convolution import Convolution, pack_shape, unpack_shape
from mycoflux.program.types import (
    MAX_SYNAPSES,
    Actuator,
    IntArray,
    Population,
    Program,
    Projection,
    Sensor,
)

_REFUSALS = {
    layout.IMAGE_SHORT: "it is too short to be a program image",
    layout.IMAGE_MAGIC: "it is not a mycoflux program image (its first bytes are not 'MYCO')",
    layout.IMAGE_VERSION: "its layout version is not the one this mycoflux reads",
    layout.IMAGE_LENGTH: "its length is not the one its header states: it is truncated or has been added to",
    layout.IMAGE_CRC: "its checksum is wrong: at least one bit has changed since it was built",
    layout.IMAGE_RECORD: "one of its records points outside of it or is out of range",
    layout.IMAGE_UNSUPPORTED: "it needs a neuron model, a table or a decoder that this runtime lacks",
}
_FITS = {  # what a record holds, for where it was too much
    layout.HEADER_FORMAT: "A tick is at most 4,294 s long; neurons and channels are at most 65,535 together, "
    "and so are projections: use fewer, or several boards",
    layout.POPULATION_FORMAT: "One board holds up to 65,535 neurons, and 256 KB of parameters: some 9,000 "
    "populations that are no plain LIF; use fewer and larger ones, or several boards",
    layout.PROJECTION_FORMAT: "An image has at most 4 GB; use fewer synapses, or several boards",
    layout.ACTUATOR_FORMAT: "One board keeps up to 65,535 traces of decoders; decode fewer neurons",
}
_REMEDY = "Build it again with `mycoflux build`"


def refusal(code: int, where: str = "") -> ImageError:
    """The error for one of layout.IMAGE_*."""
    what = _REFUSALS.get(code, f"it is refused for reason {code}")
    return ImageError(f"the program image cannot be used: {what}", where=where, remedy=_REMEDY)


def table_sizes(projection: Projection, target_size: int) -> dict[int, int]:
    """Bytes that the projection takes in each of layout.TABLE_* that can hold it."""
    sizes: dict[int, int] = {
        layout.TABLE_DENSE: projection.sources * target_size,
        layout.TABLE_SPARSE_8: 2 * (projection.sources + 1) + 2 * projection.synapses,
        layout.TABLE_SPARSE_16: 2 * (projection.sources + 1) + 3 * projection.synapses,
    }
    del sizes[layout.TABLE_SPARSE_16 if target_size <= 256 else layout.TABLE_SPARSE_8]
    if projection.synapses > 0xFFFF:
        sizes = {layout.TABLE_DENSE: sizes[layout.TABLE_DENSE]}
    if projection.shared is not None:
        sizes[layout.TABLE_CONVOLUTION] = layout.CONVOLUTION_SIZE + len(projection.shared.weights)
    return sizes


def table_format(projection: Projection, target_size: int) -> int:
    """The smallest of layout.TABLE_* for this projection; dense where equal."""
    sizes = table_sizes(projection, target_size)
    return min(sizes, key=lambda table: sizes[table])


def encode(program: Program) -> bytes:
    """The image of `program`.

    Raises:
        ImageError: a number does not fit into its field; names the part.
    """
    records_size = (
        len(program.populations) * layout.POPULATION_SIZE
        + len(program.sensors) * layout.SENSOR_SIZE
        + len(program.projections) * layout.PROJECTION_SIZE
        + len(program.actuators) * layout.ACTUATOR_SIZE
    )
    tables = _Tables(layout.HEADER_SIZE + records_size)
    # Parameters first: a record has 16 bits for where its own are.
    populations = b"".join(_population_record(p, tables) for p in program.populations)
    projections = b"".join(_projection_record(program, p, tables) for p in program.projections)
    sensors = b"".join(
        _pack(s.name, layout.SENSOR_FORMAT, s.encoder, s.first, s.size, s.rate) for s in program.sensors
    )
    actuators = b"".join(_pack_actuator(a) for a in program.actuators)
    names = b"".join(_names(program))
    names_at = tables.end
    length = names_at + len(names) + 4
    populations_at = layout.HEADER_SIZE
    sensors_at = populations_at + len(populations)
    projections_at = sensors_at + len(sensors)
    actuators_at = projections_at + len(projections)
    header = _pack(
        program.name,
        layout.HEADER_FORMAT,
        layout.MAGIC,
        layout.VERSION,
        0,
        layout.HEADER_SIZE,
        length,
        program.dt_us,
        program.neurons,
        program.channels,
        len(program.populations),
        len(program.sensors),
        len(program.projections),
        len(program.actuators),
        program.traces,
        program.accumulators,
        populations_at,
        sensors_at,
        projections_at,
        actuators_at,
        names_at,
    )
    body = header + populations + sensors + projections + actuators + tables.bytes() + names
    return body + struct.pack("<I", zlib.crc32(body))


class _Tables:
    """Synapse tables behind one another, each on its alignment."""

    def __init__(self, start: int) -> None:
        self.end = start
        self._parts: list[bytes] = []

    def add(self, data: bytes) -> int:
        at = self.end
        data += bytes(-len(data) % layout.ALIGN)
        self._parts.append(data)
        self.end += len(data)
        return at

    def bytes(self) -> bytes:
        return b"".join(self._parts)


def _pack(where: str, layout_format: str, *values: int | bytes) -> bytes:
    try:
        return struct.pack(layout_format, *values)
    except struct.error as error:
        raise ImageError(
            f"a number does not fit into the image ({error})",
            where=where,
            remedy=_FITS.get(layout_format, "One board holds up to 65,535 neurons and channels; use fewer"),
        ) from error


def _population_record(p: Population, tables: _Tables) -> bytes:
    n = p.neuron
    biases = n.biases if isinstance(n, neurons.GeneralLif) else ()
    bias_at = tables.add(_pack(p.name, f"<{len(biases)}h", *biases)) if biases else 0
    params = n.params(bias_at)
    return _pack(
        p.name,
        layout.POPULATION_FORMAT,
        p.first,
        p.size,
        n.du,
        n.dv,
        n.vth,
        n.bias_mant,
        n.bias_exp,
        p.depth,
        p.ring_at,
        n.model,
        n.receptors - 1,
        tables.add(params) // layout.ALIGN if params else 0,
    )


def _pack_actuator(a: Actuator) -> bytes:
    return _pack(
        a.name,
        layout.ACTUATOR_FORMAT,
        a.decoder,
        a.before,
        a.after,
        a.first,
        a.size,
        a.decay,
        a.gain,
        a.ceiling,
        a.trace_at,
    )


def _projection_record(program: Program, p: Projection, tables: _Tables) -> bytes:
    target = program.populations[p.target]
    where = f"{program.group_name(p.group)} -> {target.name}"
    table = table_format(p, target.size)
    rows_at, targets_at, weights_at = _table(p, table, target.size, tables)
    return _pack(
        where,
        layout.PROJECTION_FORMAT,
        table,
        p.shift,
        p.delay | p.receptor << 6,
        p.sign,
        p.first,
        p.sources,
        p.target,
        p.group,
        rows_at,
        targets_at,
        weights_at,
    )


def _table(p: Projection, table: int, size: int, tables: _Tables) -> tuple[int, int, int]:
    """Lay out a projection's synapses; the offsets of row starts, targets and weights."""
    if table == layout.TABLE_CONVOLUTION:
        assert p.shared is not None  # table_format chose it
        return tables.add(pack_shape(p.shared.shape)), 0, tables.add(p.shared.device_order())
    if table == layout.TABLE_DENSE:
        dense = np.zeros((p.sources, size), np.uint8)
        dense[np.repeat(np.arange(p.sources), np.diff(p.rows)), p.targets] = p.weights
        return 0, 0, tables.add(dense.tobytes())
    kind = np.uint8 if table == layout.TABLE_SPARSE_8 else np.dtype("<u2")
    return (
        tables.add(p.rows.astype("<u2").tobytes()),
        tables.add(p.targets.astype(kind).tobytes()),
        tables.add(p.weights.astype(np.uint8).tobytes()),
    )


def _names(program: Program) -> Iterator[bytes]:
    parts: Iterable[Population | Sensor | Actuator] = (
        *program.populations,
        *program.sensors,
        *program.actuators,
    )
    for name in (program.name, *(part.name for part in parts)):
        text = name.encode()
        if len(text) > 255:
            raise ImageError("a name longer than 255 bytes", where=name[:40], remedy="Shorten it")
        yield bytes([len(text)]) + text


def decode(image: bytes, where: str = "") -> Program:
    """The program in an image. Nothing in `image` is trusted.

    Raises:
        ImageError: truncated, damaged, foreign or inconsistent; `where` names the file in the message.
    """
    try:
        header = check.check(image)
    except layout.BadImage as error:
        raise refusal(error.code, where) from error
    _check_expansion(image, header, where)
    all_names = list(_read_names(image, header.names_at, where))
    if len(all_names) != 1 + header.populations + header.sensors + header.actuators:
        raise refusal(layout.IMAGE_RECORD, where)
    name, names = all_names[0], iter(all_names[1:])
    populations = tuple(
        _read_population(next(names), image, layout.population(image, header, i))
        for i in range(header.populations)
    )
    sensors = tuple(Sensor(next(names), *layout.sensor(image, header, i)) for i in range(header.sensors))
    actuators = tuple(_read_actuator(next(names), image, header, i) for i in range(header.actuators))
    projections = tuple(
        _read_projection(image, layout.projection(image, header, i), populations, where)
        for i in range(header.projections)
    )
    return Program(name, header.dt_us, populations, sensors, projections, actuators)


def _check_expansion(image: bytes, header: layout.Header, where: str) -> None:
    """Refuse an image that would become much larger in memory than its size lets one expect.

    A few hundred bytes can name a convolution of billions of synapses, or one table many times over.
    """
    total = 0
    for i in range(header.projections):
        table, _, _, _, _, sources, target, _, rows_at, _, _ = layout.projection(image, header, i)
        own = sources * layout.population(image, header, target)[1]
        if table == layout.TABLE_CONVOLUTION:
            own = unpack_shape(image, rows_at).most
        elif table != layout.TABLE_DENSE:
            last = rows_at + 2 * sources
            own = image[last] | image[last + 1] << 8
        total += own
        if (own > MAX_SYNAPSES and table == layout.TABLE_CONVOLUTION) or total > 4 * MAX_SYNAPSES:
            raise ImageError(
                f"written out, its projections have {total:,} synapses or more",
                where=where,
                remedy=f"This computer is asked to hold {MAX_SYNAPSES:,} of one, {4 * MAX_SYNAPSES:,} of all",
            )


def _read_names(image: bytes, at: int, where: str) -> Iterator[str]:
    end = len(image) - 4
    while at < end:
        size = image[at]
        if at + 1 + size > end:
            raise refusal(layout.IMAGE_RECORD, where)
        try:
            yield image[at + 1 : at + 1 + size].decode()
        except UnicodeDecodeError:
            raise refusal(layout.IMAGE_RECORD, where) from None
        at += 1 + size


def _read_population(name: str, image: bytes, record: tuple[int, ...]) -> Population:
    neuron = neurons.from_image(image, record)
    return Population(name, record[0], record[1], neuron, depth=record[7], ring_at=record[8])


def _read_actuator(name: str, image: bytes, header: layout.Header, index: int) -> Actuator:
    decoder, before, after, first, size, decay, gain, ceiling, trace_at = layout.actuator(
        image, header, index
    )
    return Actuator(name, decoder, first, size, decay, before, gain, after, ceiling, trace_at)


def _read_projection(
    image: bytes, record: tuple[int, ...], populations: tuple[Population, ...], where: str
) -> Projection:
    table, shift, arrival, sign, first, sources, target, group, rows_at, targets_at, weights_at = record
    size = populations[target].size
    rows: IntArray
    shared = None
    if table == layout.TABLE_CONVOLUTION:
        shared = Convolution.from_image(image, rows_at, weights_at)
        rows, targets, weights = shared.rows()
    elif table == layout.TABLE_DENSE:
        dense = np.frombuffer(image, np.uint8, sources * size, weights_at).reshape(sources, size)
        row_of, targets = np.nonzero(dense)
        rows = np.concatenate(([0], np.cumsum(np.bincount(row_of, minlength=sources)))).astype(np.int64)
        weights = dense[row_of, targets].astype(np.int64)
    else:
        rows = np.frombuffer(image, "<u2", sources + 1, rows_at).astype(np.int64)
        kind = np.uint8 if table == layout.TABLE_SPARSE_8 else np.dtype("<u2")
        targets = np.frombuffer(image, kind, rows[-1], targets_at).astype(np.int64)
        weights = np.frombuffer(image, np.uint8, rows[-1], weights_at).astype(np.int64)
        keep = weights > 0  # a weight of nothing is no synapse, here as in the other tables
        rows = np.concatenate(([0], np.cumsum(keep)))[rows]
        targets, weights = targets[keep], weights[keep]
    return Projection(
        group,
        target,
        first,
        sources,
        arrival & 63,
        sign,
        shift,
        rows,
        targets.astype(np.int64),
        weights,
        arrival >> 6,
        shared,
    )


def write_image(image: bytes, path: Path) -> None:
    """Write an image file whole or not at all.

    Raises:
        InvalidInput: the file cannot be written.
    """
    write_bytes(path, image, "the image")


def read_image(path: Path) -> bytes:
    """The bytes of an image file, checked.

    Raises:
        ImageError: there is no such file, or it is no image.
    """
    try:
        image = path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"the image file cannot be read: {error.strerror}", where=str(path), remedy="Check the path"
        ) from error
    decode(image, str(path))
    return image
