"""A fixed number of synapses a neuron: NEST's `fixed_indegree` and `fixed_outdegree`, no pair twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.patterns.base import Block, Indices, Streamed, row_blocks
from mycoflux.errors import CircuitError


@dataclass(frozen=True)
class _Fixed(Streamed):
    """What both have in common."""

    ordered: ClassVar[bool] = True

    degree: int
    seed: int = 0
    allow_self: bool = True

    def __post_init__(self) -> None:
        checks.count(self.degree, "degree")
        checks.seed(self.seed)


@dataclass(frozen=True)
class FixedOutDegree(_Fixed):
    """Every source to `degree` different targets, all such sets alike.

    Attributes:
        degree: synapses of each source.
        seed: what all is drawn from.
        allow_self: whether i may be joined to i, which is a neuron itself where the target is the source.
    """

    def most(self, sources: int, targets: int) -> float:
        """Exactly as many."""
        return sources * self.degree

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Source by source."""
        _check(self.degree, sources, targets, targets, self.allow_self)
        rng = np.random.default_rng(self.seed)
        for rows in row_blocks(sources, self.degree):
            drawn = _partners(rng, rows, targets, self.degree, self.allow_self)
            yield Block(np.repeat(rows, self.degree), drawn.reshape(-1))


@dataclass(frozen=True)
class FixedInDegree(_Fixed):
    """To every target from `degree` different sources, all such sets alike.

    Attributes: as of `FixedOutDegree`; degree is the synapses of each target.
    """

    def most(self, sources: int, targets: int) -> float:
        """Exactly as many."""
        return targets * self.degree

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Drawn target by target, given source by source, all at once."""
        _check(self.degree, sources, targets, sources, self.allow_self)
        rng = np.random.default_rng(self.seed)
        drawn = [
            _partners(rng, rows, sources, self.degree, self.allow_self).astype(np.int32).reshape(-1)
            for rows in row_blocks(targets, self.degree)
        ]
        source = np.concatenate(drawn)
        drawn.clear()
        order = np.argsort(source, kind="stable")  # stable: of one source, targets stay ascending
        yield Block(source[order], (order // self.degree).astype(np.int32))


def _check(degree: int, sources: int, targets: int, others: int, allow_self: bool) -> None:
    if not allow_self and sources != targets:
        raise CircuitError(
            f"allow_self=False is for a population onto itself, these have {sources} and {targets} neurons",
            remedy="Leave it out",
        )
    if degree > others - (not allow_self):
        raise CircuitError(
            f"a degree of {degree} is more than the {others - (not allow_self)} neurons that may be joined",
            remedy="Lower the degree, or use AllToAll()",
        )


def _partners(rng: np.random.Generator, rows: Indices, others: int, degree: int, allow_self: bool) -> Indices:
    """For each row `degree` different numbers below `others`, ascending: (rows, degree).

    allow_self: else none that is the row's own number.
    """
    below = others if allow_self else others - 1
    if 2 * degree > below:
        drawn = _complement(distinct(rng, len(rows), below - degree, below), below)
    else:
        drawn = distinct(rng, len(rows), degree, below)
    return drawn if allow_self else drawn + (drawn >= rows[:, None])


def distinct(rng: np.random.Generator, rows: int, count: int, below: int) -> Indices:
    """For each row `count` different numbers below `below`, ascending: (rows, count).

    Numbers that came before in their row are drawn again until there are none. No number is preferred at any
    step, so all sets are equally likely. `count` is at most half of `below`, or this would take long.
    """
    drawn = np.sort(rng.integers(below, size=(rows, count)), axis=1)
    open_rows = np.arange(rows)
    while len(open_rows):
        part = drawn[open_rows]
        again = np.zeros(part.shape, bool)
        again[:, 1:] = part[:, 1:] == part[:, :-1]
        repeated = again.any(axis=1)
        open_rows, part, again = open_rows[repeated], part[repeated], again[repeated]
        part[again] = rng.integers(below, size=int(again.sum()))
        part.sort(axis=1)
        drawn[open_rows] = part
    return drawn


def _complement(drawn: Indices, below: int) -> Indices:
    """For each row the numbers below `below` that are not in it, ascending."""
    left = np.ones((len(drawn), below), bool)
    np.put_along_axis(left, drawn, False, axis=1)
    return np.nonzero(left)[1].reshape(len(drawn), -1)
