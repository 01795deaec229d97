"""Links -> projections, in the pattern that says it shortest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mycoflux.circuit.nir.convolutions import Kernel
from mycoflux.circuit.nir.link import Link
from mycoflux.circuit.nir.matrix import Floats, Matrix
from mycoflux.circuit.nir.neurons import tidied, tidy
from mycoflux.circuit.parts import Projection
from mycoflux.circuit.patterns import AllToAll, Convolution, Explicit, OneToOne, Pattern

Numbers = float | Sequence[float]
_DENSE = 0.5  # from this share of all pairs on, listing zeros is shorter than listing pairs


def project(link: Link, dt_s: float, ends: tuple[str, str], name: str, origin: str) -> Projection | None:
    """The projection between `ends` that does what `link` does; None where all weights are zero.

    Every synapse takes one tick, so a Delay comes on top of `dt_s`: two ways between the same neurons keep
    the difference that NIR gives them.
    """
    pattern: Pattern
    weight_v: Numbers
    delay_s: Numbers | None = None if link.delay == 0 else tidy(link.delay + dt_s)
    if link.body is None:
        pattern, weight_v = OneToOne(), tidy(link.gain)
    elif isinstance(link.body, Kernel):
        pattern, weight_v = Convolution(link.body.shape), _weighted(link.body.weights, link.gain)
    else:
        matrix = link.body.merged()
        if not len(matrix.values):
            return None
        pattern, weights = _pattern(matrix)
        weight_v = _weighted(weights, link.gain)
        if matrix.delays.any():
            delay_s = _listed(tidied(matrix.delays + link.delay + dt_s))
    return Projection(name, *ends, pattern, weight_v, delay_s, origin)


def _pattern(matrix: Matrix) -> tuple[Pattern, Floats]:
    """The pattern of a merged matrix, and its weights in the pattern's order."""
    delayed = matrix.delays.any()
    diagonal = matrix.targets == matrix.sources == len(matrix.values) and not delayed
    if diagonal and np.array_equal(matrix.rows, matrix.columns):
        even = np.all(matrix.values == matrix.values[0])
        return OneToOne(), matrix.values[:1] if even else matrix.values
    if not delayed and len(matrix.values) >= _DENSE * matrix.targets * matrix.sources:
        return AllToAll(), matrix.dense().T.reshape(-1)
    pairs = zip(matrix.columns.tolist(), matrix.rows.tolist(), strict=True)
    return Explicit(tuple(pairs)), matrix.values


def _weighted(weights: Floats, gain: float) -> Numbers:
    """The weights times the gain; the very same numbers where that is 1."""
    return _listed(weights if gain == 1 else tidied(weights * gain))


def _listed(numbers: Floats) -> Numbers:
    return float(numbers.item()) if numbers.size == 1 else tuple(numbers.reshape(-1).tolist())
