"""Graphs with a shape of their own: small worlds and scale-free ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.origin import origin
from mycoflux.circuit.patterns.base import Block, Indices, Streamed, row_blocks
from mycoflux.errors import CircuitError

_ROUNDS = 200  # of drawing what is missing; far more than any graph needs that is not nearly full


@dataclass(frozen=True)
class SmallWorld(Streamed):
    """A ring whose neurons reach their nearest, and now and then one far away.

    D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature 393 (1998), with
    directed edges: each of n neurons sends to its `neighbours` nearest on the ring, half to each side; then
    the end of each synapse is moved, with probability `rewiring`, to a neuron drawn from all others that it
    does not send to yet. Clustering falls like (1 - rewiring)^3 from 3 (k - 2) / (4 (k - 1)), k neighbours;
    paths shorten from n / (2 k) to about ln n / ln k.

    Attributes:
        neighbours: synapses of each neuron; even, at most half of the neurons.
        rewiring: probability, 0 to 1.
        seed: what all is drawn from.
    """

    ordered: ClassVar[bool] = True

    neighbours: int
    rewiring: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if checks.count(self.neighbours, "neighbours") % 2:
            raise CircuitError(
                f"neighbours is {self.neighbours}",
                where=origin(),
                remedy="Give an even number: half to each side",
            )
        checks.share(self.rewiring, "rewiring")
        checks.seed(self.seed)

    def most(self, sources: int, targets: int) -> float:
        """Exactly as many."""
        return sources * self.neighbours

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Source by source."""
        if sources != targets or 2 * self.neighbours > sources:
            raise CircuitError(
                f"a small world of {self.neighbours} neighbours each is of one population with at least "
                f"{2 * self.neighbours} neurons, these have {sources} and {targets}",
                remedy="Make both sides the same population, or lower neighbours",
            )
        rng = np.random.default_rng(self.seed)
        half = self.neighbours // 2
        steps = np.concatenate((np.arange(-half, 0), np.arange(1, half + 1)))
        for rows in row_blocks(sources, self.neighbours):
            ends = (rows[:, None] + steps) % sources
            moved = rng.random(ends.shape) < self.rewiring
            ends[moved] = rng.integers(sources, size=int(moved.sum()))
            _settle(rng, rows, ends, moved, sources)
            yield Block(np.repeat(rows, self.neighbours), np.sort(ends, axis=1).reshape(-1))


def _settle(rng: np.random.Generator, rows: Indices, ends: Indices, moved: np.ndarray, below: int) -> None:
    """Draw moved ends again, in place, until no row has its own number or one twice."""
    open_rows = np.arange(len(rows))
    while len(open_rows):
        part, mine = ends[open_rows], moved[open_rows]
        order = np.argsort(part * 2 + mine, axis=1, kind="stable")  # ends that stay before moved ones
        ascending = np.take_along_axis(part, order, axis=1)
        repeated = np.zeros(part.shape, bool)
        repeated[:, 1:] = ascending[:, 1:] == ascending[:, :-1]
        again = np.empty_like(repeated)
        np.put_along_axis(again, order, repeated, axis=1)
        again |= part == rows[open_rows, None]
        left = again.any(axis=1)
        open_rows, part, again = open_rows[left], part[left], again[left]
        part[again] = rng.integers(below, size=int(again.sum()))
        ends[open_rows] = part


@dataclass(frozen=True)
class ScaleFree(Streamed):
    """A few hubs and many that are hardly joined: degrees d are distributed like d^-exponent.

    The static model: K.-I. Goh, B. Kahng and D. Kim, "Universal behavior of load distribution in scale-free
    networks", Phys. Rev. Lett. 87, 278701 (2001), for directed graphs. A synapse joins a source and a target
    drawn with probabilities proportional to i^-a, i = 1, 2, ... being a neuron's rank among its own and
    a = 1 / (exponent - 1); a pair that is joined already is drawn again, until there are as many as asked.
    Ranks are shuffled, those of sources and of targets apart.

    Attributes:
        mean_degree: synapses of a source in the mean, above 0.
        exponent_out: of the distribution of synapses that leave a neuron, above 2; infinite for no hubs.
        exponent_in: of those that arrive, likewise.
        seed: what all is drawn from.
        allow_self: whether i may be joined to i, which is a neuron itself where the target is the source.
    """

    ordered: ClassVar[bool] = True

    mean_degree: float
    exponent_out: float = 2.5
    exponent_in: float = 2.5
    seed: int = 0
    allow_self: bool = False

    def __post_init__(self) -> None:
        checks.positive(self.mean_degree, "mean_degree")
        for name in ("exponent_out", "exponent_in"):
            value = getattr(self, name)
            if value != math.inf and checks.finite(value, name) <= 2:
                raise CircuitError(
                    f"{name} is {value:g}",
                    where=origin(),
                    remedy="Give a number above 2: below, hubs would take all",
                )
        checks.seed(self.seed)

    def most(self, sources: int, targets: int) -> float:
        """Exactly as many."""
        return sources * self.mean_degree

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Drawn together, given source by source, all at once."""
        rng = np.random.default_rng(self.seed)
        wanted = round(sources * self.mean_degree)
        ranked = rng.permutation(sources), rng.permutation(targets)
        keys = np.empty(0, np.int64)  # source * targets + target, ascending
        for _ in range(_ROUNDS if wanted <= sources * targets else 0):
            if len(keys) >= wanted:
                break
            missing = wanted - len(keys)
            source = ranked[0][_ranks(rng, missing, sources, self.exponent_out)]
            target = ranked[1][_ranks(rng, missing, targets, self.exponent_in)]
            drawn = source * targets + target
            keys = _merged(keys, drawn if self.allow_self else drawn[source != target])
        else:
            raise CircuitError(
                f"{wanted} synapses between {sources} and {targets} neurons leave their hubs no partners",
                remedy="Lower mean_degree, or raise the exponents",
            )
        yield Block(*np.divmod(keys, targets))


def _merged(keys: Indices, drawn: Indices) -> Indices:
    """Ascending keys, and of those drawn the ones that are not among them."""
    drawn = np.unique(drawn)
    at = np.searchsorted(keys, drawn)
    if len(keys):
        unknown = keys[np.minimum(at, len(keys) - 1)] != drawn
        drawn, at = drawn[unknown], at[unknown]
    return np.asarray(np.insert(keys, at, drawn), np.int64)


def _ranks(rng: np.random.Generator, count: int, below: int, exponent: float) -> Indices:
    """`count` numbers i below `below`, with probabilities proportional to (i + 1)^-(1 / (exponent - 1))."""
    weights = np.arange(1, below + 1) ** (-1 / (exponent - 1))
    ends = np.cumsum(weights)
    found = np.searchsorted(ends, rng.random(count) * ends[-1], side="right")
    return np.asarray(np.minimum(found, below - 1), np.int64)
