"""LIF for the fast reference in 32-bit integers: where a program's tables prove that nothing outgrows them.

Half the memory and twice the neurons in a vector of what `fast_neurons` takes in float64. `is_narrow` says
for which populations: where all that can arrive at a neuron in one tick, times 64, stays below 2^24. Then u
is within 24 bits after it has wrapped once, v is clipped to 24 bits, and no sum reaches 2^31. Arrivals are
kept times 64.

numba computes with 64 bits where two 32-bit numbers meet; each step is cut back by `_I`, which lets the
compiler see that it needs no more. Arguments are those of `fast_neurons`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from mycoflux.backends.reference.jit import jit
from mycoflux.program import neurons
from mycoflux.program.types import Program

Narrow = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Index = np.uint64
Numbers = tuple[int, int, int, int, int]  # what decay leaves of u and v in 1/4096, threshold, reset, subtract

_I: Any = np.int32
_LIMIT = _I(1 << 23)
_TURN = _I(1 << 24)
_CLIP = _I((1 << 23) - 1)
_LOW_BITS = _I(4095)
_ABOVE_ALL = 1 << 23  # a threshold that no v reaches


def is_narrow(program: Program, population: int) -> bool:
    """Whether a population is LIF, hears no values, and all its input in a tick, times 64, is below 2^24."""
    p = program.populations[population]
    if not isinstance(p.neuron, neurons.Lif | neurons.GeneralLif):
        return False
    totals = np.zeros((p.neuron.receptors, p.size), np.int64)
    for q in program.projections:
        if q.target != population:
            continue
        drives = q.weights << q.shift
        if q.group >= len(program.populations):
            sensor = program.sensors[q.group - len(program.populations)]
            if sensor.encoder == layout.ENCODE_CURRENT:
                drives = (arith.SENSOR_MAX * q.weights >> q.shift) + 1  # one more: it rounds down
        elif program.populations[q.group].neuron.graded:
            return False
        totals[q.receptor] += np.bincount(q.targets, drives, p.size).astype(np.int64)
    return bool(int(totals.max()) << arith.STATE_SHIFT < _TURN)


def threshold(factor: float) -> int:
    """A threshold of `Tables.factors` as a number of 32 bits."""
    return _ABOVE_ALL if np.isinf(factor) else int(factor)


@jit
def _decay(x: int, keep: int) -> int:
    """sign(x) * (|x| * keep >> 12), |x| <= 2^23, in two halves of 12 bits."""
    size = abs(_I(x))
    left = _I(_I(_I(size >> 12) * keep) + _I(_I(_I(size & _LOW_BITS) * keep) >> 12))
    return left if x >= 0 else _I(-left)


@jit
def _wrap(x: int) -> int:
    x = _I(x - _TURN) if x > _LIMIT else x
    return _I(x + _TURN) if x <= -_LIMIT else x


@jit
def currents(u: Narrow, first: Index, drive: Narrow, at: Index, n: Index, keep: int, total: Narrow) -> None:
    """u' of n neurons; adds u' to total[:n] and zeroes what arrived."""
    keep = _I(keep)
    for i in range(n):
        x = _wrap(_I(_decay(u[first + i], keep) + drive[at + i]))
        u[first + i] = x
        total[i] = _I(total[i] + x)
        drive[at + i] = 0


@jit
def potentials(
    u: Narrow, v: Narrow, bias: Narrow, first: Index, drive: Narrow, at: Index, n: Index, f: Numbers,
    total: Narrow, hit: Bytes,
) -> int:  # fmt: skip
    """u' of the first receptor and v' of n neurons without a refractory period; how many spike."""
    keep_u, keep_v, limit, reset, subtract = _I(f[0]), _I(f[1]), _I(f[2]), _I(f[3]), _I(f[4])
    count = _I(0)
    for i in range(n):
        current = _wrap(_I(_decay(u[first + i], keep_u) + drive[at + i]))
        u[first + i] = current
        drive[at + i] = 0
        x = _I(_I(_I(_decay(v[first + i], keep_v) + current) + total[i]) + bias[first + i])
        total[i] = 0
        x = min(max(x, _I(-_CLIP)), _CLIP)
        spikes = x > limit
        left = _I(x - subtract) if subtract >= 0 else reset
        v[first + i] = left if spikes else x
        hit[i] = spikes
        count = _I(count + _I(spikes))
    return count


@jit
def held_potentials(
    u: Narrow, v: Narrow, bias: Narrow, first: Index, drive: Narrow, at: Index, held: Narrow, held_at: Index,
    n: Index, f: Numbers, refractory: int, total: Narrow, hit: Bytes,
) -> int:  # fmt: skip
    """As `potentials`, with the refractory ticks left in held[held_at:]."""
    keep_u, keep_v, limit, reset, subtract = _I(f[0]), _I(f[1]), _I(f[2]), _I(f[3]), _I(f[4])
    refractory = _I(refractory)
    count = _I(0)
    for i in range(n):
        current = _wrap(_I(_decay(u[first + i], keep_u) + drive[at + i]))
        u[first + i] = current
        drive[at + i] = 0
        before = v[first + i]
        x = _I(_I(_I(_decay(before, keep_v) + current) + total[i]) + bias[first + i])
        total[i] = 0
        x = min(max(x, _I(-_CLIP)), _CLIP)
        h = held[held_at + i]
        free = h == 0
        spikes = free & (x > limit)
        left = _I(x - subtract) if subtract >= 0 else reset
        x = left if spikes else x
        v[first + i] = x if free else before
        h = _I(0) if free else _I(h - 1)
        held[held_at + i] = refractory if spikes else h
        hit[i] = spikes
        count = _I(count + _I(spikes))
    return count
