"""One projection's synapses: its pattern applied, weights and delays beside it, in the compiler's order.

Weights and delays that are one for all stay one number, seen as an array of as many (strides of 0), and no
pattern that gives its synapses in order is sorted: what a projection takes is some 8 bytes a synapse, and the
time is linear in them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.parts import Projection
from mycoflux.circuit.patterns import Block, Convolution, gathered
from mycoflux.compiler.flat import Synapses
from mycoflux.errors import CircuitError
from mycoflux.program.types import MAX_SYNAPSES

MAX_DELAY = 62  # further ticks beyond the one that every synapse takes
_DELAYS = MAX_DELAY + 1


def synapses(projection: Projection, sources: int, targets: int, dt_s: float) -> Synapses:
    """The synapses of a projection between populations of these sizes.

    Raises:
        CircuitError: the pattern does not fit, has too many synapses, or other numbers of them than weights
            or delays are given; a delay is too long.
    """
    block = _applied(projection, sources, targets)
    size = len(block.sources)
    shape = projection.pattern.shape if isinstance(projection.pattern, Convolution) else None
    given = size if shape is None else int(np.prod(shape.weights_shape))
    weights = _each(projection.weight_v, given, "weight_v", projection)
    if block.entries is not None:
        weights = weights[block.entries]
    if not np.isscalar(block.factors):
        weights = weights * block.factors
    asked = _delays_s(projection, block, dt_s)
    made = Synapses(
        name=projection.name,
        source=projection.source,
        target=projection.target,
        sources=np.asarray(block.sources, np.int32),
        targets=np.asarray(block.targets, np.int32),
        weights_v=weights,
        delays=_ticks(asked, dt_s, projection),
        delays_s=asked,
        origin=projection.origin,
        receptor=projection.receptor,
        shape=shape,
        entries=block.entries,
        stretch=projection.stretch,
    )
    return made if projection.pattern.ordered else _merged(made, targets)


def _applied(projection: Projection, sources: int, targets: int) -> Block:
    most = projection.pattern.most(sources, targets)
    if most > MAX_SYNAPSES:
        raise CircuitError(
            f"projection '{projection.name}' has {most:,.0f} synapses",
            where=projection.origin,
            remedy=f"{MAX_SYNAPSES:,} is the most this computer is asked to hold; use a sparser pattern",
        )
    try:
        return gathered(projection.pattern, sources, targets)
    except CircuitError as error:
        raise CircuitError(
            f"projection '{projection.name}': {error.what}", where=projection.origin, remedy=error.remedy
        ) from error


def _merged(made: Synapses, targets: int) -> Synapses:
    """In order of source, target, delay; a pair listed twice with one delay is one synapse of the sum."""
    keys = (made.sources.astype(np.int64) * targets + made.targets) * _DELAYS + made.delays
    if not len(keys) or np.all(keys[1:] > keys[:-1]):
        return made
    order = np.argsort(keys, kind="stable")  # stable: the first of those that are summed is the first listed
    keys = keys[order]
    new = np.concatenate(([True], keys[1:] != keys[:-1]))
    weights: NDArray[np.float64] = made.weights_v[order]
    if not new.all():
        weights = np.asarray(np.bincount(np.cumsum(new) - 1, weights), np.float64)
    firsts = order[new]
    return replace(
        made,
        sources=made.sources[firsts],
        targets=made.targets[firsts],
        weights_v=weights,
        delays=_picked(made.delays, firsts),
        delays_s=_picked(made.delays_s, firsts),
        entries=None if made.entries is None else made.entries[firsts],
    )


def _picked(values: NDArray[Any], which: NDArray[np.int64]) -> NDArray[Any]:
    """Those values; one for all stays one."""
    return _spread(values[:1].reshape(()), len(which)) if _one_for_all(values) else values[which]


def _one_for_all(values: NDArray[Any]) -> bool:
    return len(values) > 0 and values.strides == (0,)


def _spread(value: NDArray[Any], size: int) -> NDArray[Any]:
    return np.broadcast_to(value, (size,))


def _each(value: object, size: int, what: str, projection: Projection) -> NDArray[np.float64]:
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.ndim > 1:
        numbers = numbers.reshape(-1)
    if numbers.ndim and len(numbers) != size:
        raise CircuitError(
            f"projection '{projection.name}': {what} has {len(numbers)} values for {size} synapses",
            where=projection.origin,
            remedy="Give one number for all, or one for each synapse in the pattern's order",
        )
    return _spread(numbers, size)


def _delays_s(projection: Projection, block: Block, dt_s: float) -> NDArray[np.float64]:
    """As asked, seconds; NaN where the author left it open."""
    size = len(block.sources)
    added = not np.isscalar(block.delays_s)
    least = dt_s if added else np.nan
    asked = _each(least if projection.delay_s is None else projection.delay_s, size, "delay_s", projection)
    return asked + block.delays_s if added else asked


def _ticks(asked_s: NDArray[np.float64], dt_s: float, projection: Projection) -> NDArray[np.uint8]:
    if _one_for_all(asked_s):
        return _spread(_ticks(asked_s[:1].copy(), dt_s, projection).reshape(()), len(asked_s))
    # Held below what fits in an integer, so that a slip such as 1e30 s is still found to be too long.
    ticks = np.clip(np.rint(np.nan_to_num(asked_s) / dt_s), 1, 1e9).astype(np.int64) - 1
    if len(ticks) and ticks.max() > MAX_DELAY:
        longest = float(np.nanmax(asked_s))
        raise CircuitError(
            f"projection '{projection.name}': a delay of {longest:g} s is {int(ticks.max()) + 1} ticks, "
            f"the longest is {MAX_DELAY + 1}",
            where=projection.origin,
            remedy=f"Shorten it to {(MAX_DELAY + 1) * dt_s:g} s, lengthen dt_s, or chain a relay population",
        )
    return ticks.astype(np.uint8)
