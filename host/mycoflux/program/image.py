"""Programs to image bytes and back. The layout itself is the device's own (`myco.layout`)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from myco import layout
from mycoflux.errors import ImageError
from mycoflux.program.types import Actuator, IntArray, Population, Program, Projection, Sensor

_REFUSALS = {
    layout.IMAGE_SHORT: "it is too short to be a program image",
    layout.IMAGE_MAGIC: "it is not a mycoflux program image (its first bytes are not 'MYCO')",
    layout.IMAGE_VERSION: "its layout version is not the one this mycoflux reads",
    layout.IMAGE_LENGTH: "its length is not the one its header states: it is truncated or has been added to",
    layout.IMAGE_CRC: "its checksum is wrong: at least one bit has changed since it was built",
    layout.IMAGE_RECORD: "one of its records points outside of it or is out of range",
}
_REMEDY = "Build it again with `mycoflux build`"


def refusal(code: int, where: str = "") -> ImageError:
    """The error for one of layout.IMAGE_*."""
    what = _REFUSALS.get(code, f"it is refused for reason {code}")
    return ImageError(f"the program image cannot be used: {what}", where=where, remedy=_REMEDY)


def table_format(projection: Projection, target_size: int) -> int:
    """The smallest of layout.TABLE_* for this projection; dense where equal."""
    dense = projection.sources * target_size
    target_bytes = 1 if target_size <= 256 else 2
    sparse = 2 * (projection.sources + 1) + projection.synapses * (1 + target_bytes)
    if dense <= sparse:
        return int(layout.TABLE_DENSE)
    return int(layout.TABLE_SPARSE_8 if target_bytes == 1 else layout.TABLE_SPARSE_16)


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
    projections = b"".join(_projection_record(program, p, tables) for p in program.projections)
    populations = b"".join(_pack_population(p) for p in program.populations)
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
            remedy="One board holds up to 65,535 neurons and channels; use fewer, or several boards",
        ) from error


def _pack_population(p: Population) -> bytes:
    return _pack(
        p.name,
        layout.POPULATION_FORMAT,
        p.first,
        p.size,
        p.du,
        p.dv,
        p.vth,
        p.bias_mant,
        p.bias_exp,
        p.depth,
        p.ring_at,
        layout.MODEL_LIF,
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
    rows_at = targets_at = 0
    if table == layout.TABLE_DENSE:
        dense = np.zeros((p.sources, target.size), np.uint8)
        dense[np.repeat(np.arange(p.sources), np.diff(p.rows)), p.targets] = p.weights
        weights_at = tables.add(dense.tobytes())
    else:
        if p.synapses > 0xFFFF:
            raise ImageError("a synapse table of more than 65,535 synapses", where=where)
        kind = np.uint8 if table == layout.TABLE_SPARSE_8 else np.dtype("<u2")
        rows_at = tables.add(p.rows.astype("<u2").tobytes())
        targets_at = tables.add(p.targets.astype(kind).tobytes())
        weights_at = tables.add(p.weights.astype(np.uint8).tobytes())
    return _pack(
        where,
        layout.PROJECTION_FORMAT,
        table,
        p.shift,
        p.delay,
        p.sign,
        p.first,
        p.sources,
        p.target,
        p.group,
        rows_at,
        targets_at,
        weights_at,
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
        header = layout.check(image)
    except layout.BadImage as error:
        raise refusal(error.code, where) from error
    all_names = list(_read_names(image, header.names_at, where))
    if len(all_names) != 1 + header.populations + header.sensors + header.actuators:
        raise refusal(layout.IMAGE_RECORD, where)
    name, names = all_names[0], iter(all_names[1:])
    populations = tuple(
        Population(next(names), *layout.population(image, header, i)[:9]) for i in range(header.populations)
    )
    sensors = tuple(Sensor(next(names), *layout.sensor(image, header, i)) for i in range(header.sensors))
    actuators = tuple(_read_actuator(next(names), image, header, i) for i in range(header.actuators))
    projections = tuple(
        _read_projection(image, layout.projection(image, header, i), populations, where)
        for i in range(header.projections)
    )
    return Program(name, header.dt_us, populations, sensors, projections, actuators)


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


def _read_actuator(name: str, image: bytes, header: layout.Header, index: int) -> Actuator:
    decoder, before, after, first, size, decay, gain, ceiling, trace_at = layout.actuator(
        image, header, index
    )
    return Actuator(name, decoder, first, size, decay, before, gain, after, ceiling, trace_at)


def _read_projection(
    image: bytes, record: tuple[int, ...], populations: tuple[Population, ...], where: str
) -> Projection:
    table, shift, delay, sign, first, sources, target, group, rows_at, targets_at, weights_at = record
    size = populations[target].size
    rows: IntArray
    if table == layout.TABLE_DENSE:
        dense = np.frombuffer(image, np.uint8, sources * size, weights_at).reshape(sources, size)
        row_of, targets = np.nonzero(dense)
        rows = np.concatenate(([0], np.cumsum(np.bincount(row_of, minlength=sources)))).astype(np.int64)
        weights = dense[row_of, targets].astype(np.int64)
    else:
        rows = np.frombuffer(image, "<u2", sources + 1, rows_at).astype(np.int64)
        kind = np.uint8 if table == layout.TABLE_SPARSE_8 else np.dtype("<u2")
        targets = np.frombuffer(image, kind, rows[-1], targets_at).astype(np.int64)
        weights = np.frombuffer(image, np.uint8, rows[-1], weights_at).astype(np.int64)
    return Projection(
        group, target, first, sources, delay, sign, shift, rows, targets.astype(np.int64), weights
    )


def write_image(image: bytes, path: Path) -> None:
    """Write an image file whole or not at all.

    Raises:
        ImageError: the file cannot be written.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_bytes(image)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ImageError(
            f"the image cannot be written: {error.strerror}", where=str(path), remedy="Name another file"
        ) from error


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
