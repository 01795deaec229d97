"""A projection's synapses as the bytes of its section: the smallest of the table formats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from myco import layout
from mycoflux.program.convolution import pack_shape
from mycoflux.program.sections import Section
from mycoflux.program.types import Projection


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


def encode_table(projection: Projection, size: int) -> Table:
    """Lay out a projection's synapses. size: neurons of the target."""
    p, wanted = projection, table_format(projection, size)
    if wanted == layout.TABLE_CONVOLUTION:
        assert p.shared is not None  # table_format chose it
        shape = padded(pack_shape(p.shared.shape))
        return Table(wanted, 0, -1, len(shape), shape + padded(p.shared.device_order()))
    if wanted == layout.TABLE_DENSE:
        dense = np.zeros((p.sources, size), np.uint8)
        dense[np.repeat(np.arange(p.sources), np.diff(p.rows)), p.targets] = p.weights
        return Table(wanted, -1, -1, 0, padded(dense.tobytes()))
    kind = np.uint8 if wanted == layout.TABLE_SPARSE_8 else np.dtype("<u2")
    rows = padded(p.rows.astype("<u2").tobytes())
    targets = padded(p.targets.astype(kind).tobytes())
    weights = padded(p.weights.astype(np.uint8).tobytes())
    return Table(wanted, 0, len(rows), len(rows) + len(targets), rows + targets + weights)


def table_from_image(image: bytes, record: tuple[int, ...], section: Section) -> Table:
    """The table of a projection's record, which is that section of an image made by `encode`."""
    wanted = record[0]
    rows, targets, weights = (place - section.at for place in record[-3:])
    if wanted in (layout.TABLE_DENSE, layout.TABLE_CONVOLUTION):
        targets = -1
    return Table(
        wanted,
        -1 if wanted == layout.TABLE_DENSE else rows,
        targets,
        weights,
        image[section.at : section.end],
    )


def padded(data: bytes) -> bytes:
    """`data` with zeros up to layout.ALIGN."""
    return data + bytes(-len(data) % layout.ALIGN)
