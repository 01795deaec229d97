"""Patterns without chance: all pairs, one to one, a list, a convolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.origin import origin
from mycoflux.circuit.patterns.base import Block, Indices, Pattern, Streamed, row_blocks
from mycoflux.errors import CircuitError
from mycoflux.shapes import ConvolutionShape


@dataclass(frozen=True)
class AllToAll(Streamed):
    """Every source to every target.

    allow_self: whether i is joined to i, which is a neuron itself where the target is the source.
    """

    ordered: ClassVar[bool] = True

    allow_self: bool = True

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """All pairs, source by source."""
        for rows in row_blocks(sources, targets):
            source, target = np.repeat(rows, targets), np.tile(np.arange(targets), len(rows))
            wanted = slice(None) if self.allow_self else source != target
            yield Block(source[wanted], target[wanted])


@dataclass(frozen=True)
class OneToOne(Pattern):
    """Source i to target i."""

    ordered: ClassVar[bool] = True

    def most(self, sources: int, targets: int) -> float:
        """One each."""
        return sources

    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """(i, i); both sides must have the same size."""
        if sources != targets:
            raise CircuitError(
                f"one-to-one needs two sides of one size, these have {sources} and {targets}",
                remedy="Make them equal, or use AllToAll() or Explicit()",
            )
        return np.arange(sources), np.arange(sources)


@dataclass(frozen=True)
class Groups(Streamed):
    """Both sides fall into so many groups of neighbours; each group of sources to its own of targets, whole.

    With one group this is `AllToAll`, with as many as neurons `OneToOne`.

    Attributes:
        groups: how many; divides both sizes.
        others: each group to all groups but its own instead.
    """

    ordered: ClassVar[bool] = True

    groups: int
    others: bool = False

    def __post_init__(self) -> None:
        checks.count(self.groups, "groups")

    def most(self, sources: int, targets: int) -> float:
        """Exactly as many."""
        return sources * targets / self.groups * (self.groups - 1 if self.others else 1)

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Source by source."""
        if sources % self.groups or targets % self.groups:
            raise CircuitError(
                f"{sources} sources and {targets} targets cannot both be {self.groups} groups",
                remedy="Make both sizes multiples of it",
            )
        size = targets // self.groups
        every = np.arange(targets)
        for rows in row_blocks(sources, targets if self.others else size):
            first = rows // (sources // self.groups) * size
            if self.others:
                at, target = np.nonzero((every < first[:, None]) | (every >= first[:, None] + size))
                yield Block(rows[at], target)
            else:
                yield Block(np.repeat(rows, size), (first[:, None] + np.arange(size)).reshape(-1))


@dataclass(frozen=True)
class Explicit(Pattern):
    """The synapses listed, as (source, target) pairs; a pair may occur more than once."""

    synapses: Sequence[tuple[int, int]]

    def most(self, sources: int, targets: int) -> float:
        """As many as are listed."""
        return len(self.synapses)

    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """The pairs as listed."""
        table = _table(self.synapses)
        outside = np.any((table < 0) | (table >= (sources, targets)), axis=1)
        if outside.any():
            source, target = table[outside.argmax()]
            raise CircuitError(
                f"synapse ({source}, {target}) is outside of {sources} sources and {targets} targets",
                remedy="Indices count from 0",
            )
        return table[:, 0], table[:, 1]


def _table(synapses: Sequence[tuple[int, int]]) -> Indices:
    """The list as an array, (n, 2); entry by entry only where something is wrong with one of them."""
    try:
        table = np.asarray(synapses)
    except ValueError:  # entries of several lengths
        table = np.empty(0)
    if table.ndim == 2 and table.shape[1] == 2 and np.issubdtype(table.dtype, np.integer):
        return table.astype(np.int64)
    return np.array([_pair(entry) for entry in synapses], dtype=np.int64).reshape(-1, 2)


def _pair(entry: Sequence[int]) -> tuple[int, int]:
    whole = [int(i) for i in entry if isinstance(i, int | np.integer)] if isinstance(entry, Sequence) else []
    whole = [i for i in whole if abs(i) < 1 << 63]
    if len(whole) != 2 or len(entry) != 2:
        raise CircuitError(f"{entry!r} is no synapse", remedy="List pairs of whole numbers: (source, target)")
    return whole[0], whole[1]


@dataclass(frozen=True)
class Convolution(Streamed):
    """A two-dimensional convolution; weights are given for the kernel and shared by place.

    Sources and targets are numbered channel by channel, row by row.
    """

    ordered: ClassVar[bool] = True

    shape: ConvolutionShape

    def most(self, sources: int, targets: int) -> float:
        """A synapse for each kernel entry at each place."""
        return targets * float(np.prod(self.shape.weights_shape[1:]))

    def __post_init__(self) -> None:
        s = self.shape
        counts = (*s.inputs, s.channels, *s.kernel, *s.stride, *s.dilation, s.groups)
        sound = min(counts) >= 1 and min(s.padding) >= 0
        if not sound or s.inputs[0] % s.groups or s.channels % s.groups or min(s.outputs) < 1:
            raise CircuitError(
                f"this is no convolution: {s}",
                where=origin(),
                remedy="Sizes, strides and dilations are 1 or more, the kernel fits into its padded "
                "input, and groups divide both numbers of channels",
            )

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """A synapse for each place that a kernel entry connects, and which entry it is."""
        wanted = tuple(int(np.prod(size)) for size in (self.shape.inputs, self.shape.outputs))
        if (sources, targets) != wanted:
            raise CircuitError(
                f"the convolution goes from {wanted[0]} to {wanted[1]} neurons, these have {sources} and "
                f"{targets}",
                remedy=f"Its input is {self.shape.inputs}, its output {self.shape.outputs}",
            )
        rows, columns, entries = self.shape.synapses()
        yield Block(rows, columns, entries=entries)
