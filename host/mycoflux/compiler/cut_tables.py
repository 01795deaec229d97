"""The tables that a projection becomes: of the layouts that can hold it, that of the fewest bytes.

A layout is one table or several, each with a record. What it takes is counted with its records and with its
entries in the directory (docs/decisions/013-table-formats.md). A table begins at the first source that has
synapses in it and ends with the last; where that saves bytes, so does its block of targets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myco import layout
from mycoflux.program.tables import MAX_SYNAPSES, NAMES, RECORD, table_sizes, whole_words
from mycoflux.program.types import IntArray, Projection

BLOCK = int(layout.PACKED_MAX)  # targets


@dataclass(frozen=True, eq=False)
class TableLayout:
    """All of a projection's synapses, and what they take of an image; `make` gives the tables.

    name: of the format, or "blocks": dense tables of blocks where those are no larger, packed ones elsewhere.
    What has too many synapses for one packed or wide table is cut by sources; of those pieces, each is in the
    format that is smallest for it, as in the image.
    """

    name: str
    bytes: int
    make: Callable[[], tuple[Projection, ...]]


def cut(uncut: Projection) -> tuple[Projection, ...]:
    """The tables of a projection from all sources of a group to a whole population; none without synapses."""
    return layouts(uncut)[0].make() if uncut.synapses else ()


def layouts(uncut: Projection) -> list[TableLayout]:
    """Every layout that can hold a projection with synapses, the smallest first; dense where equal.

    uncut: onto a whole population; it may be too large for any one table.
    """
    found = [_of_format(layout.TABLE_DENSE, (_boxed(uncut),))]
    found += _Blocks(uncut).layouts()
    if uncut.target_count > BLOCK:
        found.append(_of_format(layout.TABLE_SPARSE_16, _by_sources(replace(uncut, shared=None))))
    if uncut.shared is not None:
        found.append(_of_format(layout.TABLE_CONVOLUTION, (uncut,)))
    return sorted(found, key=lambda made: made.bytes)


def _of_format(table: int, made: Iterable[Projection]) -> TableLayout:
    tables = tuple(made)
    size = table_sizes(tables[0])[table] + RECORD if len(tables) == 1 else _encoded(tables)
    return TableLayout(NAMES[table], size, lambda: tables)


def _encoded(tables: Iterable[Projection]) -> int:
    return sum(min(table_sizes(table).values()) + RECORD for table in tables)


class _Blocks:
    """A projection's synapses by block of targets.

    Blocks begin on multiples of their size, so that a synapse more or less moves none of them; but where all
    targets fit into one block, there is one.
    """

    def __init__(self, uncut: Projection) -> None:
        """Sort the synapses by block. Makes no tables: with many blocks, most of what they take is rows.

        Their sizes are computed; but a block too large for one table is cut to be measured.
        """
        low, high = int(uncut.targets.min()), int(uncut.targets.max())
        begin = low if high - low < BLOCK and low // BLOCK != high // BLOCK else 0
        number = (uncut.targets - begin) // BLOCK
        order = np.argsort(number.astype(np.min_scalar_type((high - begin) // BLOCK)), kind="stable")
        found, self._starts = np.unique(number[order], return_index=True)
        self._ends = np.append(self._starts[1:], uncut.synapses)
        self._uncut = uncut
        self._first_targets = begin + BLOCK * found
        self._rows = np.repeat(np.arange(uncut.sources, dtype=np.int32), np.diff(uncut.rows))[order]
        self._targets, self._weights = uncut.targets[order], uncut.weights[order]

    def layouts(self) -> Iterator[TableLayout]:
        """All blocks packed; where there are several, and some better dense, that too."""
        dense, packed = self._sizes()
        all_packed = np.zeros(len(dense), np.bool_)
        yield TableLayout(NAMES[layout.TABLE_PACKED], int(packed.sum()), lambda: self._tables(all_packed))
        better = dense <= packed
        if len(dense) > 1 and better.any():
            size = int(np.where(better, dense, packed).sum())
            yield TableLayout("blocks", size, lambda: self._tables(better))

    def _sizes(self) -> tuple[IntArray, IntArray]:
        """What each block takes as a dense table, and as a packed one, with its record."""
        count = self._ends - self._starts
        sources = self._rows[self._ends - 1] - self._rows[self._starts] + 1
        low = np.minimum.reduceat(self._targets, self._starts)
        high = np.maximum.reduceat(self._targets, self._starts)
        strides = np.array([layout.stride(width) for width in (high - low + 1).tolist()])
        packed = whole_words(2 * (sources + 1)) + whole_words(2 * count) + RECORD
        for i in np.flatnonzero(count > MAX_SYNAPSES):
            packed[i] = _encoded(_by_sources(self._block(i)))
        return whole_words(sources * strides) + RECORD, packed

    def _tables(self, dense: NDArray[np.bool_]) -> tuple[Projection, ...]:
        """The tables, block by block; dense: which of them are."""
        blocks = (self._block(i) for i in range(len(dense)))
        made = ((_boxed(b),) if boxed else _by_sources(b) for b, boxed in zip(blocks, dense, strict=True))
        return tuple(table for tables in made for table in tables)

    def _block(self, i: int) -> Projection:
        """The synapses of a block, from the first source in use to the last."""
        own = slice(int(self._starts[i]), int(self._ends[i]))
        first_target, rows = int(self._first_targets[i]), self._rows[own]
        first, sources = int(rows[0]), int(rows[-1] - rows[0]) + 1
        return replace(
            self._uncut,
            first=self._uncut.first + first,
            sources=sources,
            first_target=first_target,
            target_count=min(BLOCK, self._uncut.target_count - first_target),
            rows=np.concatenate(([0], np.cumsum(np.bincount(rows - first, minlength=sources)))),
            targets=self._targets[own],
            weights=self._weights[own],
            shared=None,
        )


def _boxed(table: Projection) -> Projection:
    """The same from the first source and target in use to the last."""
    low, high = int(table.targets.min()), int(table.targets.max())
    rows = np.flatnonzero(np.diff(table.rows))
    boxed = _of_sources(table, int(rows[0]), int(rows[-1]) + 1)
    return replace(boxed, first_target=low, target_count=high - low + 1, shared=None)


def _by_sources(table: Projection) -> Iterator[Projection]:
    """The same as tables of consecutive sources, of at most MAX_SYNAPSES each, without empty rows around."""
    start = 0
    while start < table.sources:
        # At least one source a table: a row has at most one synapse for each of 65,535 targets.
        most = table.rows[start] + MAX_SYNAPSES
        end = max(int(np.searchsorted(table.rows, most, side="right")) - 1, start + 1)
        rows = start + np.flatnonzero(np.diff(table.rows[start : end + 1]))
        if len(rows):
            yield _of_sources(table, int(rows[0]), int(rows[-1]) + 1)
        start = end


def _of_sources(table: Projection, start: int, end: int) -> Projection:
    """Its rows start .. end - 1."""
    synapses = slice(int(table.rows[start]), int(table.rows[end]))
    return replace(
        table,
        first=table.first + start,
        sources=end - start,
        rows=table.rows[start : end + 1] - table.rows[start],
        targets=table.targets[synapses],
        weights=table.weights[synapses],
    )
