"""LIF populations of the fast reference, block by block: who is awake, who spikes, who has come to rest.

Functions take arrays, not the tuples that hold them: to fetch one counts references (see `jit_borrow`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.backends.reference import fast_narrow as narrow
from mycoflux.backends.reference import fast_neurons as models
from mycoflux.backends.reference import fast_tables as t
from mycoflux.backends.reference.fast_tables import Floats, Narrow
from mycoflux.backends.reference.jit import jit

Row = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int]
Factors = tuple[float, float, float, float, float, float, float, float, float]
Numbers = tuple[int, int, int, int, int, int, int, int, int]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Fired = NDArray[np.int32]

BLOCK = models.BLOCK
_LOOK = 16  # ticks between looks at whether a block has come to rest


@jit
def lif(
    p: Row, f: Factors, u: Floats, v: Floats, extra: Floats, drive: Floats, bias: Floats, at: int, slot: int,
    marks: Bytes, busy: Bytes, sleeps: bool, total: Floats, hit: Bytes, hit_words: Words, fired: Fired,
    tick: int, count: int,
) -> tuple[int, int]:  # fmt: skip
    """LIF and general LIF, block by block: the new count of `fired`, and how many neurons were advanced.

    Takes arrays, not the tuples that hold them: to fetch one counts references, which costs more than a
    block of neurons where it happens for each.
    """
    updates = 0
    for b in range(p[t.BLOCKS]):
        if not _awake(p, b, slot, marks, busy):
            continue
        start = b * BLOCK
        n = min(BLOCK, p[t.SIZE] - start)
        hits = _lif_block(p, f, u, v, extra, drive, bias, at, start, n, total, hit)
        updates += n
        if hits:
            count = collect(hit, hit_words, fired, p[t.FIRST] + start, n, count)
        if sleeps:
            looks = hits == 0 and tick % _LOOK == 0
            busy[p[t.BUSY] + b] = not (looks and _at_rest(p, u, v, extra, start, n))
    return count, updates


@jit
def narrow_lif(
    p: Row, f: Numbers, u: Narrow, v: Narrow, extra: Narrow, drive: Narrow, bias: Narrow, at: int, slot: int,
    marks: Bytes, busy: Bytes, sleeps: bool, total: Narrow, hit: Bytes, hit_words: Words, fired: Fired,
    tick: int, count: int,
) -> tuple[int, int]:  # fmt: skip
    """As `lif`, in 32-bit integers."""
    updates = 0
    for b in range(p[t.BLOCKS]):
        hits = advance_narrow(
            p, f, u, v, extra, drive, bias, at, slot, marks, busy, sleeps, total, hit, tick, b
        )
        if hits < 0:
            continue
        n = min(BLOCK, p[t.SIZE] - b * BLOCK)
        updates += n
        if hits:
            count = collect(hit, hit_words, fired, p[t.FIRST] + b * BLOCK, n, count)
    return count, updates


@jit
def advance_narrow(
    p: Row, f: Numbers, u: Narrow, v: Narrow, extra: Narrow, drive: Narrow, bias: Narrow, at: int, slot: int,
    marks: Bytes, busy: Bytes, sleeps: bool, total: Narrow, hit: Bytes, tick: int, b: int,
) -> int:  # fmt: skip
    """Advance block b of a population; hit says who spiked, the result how many, -1 if it sleeps."""
    if not _awake(p, b, slot, marks, busy):
        return -1
    start = b * BLOCK
    n = min(BLOCK, p[t.SIZE] - start)
    hits = _narrow_block(p, f, u, v, extra, drive, bias, at, start, n, total, hit)
    if sleeps:
        looks = hits == 0 and tick % _LOOK == 0
        busy[p[t.BUSY] + b] = not (looks and _at_rest(p, u, v, extra, start, n))
    return hits


@jit
def _awake(p: Row, b: int, slot: int, marks: Bytes, busy: Bytes) -> bool:
    """Whether block b must be advanced: it is busy, or something has come; its marks are cleared."""
    receptors, blocks = p[t.RECEPTORS], p[t.BLOCKS]
    marks_at = p[t.MARKS] + slot * receptors * blocks + b
    arrived = busy[p[t.BUSY] + b]
    for r in range(receptors):
        arrived |= marks[marks_at + r * blocks]
        marks[marks_at + r * blocks] = 0
    return arrived != 0


@jit
def _narrow_block(
    p: Row, f: Numbers, u: Narrow, v: Narrow, extra: Narrow, drive: Narrow, bias: Narrow, at: int,
    start: int, n: int, total: Narrow, hit: Bytes,
) -> int:  # fmt: skip
    """As `_lif_block`, in 32-bit integers."""
    size, receptors = p[t.SIZE], p[t.RECEPTORS]
    first, count, ring = np.uint64(p[t.FIRST] + start), np.uint64(n), np.uint64(at + start)
    for r in range(1, receptors):
        column = np.uint64(p[t.EXTRA] + (r - 1) * size + start)
        narrow.currents(extra, column, drive, np.uint64(at + r * size + start), count, f[r], total)
    membrane = (f[0], f[t.KEEP_V], f[t.THRESHOLD], f[t.RESET], f[t.SUBTRACT])
    if p[t.REFRACTORY]:
        held_at = np.uint64(p[t.EXTRA] + (receptors - 1) * size + start)
        return narrow.held_potentials(
            u, v, bias, first, drive, ring, extra, held_at, count, membrane, p[t.REFRACTORY], total, hit
        )
    return narrow.potentials(u, v, bias, first, drive, ring, count, membrane, total, hit)


@jit
def collect(hit: Bytes, hit_words: Words, fired: Fired, first: int, n: int, count: int) -> int:
    """Append the neurons that hit[:n] marks to `fired`, looking at eight marks at a time."""
    for k in range(n, (n + 7) // 8 * 8):
        hit[k] = 0
    for word in range((n + 7) // 8):
        if hit_words[word]:
            for k in range(8 * word, 8 * word + 8):
                if hit[k]:
                    fired[count] = first + k
                    count += 1
    return count


@jit
def _lif_block(
    p: Row, f: Factors, u: Floats, v: Floats, extra: Floats, drive: Floats, bias: Floats, at: int,
    start: int, n: int, total: Floats, hit: Bytes,
) -> int:  # fmt: skip
    """Advance n neurons from `start` of a population; hit says who spiked, the result how many."""
    size, receptors = p[t.SIZE], p[t.RECEPTORS]
    first, count = np.uint64(p[t.FIRST] + start), np.uint64(n)
    models.currents(u, first, drive, np.uint64(at + start), count, f[0], total)
    for r in range(1, receptors):
        column, ring = np.uint64(p[t.EXTRA] + (r - 1) * size + start), np.uint64(at + r * size + start)
        models.currents(extra, column, drive, ring, count, f[r], total)
    membrane = (f[t.KEEP_V], f[t.THRESHOLD], f[t.RESET], f[t.SUBTRACT])
    if p[t.REFRACTORY]:
        held_at = np.uint64(p[t.EXTRA] + (receptors - 1) * size + start)
        return models.held_potentials(
            v, bias, first, extra, held_at, count, membrane, float(p[t.REFRACTORY]), total, hit
        )
    return models.potentials(v, bias, first, count, membrane, total, hit)


@jit
def _at_rest(p: Row, u: NDArray[Any], v: NDArray[Any], extra: NDArray[Any], start: int, n: int) -> bool:
    """Whether n neurons from `start` of a population have no state but zeros."""
    if not models.quiet(u, v, p[t.FIRST] + start, n):
        return False
    columns = p[t.RECEPTORS] - 1 + (1 if p[t.REFRACTORY] else 0)
    for c in range(columns):  # noqa: SIM110 - numba knows no generators
        if not models.all_zero(extra, p[t.EXTRA] + c * p[t.SIZE] + start, n):
            return False
    return True
