"""Each pair for itself, with one probability: Erdos-Renyi graphs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.patterns.base import BLOCK, Block, Streamed, row_blocks


@dataclass(frozen=True)
class _Independent(Streamed):
    """What both have in common."""

    ordered: ClassVar[bool] = True

    probability: float
    seed: int

    def __post_init__(self) -> None:
        checks.share(self.probability, "probability")
        checks.seed(self.seed)

    def most(self, sources: int, targets: int) -> float:
        """As many as can be expected."""
        return sources * targets * self.probability


@dataclass(frozen=True)
class Random(_Independent):
    """Each pair with `probability`, drawn from `seed`: the same synapses every time.

    Looks at every pair: where they are billions, `SparseRandom` is faster.
    """

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Pairs drawn row by row."""
        rng = np.random.default_rng(self.seed)
        for rows in row_blocks(sources, targets):
            at, target = np.nonzero(rng.random((len(rows), targets)) < self.probability)
            yield Block(rows[at], target)


@dataclass(frozen=True)
class SparseRandom(_Independent):
    """Each pair with `probability`, in time proportional to the synapses drawn, not to the pairs.

    The pairs between one synapse and the next are skipped at once: their number is geometric (Batagelj and
    Brandes, "Efficient generation of large random networks", Phys. Rev. E 71, 2005). For one seed it draws
    others than `Random` does.

    Attributes:
        probability: of each pair.
        seed: what all is drawn from.
        allow_self: whether i may be joined to i, which is a neuron itself where the target is the source.
    """

    seed: int = 0
    allow_self: bool = True

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Pairs in ascending order, numbered source * targets + target."""
        pairs = sources * targets
        if not self.probability or not pairs:
            return
        rng = np.random.default_rng(self.seed)
        at = -1
        while at < pairs:
            left = (pairs - at) * self.probability
            count = min(BLOCK, math.ceil(left + 4 * math.sqrt(left)) + 1)
            # A skip past the end is as good as any other; held down so that sums of them stay whole numbers.
            skips = np.minimum(rng.geometric(self.probability, count), pairs + 1)
            keys = at + np.cumsum(skips)
            at = int(keys[-1])
            source, target = np.divmod(keys[keys < pairs], targets)
            wanted = slice(None) if self.allow_self else source != target
            yield Block(source[wanted], target[wanted])
