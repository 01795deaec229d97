"""The strongest inputs of each neuron, and how many of them it takes to leave a range.

An *input* of a neuron is one source (a neuron or channel) with all its synapses onto it that are asked about:
those onto one receptor that act in one direction. What a spike of the source can do is the sum over them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Amounts = NDArray[Any]  # (n,) int64 or float64, 0 or more


@dataclass(frozen=True)
class Inputs:
    """Synapses (n,) of one source part: from whom, onto whom, and how much each adds."""

    part: str
    sources: NDArray[np.integer]
    targets: NDArray[np.integer]
    amounts: Amounts


@dataclass(frozen=True)
class Needs:
    """How many of a neuron's inputs, strongest first, leave its range at once: `inputs` of `of`."""

    inputs: int
    of: int
    neuron: int

    @property
    def share(self) -> float:
        """Which share of its inputs it is; 0 where it needs none."""
        return self.inputs / self.of if self.of else 0.0


@dataclass(frozen=True)
class _Ranked:
    """Inputs (m,) by neuron, of each neuron the strongest first.

    totals: the sum of an input and of those of its neuron that are stronger. ranks: 1 for the strongest.
    counts: how many inputs its neuron has.
    """

    neurons: Integers
    totals: Amounts
    ranks: Integers
    counts: Integers


def allowed(at_once: float, counts: Any) -> Any:
    """How many of `counts` inputs are at most `at_once` of them; one spike can always come."""
    return np.maximum(np.floor(at_once * np.asarray(counts) + 1e-9), 1).astype(np.int64)


def strongest(inputs: Sequence[Inputs], at_once: float) -> float:
    """The largest sum, over neurons, of the share `at_once` of a neuron's inputs that is strongest."""
    ranked = _ranked(inputs)
    within = ranked.ranks <= allowed(at_once, ranked.counts)
    return float(ranked.totals[within].max(initial=0.0))


def needs(
    inputs: Sequence[Inputs], leaves: Callable[[Amounts, Integers], NDArray[np.bool_]], at_once: float
) -> Needs | None:
    """The neuron whose range is left by the smallest share of its inputs; None where there is no input.

    Args:
        inputs: all that act in the one direction, of neurons that leave their range with all of theirs.
        leaves: of sums of inputs and the neurons that they reach, which are out of range.
        at_once: neurons that leave their range with this share of their inputs come first.
    """
    ranked = _ranked(inputs)
    # All of them leave it: sums that were rounded in another order must not say otherwise.
    found = np.flatnonzero(leaves(ranked.totals, ranked.neurons) | (ranked.ranks == ranked.counts))
    if not len(found):
        return None
    neurons, first = np.unique(
        ranked.neurons[found], return_index=True
    )  # ascending ranks: the first is least
    ranks, counts = ranked.ranks[found[first]], ranked.counts[found[first]]
    accepted = ranks > allowed(at_once, counts)
    worst = np.lexsort((neurons, ranks, ranks / counts, accepted))[0]
    return Needs(int(ranks[worst]), int(counts[worst]), int(neurons[worst]))


def _ranked(inputs: Sequence[Inputs]) -> _Ranked:
    neurons, amounts = _merged(inputs)
    order = np.lexsort((-amounts, neurons))
    neurons, amounts = neurons[order], amounts[order]
    begins = np.flatnonzero(np.diff(neurons, prepend=-1))
    counts = np.diff(begins, append=len(neurons))
    # In two steps, so that sums of floats do not carry what other neurons' inputs have left.
    sums = np.cumsum(amounts)
    sums -= np.repeat((sums - amounts)[begins], counts)
    ranks = np.arange(len(neurons)) - np.repeat(begins, counts) + 1
    return _Ranked(neurons, sums, ranks, np.repeat(counts, counts))


def _merged(inputs: Sequence[Inputs]) -> tuple[Integers, Amounts]:
    """Neurons and amounts of inputs: the synapses of one source onto one neuron are one."""
    numbers: dict[str, int] = {}
    keys = []
    stride = 1 + max((int(i.sources.max(initial=0)) for i in inputs), default=0)
    parts = len({i.part for i in inputs}) or 1
    for i in inputs:
        part = numbers.setdefault(i.part, len(numbers))
        keys.append((i.targets.astype(np.int64) * parts + part) * stride + i.sources)
    if not keys:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    distinct, which = np.unique(np.concatenate(keys), return_inverse=True)
    amounts = np.concatenate([i.amounts for i in inputs])
    totals = np.zeros(len(distinct), amounts.dtype)
    np.add.at(totals, which.ravel(), amounts)
    return distinct // (parts * stride), totals
