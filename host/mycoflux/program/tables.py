"""A projection's synapses as the bytes of its section: the smallest of the table formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from myco import layout
from mycoflux.program.convolution import pack_shape
from mycoflux.program.sections import Section
from mycoflux.program.types import IntArray, Projection

Size = TypeVar("Size", int, IntArray)

NAMES = {
    layout.TABLE_DENSE: "dense",
    layout.TABLE_PACKED: "packed",
    layout.TABLE_SPARSE_16: "wide",
    layout.TABLE_CONVOLUTION: "convolution",
}
MAX_SYNAPSES = 0xFFFF  # of a packed or wide table: row starts are 16 bits
RECORD = layout.PROJECTION_SIZE + layout.SECTION_SIZE  # what a table takes in an image besides its section


@dataclass(frozen=True)
class Table:
    """The bytes of a projection's section, and where in them its parts begin (-1: it has no such part)."""

    format: int  # layout.TABLE_*
    rows: int
    targets: int
    weights: int
    data: bytes

    def offsets(self, at: int) -> tuple[int, int, int]:
        """What the projection's record says of a section at offset `at`: 0 for a part it has not."""
        rows, targets, weights = (0 if o < 0 else at + o for o in (self.rows, self.targets, self.weights))
        return rows, targets, weights


def table_sizes(projection: Projection) -> dict[int, int]:
    """Bytes of the projection's section in each of layout.TABLE_* that can hold it."""
    p = projection
    sizes: dict[int, int] = {layout.TABLE_DENSE: whole_words(p.sources * layout.stride(p.target_count))}
    if p.synapses <= MAX_SYNAPSES:
        starts, pairs = whole_words(2 * (p.sources + 1)), whole_words(2 * p.synapses)
        if p.target_count <= layout.PACKED_MAX:
            sizes[layout.TABLE_PACKED] = starts + pairs
        else:
            sizes[layout.TABLE_SPARSE_16] = starts + pairs + whole_words(p.synapses)
    if p.shared is not None:
        sizes[layout.TABLE_CONVOLUTION] = whole_words(layout.CONVOLUTION_SIZE) + whole_words(
            len(p.shared.weights)
        )
    return sizes


def table_format(projection: Projection) -> int:
    """The smallest of layout.TABLE_* for this projection; dense where equal."""
    sizes = table_sizes(projection)
    return min(sizes, key=lambda table: sizes[table])


def encode_table(projection: Projection) -> Table:
    """Lay out a projection's synapses."""
    p, wanted = projection, table_format(projection)
    if wanted == layout.TABLE_CONVOLUTION:
        assert p.shared is not None  # table_format chose it
        shape = padded(pack_shape(p.shared.shape))
        return Table(wanted, 0, -1, len(shape), shape + padded(p.shared.device_order()))
    within = p.targets - p.first_target
    if wanted == layout.TABLE_DENSE:
        dense = np.zeros((p.sources, layout.stride(p.target_count)), np.uint8)
        dense[np.repeat(np.arange(p.sources), np.diff(p.rows)), within] = p.weights
        return Table(wanted, -1, -1, 0, padded(dense.tobytes()))
    rows = padded(p.rows.astype("<u2").tobytes())
    if wanted == layout.TABLE_PACKED:
        pairs = np.stack((within, p.weights), axis=1).astype(np.uint8)
        return Table(wanted, 0, -1, len(rows), rows + padded(pairs.tobytes()))
    targets = padded(within.astype("<u2").tobytes())
    weights = padded(p.weights.astype(np.uint8).tobytes())
    return Table(wanted, 0, len(rows), len(rows) + len(targets), rows + targets + weights)


def table_from_image(image: bytes, record: tuple[int, ...], section: Section) -> Table:
    """The table of a projection's record, which is that section of an image made by `encode`."""
    wanted = record[0] & layout.TABLE_MASK
    rows, targets, weights = (place - section.at for place in record[-3:])
    return Table(
        wanted,
        -1 if wanted == layout.TABLE_DENSE else rows,
        targets if wanted == layout.TABLE_SPARSE_16 else -1,
        weights,
        image[section.at : section.end],
    )


def padded(data: bytes) -> bytes:
    """`data` with zeros up to layout.ALIGN."""
    return data + bytes(-len(data) % layout.ALIGN)


def whole_words(size: Size) -> Size:
    """A size, or an array of them, rounded up to layout.ALIGN."""
    return size + -size % int(layout.ALIGN)
