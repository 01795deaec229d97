"""Programs to image bytes and back. The layout itself is the device's own (`myco.layout`)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myco import check, layout
from mycoflux.errors import ImageError
from mycoflux.files import write_bytes
from mycoflux.program import neurons, sections
from mycoflux.program.convolution import Convolution, unpack_shape
from mycoflux.program.tables import Table, encode_table, padded
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


def refusal(code: int, where: str = "", image: bytes = b"") -> ImageError:
    """The error for one of layout.IMAGE_*; image: for what it says of itself."""
    what = _REFUSALS.get(code, f"it is refused for reason {code}")
    if code == layout.IMAGE_VERSION and len(image) > 4:
        what = f"its layout is version {image[4]}, and this mycoflux reads version {layout.VERSION}"
    return ImageError(f"the program image cannot be used: {what}", where=where, remedy=_REMEDY)


def encode(program: Program, table: Callable[[Projection], Table] = encode_table) -> bytes:
    """The image of `program`.

    Args:
        program: what `decode` gives back.
        table: lays out the synapses of a projection, as `encode_table`.

    Raises:
        ImageError: a number does not fit into its field; names the part.
    """
    populations_at = layout.HEADER_SIZE
    sensors_at = populations_at + len(program.populations) * layout.POPULATION_SIZE
    projections_at = sensors_at + len(program.sensors) * layout.SENSOR_SIZE
    actuators_at = projections_at + len(program.projections) * layout.PROJECTION_SIZE
    # Parameters first: a record has 16 bits for where its own are.
    params = _Parameters(actuators_at + len(program.actuators) * layout.ACTUATOR_SIZE)
    populations = b"".join(_population_record(p, params) for p in program.populations)
    names_at = params.end
    names = padded(b"".join(_names(program)))
    sensors = b"".join(
        _pack(s.name, layout.SENSOR_FORMAT, s.encoder, s.first, s.size, s.rate) for s in program.sensors
    )
    projections, tables = [], []
    end = names_at + len(names)
    for p in program.projections:
        laid_out = table(p)
        projections.append(_projection_record(program, p, laid_out, end))
        tables.append(laid_out.data)
        end += len(laid_out.data)
    header = _pack(
        program.name,
        layout.HEADER_FORMAT,
        layout.MAGIC,
        layout.VERSION,
        0,
        layout.HEADER_SIZE,
        end + sections.directory_size(len(tables)) + 4,
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
    records = b"".join((header, populations, sensors, *projections, *map(_pack_actuator, program.actuators)))
    parts = (records, params.bytes(), names, *tables)
    body = b"".join((*parts, sections.directory(parts)))
    return body + struct.pack("<I", zlib.crc32(body))


class _Parameters:
    """Parameter blocks behind one another, each on its alignment."""

    def __init__(self, start: int) -> None:
        self.end = start
        self._parts: list[bytes] = []

    def add(self, data: bytes) -> int:
        at = self.end
        self._parts.append(padded(data))
        self.end += len(self._parts[-1])
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


def _population_record(p: Population, params: _Parameters) -> bytes:
    n = p.neuron
    biases = n.biases if isinstance(n, neurons.GeneralLif) else ()
    bias_at = params.add(_pack(p.name, f"<{len(biases)}h", *biases)) if biases else 0
    block = n.params(bias_at)
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
        params.add(block) // layout.ALIGN if block else 0,
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


def _projection_record(program: Program, p: Projection, table: Table, at: int) -> bytes:
    where = f"{program.group_name(p.group)} -> {program.populations[p.target].name}"
    return _pack(
        where,
        layout.PROJECTION_FORMAT,
        table.format | (layout.TABLE_HOT if p.hot else 0),
        p.shift,
        p.delay | p.receptor << 6,
        p.sign,
        p.first,
        p.sources,
        p.target,
        p.group,
        p.first_target,
        p.target_count,
        *table.offsets(at),
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
        raise refusal(error.code, where, image) from error
    _check_expansion(image, header, where)
    if sections.read(image) is None:
        raise ImageError(
            "the program image cannot be used: its directory is not that of its sections",
            where=where,
            remedy=_REMEDY,
        )
    all_names = _read_names(image, header, where)
    name, names = all_names[0], iter(all_names[1:])
    populations = tuple(
        _read_population(next(names), image, layout.population(image, header, i))
        for i in range(header.populations)
    )
    sensors = tuple(Sensor(next(names), *layout.sensor(image, header, i)) for i in range(header.sensors))
    actuators = tuple(_read_actuator(next(names), image, header, i) for i in range(header.actuators))
    projections = tuple(
        _read_projection(image, layout.projection(image, header, i)) for i in range(header.projections)
    )
    return Program(name, header.dt_us, populations, sensors, projections, actuators)


def _check_expansion(image: bytes, header: layout.Header, where: str) -> None:
    """Refuse an image that would become much larger in memory than its size lets one expect.

    A few hundred bytes can name a convolution of billions of synapses, or one table many times over.
    """
    total = 0
    for i in range(header.projections):
        table, _, _, _, _, sources, _, _, _, targets, rows_at, _, _ = layout.projection(image, header, i)
        own = sources * targets
        if table == layout.TABLE_CONVOLUTION:
            own = unpack_shape(image, rows_at).most
        elif table & layout.TABLE_MASK != layout.TABLE_DENSE:
            last = rows_at + 2 * sources
            own = image[last] | image[last + 1] << 8
        total += own
        if (own > MAX_SYNAPSES and table == layout.TABLE_CONVOLUTION) or total > 4 * MAX_SYNAPSES:
            raise ImageError(
                f"written out, its projections have {total:,} synapses or more",
                where=where,
                remedy=f"This computer is asked to hold {MAX_SYNAPSES:,} of one, {4 * MAX_SYNAPSES:,} of all",
            )


def _read_names(image: bytes, header: layout.Header, where: str) -> list[str]:
    """Of the program, the populations, the sensors and the actuators."""
    at, end = header.names_at, len(image) - 4
    texts = []
    for _ in range(1 + header.populations + header.sensors + header.actuators):
        if at >= end or at + 1 + image[at] > end:
            raise refusal(layout.IMAGE_RECORD, where)
        try:
            texts.append(image[at + 1 : at + 1 + image[at]].decode())
        except UnicodeDecodeError:
            raise refusal(layout.IMAGE_RECORD, where) from None
        at += 1 + image[at]
    return texts


def _read_population(name: str, image: bytes, record: tuple[int, ...]) -> Population:
    neuron = neurons.from_image(image, record)
    return Population(name, record[0], record[1], neuron, depth=record[7], ring_at=record[8])


def _read_actuator(name: str, image: bytes, header: layout.Header, index: int) -> Actuator:
    decoder, before, after, first, size, decay, gain, ceiling, trace_at = layout.actuator(
        image, header, index
    )
    return Actuator(name, decoder, first, size, decay, before, gain, after, ceiling, trace_at)


def _read_projection(image: bytes, record: tuple[int, ...]) -> Projection:
    (
        table,
        shift,
        arrival,
        sign,
        first,
        sources,
        target,
        group,
        first_target,
        target_count,
        rows_at,
        targets_at,
        weights_at,
    ) = record
    rows: IntArray
    targets: NDArray[np.integer]
    weights: NDArray[np.integer]
    shared = None
    kind = table & layout.TABLE_MASK
    if kind == layout.TABLE_CONVOLUTION:
        shared = Convolution.from_image(image, rows_at, weights_at)
        rows, targets, weights = shared.rows()
    elif kind == layout.TABLE_DENSE:
        rows, targets, weights = _read_dense(image, sources, target_count, weights_at)
    else:
        rows = np.frombuffer(image, "<u2", sources + 1, rows_at).astype(np.int64)
        if kind == layout.TABLE_PACKED:
            targets, weights = np.frombuffer(image, np.uint8, 2 * rows[-1], weights_at).reshape(-1, 2).T
        else:
            targets = np.frombuffer(image, "<u2", rows[-1], targets_at)
            weights = np.frombuffer(image, np.uint8, rows[-1], weights_at)
        keep = weights > 0  # a weight of nothing is no synapse, here as in the other tables
        rows = np.concatenate(([0], np.cumsum(keep)))[rows]
        targets, weights = targets[keep], weights[keep]
    return Projection(
        group,
        target,
        first,
        sources,
        first_target,
        target_count,
        arrival & 63,
        sign,
        shift,
        rows,
        targets.astype(np.int64) + first_target,
        weights.astype(np.int64),
        arrival >> 6,
        shared,
        bool(table & layout.TABLE_HOT),
    )


def _read_dense(image: bytes, sources: int, targets: int, at: int) -> tuple[IntArray, IntArray, IntArray]:
    """Row starts, targets and weights of a dense table."""
    stride = layout.stride(targets)
    dense = np.frombuffer(image, np.uint8, sources * stride, at).reshape(sources, stride)
    row_of, found = np.nonzero(dense)
    rows = np.concatenate(([0], np.cumsum(np.bincount(row_of, minlength=sources)))).astype(np.int64)
    return rows, found, dense[row_of, found].astype(np.int64)


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
            f"the image file cannot be read: {error.strerror}",
            where=str(path),
            remedy="Name one of the images in it" if path.is_dir() else "Check the path",
        ) from error
    decode(image, str(path))
    return image
