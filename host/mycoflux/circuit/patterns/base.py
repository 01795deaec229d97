"""What a connection pattern is: synapses, block by block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]

BLOCK = 1 << 20  # candidate pairs that are looked at together


@dataclass(frozen=True, eq=False)
class Block:
    """Some synapses of a projection.

    Attributes:
        sources, targets: (n,) integers, counted from 0 within their populations.
        factors: what weight_v is multiplied with, one for all or (n,).
        delays_s: seconds to be added to delay_s, one for all or (n,).
        entries: (n,), which entry of weight_v each synapse takes; None where they are in its order.
    """

    sources: NDArray[np.integer]
    targets: NDArray[np.integer]
    factors: Floats | float = 1.0
    delays_s: Floats | float = 0.0
    entries: NDArray[np.integer] | None = None


class Pattern(ABC):
    """A rule that gives the synapses of a projection: `pairs`, where they are few or come at once.

    Attributes:
        ordered: whether they come in ascending (source, target) order with no pair twice, by construction; a
            rule that does not say so is sorted by the compiler, and pairs given twice are summed.
    """

    ordered: ClassVar[bool] = False

    def most(self, sources: int, targets: int) -> float:
        """About how many synapses there will be, without making them."""
        return sources * targets

    @abstractmethod
    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """Source and target indices, two int64 arrays of equal length.

        Raises:
            CircuitError: the rule cannot be applied to populations of these sizes.
        """

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """All synapses, some at a time; raises as `pairs` does."""
        yield Block(*self.pairs(sources, targets))


class Streamed(Pattern):
    """A pattern that gives its synapses in blocks: where they may be many, or have factors or delays."""

    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """Source and target indices of all blocks."""
        whole = gathered(self, sources, targets)
        return whole.sources.astype(np.int64), whole.targets.astype(np.int64)

    @abstractmethod
    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """All synapses, some at a time.

        Raises:
            CircuitError: the rule cannot be applied to populations of these sizes.
        """


def gathered(pattern: Pattern, sources: int, targets: int) -> Block:
    """All synapses of a pattern as one block, indices as int32."""
    columns: list[list[NDArray[np.generic]]] = [[], [], [], [], []]
    for block in pattern.blocks(sources, targets):
        size = len(block.sources)
        columns[0].append(block.sources.astype(np.int32))
        columns[1].append(block.targets.astype(np.int32))
        columns[2].append(np.broadcast_to(np.asarray(block.factors, np.float64), (size,)))
        columns[3].append(np.broadcast_to(np.asarray(block.delays_s, np.float64), (size,)))
        if block.entries is not None:
            columns[4].append(block.entries)
    rows, cols = (_joined(columns[i], np.int32) for i in (0, 1))
    entries = _joined(columns[4], np.int64) if columns[4] else None
    return Block(rows, cols, _uniform(columns[2], 1.0), _uniform(columns[3], 0.0), entries)


def _joined(parts: list[NDArray[np.generic]], dtype: type[np.integer]) -> NDArray[np.integer]:
    whole = parts[0] if len(parts) == 1 else np.concatenate([*parts, np.empty(0, dtype)])
    parts.clear()  # two copies of one column at a time, not of all
    return np.asarray(whole, dtype)


def _uniform(parts: list[NDArray[np.generic]], usual: float) -> Floats | float:
    """One number where all blocks gave the usual one for all their synapses; else one a synapse."""
    if all(part.strides == (0,) and (not len(part) or part[0] == usual) for part in parts):
        return usual
    whole = np.concatenate([*parts, np.empty(0, np.float64)])
    parts.clear()
    return np.asarray(whole, np.float64)


def row_blocks(sources: int, width: int) -> Iterator[NDArray[np.int64]]:
    """The sources in ascending runs, each of at most `BLOCK` candidates where a source has `width`."""
    step = max(1, BLOCK // max(width, 1))
    for first in range(0, sources, step):
        yield np.arange(first, min(first + step, sources))
