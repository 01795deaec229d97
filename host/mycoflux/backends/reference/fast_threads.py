"""LIF populations of the fast reference on several threads: blocks of neurons side by side, the same bits.

A block reads and writes only its own neurons, so their order cannot matter; spikes are collected afterwards,
block by block, in the order of one thread. Delivery stays on one. It pays where a tick has many blocks:
threads meet once a population and tick, which takes some microseconds. Compiled only when asked for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mycoflux.backends.reference import fast_tables as t
from mycoflux.backends.reference.fast_lif import (
    BLOCK,
    Bytes,
    Fired,
    Numbers,
    Row,
    advance_narrow,
    collect,
)
from mycoflux.backends.reference.fast_tables import Integers, Narrow
from mycoflux.backends.reference.jit import jit, jit_threads
from mycoflux.errors import InvalidInput
from mycoflux.program.types import Program


class Workspace(NamedTuple):
    """What each block needs for itself; a row a block of the largest population."""

    total: Narrow  # (blocks, BLOCK)
    hit: Bytes  # (blocks, BLOCK)
    hit_words: NDArray[np.uint64]  # the same memory
    hits: Integers  # (blocks,): spikes, -1 where it slept


def make_workspace(program: Program) -> Workspace:
    """A workspace for any population of `program`."""
    blocks = max((-(-p.size // BLOCK) for p in program.populations), default=1)
    hit = np.zeros((blocks, BLOCK), np.uint8)
    return Workspace(
        np.zeros((blocks, BLOCK), np.int32), hit, hit.view(np.uint64), np.zeros(blocks, np.int64)
    )


def set_threads(threads: int) -> None:
    """Let compiled code use so many threads.

    Raises:
        InvalidInput: more than numba was started with.
    """
    settings: Any = numba.config
    most = int(settings.NUMBA_NUM_THREADS)
    if not 1 <= threads <= most:
        raise InvalidInput(
            f"{threads} threads were asked for, this machine has {most}", remedy=f"Give 1 to {most}"
        )
    numba.set_num_threads(threads)


@jit_threads
def _advance_all(
    p: Row, f: Numbers, u: Narrow, v: Narrow, extra: Narrow, drive: Narrow, bias: Narrow, at: int, slot: int,
    marks: Bytes, busy: Bytes, sleeps: bool, total: Narrow, hit: Bytes, hits: Integers, tick: int,
) -> None:  # fmt: skip
    for b in numba.prange(p[t.BLOCKS]):
        hits[b] = advance_narrow(
            p, f, u, v, extra, drive, bias, at, slot, marks, busy, sleeps, total[b], hit[b], tick, b
        )


@jit
def narrow_lif_threads(
    p: Row, f: Numbers, u: Narrow, v: Narrow, extra: Narrow, drive: Narrow, bias: Narrow, at: int, slot: int,
    marks: Bytes, busy: Bytes, sleeps: bool, work: Workspace, fired: Fired, tick: int, count: int,
) -> tuple[int, int]:  # fmt: skip
    """As `fast_lif.narrow_lif`, its blocks side by side."""
    _advance_all(
        p, f, u, v, extra, drive, bias, at, slot, marks, busy, sleeps, work.total, work.hit, work.hits, tick
    )
    updates = 0
    for b in range(p[t.BLOCKS]):
        if work.hits[b] < 0:
            continue
        n = min(BLOCK, p[t.SIZE] - b * BLOCK)
        updates += n
        if work.hits[b]:
            count = collect(work.hit[b], work.hit_words[b], fired, p[t.FIRST] + b * BLOCK, n, count)
    return count, updates
