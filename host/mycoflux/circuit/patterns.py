"""Who is connected to whom: connection patterns, each giving (source, target) index pairs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit import checks
from mycoflux.circuit.origin import origin
from mycoflux.errors import CircuitError
from mycoflux.shapes import ConvolutionShape

Indices = NDArray[np.int64]


class Pattern(ABC):
    """A rule that gives the synapses of a projection, in ascending (source, target) order or as listed."""

    def most(self, sources: int, targets: int) -> float:
        """About how many synapses `pairs` will give, without making them."""
        return sources * targets

    @abstractmethod
    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """Source and target indices, two int64 arrays of equal length.

        Raises:
            CircuitError: the rule cannot be applied to populations of these sizes.
        """


@dataclass(frozen=True)
class AllToAll(Pattern):
    """Every source to every target."""

    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """All pairs."""
        return np.repeat(np.arange(sources), targets), np.tile(np.arange(targets), sources)


@dataclass(frozen=True)
class OneToOne(Pattern):
    """Source i to target i."""

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
class Explicit(Pattern):
    """The synapses listed, as (source, target) pairs; a pair may occur more than once."""

    synapses: Sequence[tuple[int, int]]

    def most(self, sources: int, targets: int) -> float:
        """As many as are listed."""
        return len(self.synapses)

    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """The pairs as listed."""
        table = np.array([_pair(entry) for entry in self.synapses], dtype=np.int64).reshape(-1, 2)
        outside = np.any((table < 0) | (table >= (sources, targets)), axis=1)
        if outside.any():
            source, target = table[outside.argmax()]
            raise CircuitError(
                f"synapse ({source}, {target}) is outside of {sources} sources and {targets} targets",
                remedy="Indices count from 0",
            )
        return table[:, 0], table[:, 1]


def _pair(entry: Sequence[int]) -> tuple[int, int]:
    whole = [int(i) for i in entry if isinstance(i, int | np.integer)] if isinstance(entry, Sequence) else []
    if len(whole) != 2 or len(entry) != 2:
        raise CircuitError(f"{entry!r} is no synapse", remedy="List pairs of whole numbers: (source, target)")
    return whole[0], whole[1]


@dataclass(frozen=True)
class Random(Pattern):
    """Each pair with `probability`, drawn from `seed`: the same synapses every time."""

    probability: float
    seed: int

    def __post_init__(self) -> None:
        if not 0 <= checks.finite(self.probability, "probability") <= 1:
            raise CircuitError(
                f"probability is {self.probability:g}", where=origin(), remedy="Give a number from 0 to 1"
            )
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise CircuitError(
                f"seed is {self.seed!r}", where=origin(), remedy="Give a whole number from 0 up"
            )

    def most(self, sources: int, targets: int) -> float:
        """As many as can be expected."""
        return sources * targets * self.probability

    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """Pairs drawn row by row, so that no sources x targets matrix is ever held."""
        rng = np.random.default_rng(self.seed)
        rows = [np.flatnonzero(rng.random(targets) < self.probability) for _ in range(sources)]
        counts = [len(row) for row in rows]
        return np.repeat(np.arange(sources), counts), np.concatenate([*rows, np.empty(0, np.int64)])


@dataclass(frozen=True)
class Convolution(Pattern):
    """A two-dimensional convolution; weights are given for the kernel and shared by place.

    Sources and targets are numbered channel by channel, row by row.
    """

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

    def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
        """A pair for each place that a kernel entry connects."""
        wanted = tuple(int(np.prod(size)) for size in (self.shape.inputs, self.shape.outputs))
        if (sources, targets) != wanted:
            raise CircuitError(
                f"the convolution goes from {wanted[0]} to {wanted[1]} neurons, these have {sources} and "
                f"{targets}",
                remedy=f"Its input is {self.shape.inputs}, its output {self.shape.outputs}",
            )
        rows, columns, _ = self.shape.synapses()
        return rows, columns
