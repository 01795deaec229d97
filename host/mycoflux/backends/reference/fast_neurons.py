"""Neuron models for the fast reference: loops over blocks of neurons that a compiler turns into vectors.

Integers are held in float64, which is exact below 2^53: `trunc(x * (m / 4096))` is then the contract's decay,
one multiplication and one rounding, where integers would take ten operations. `x * m` stays exact because
|x| < 2^41 for all that a program can hold. Everything here is checked against `plain_neurons` by tests.

Arguments common to all: u, v: (neurons,) state. extra: columns of further state. drive: accumulators.
first, size: the population's neurons. at: where this tick's slot begins in `drive`; read and zeroed.
Indices of the hot loops are unsigned: a signed sum might be negative for all the compiler knows, which in
Python means "from the end", and would keep it from using vectors. total: scratch, zero between calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.backends.reference.jit import jit

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Index = np.uint64
Membrane = tuple[float, float, float, float]  # what decay leaves of v, threshold, reset, subtract

BLOCK = 2048  # neurons whose quiescence is known together; their scratch stays in the first cache
_WRAP = float(1 << 23)
_CLIP = float((1 << 23) - 1)
_IZHIKEVICH_CLIP = float((1 << 19) - 1)


@jit
def currents(u: Floats, first: Index, drive: Floats, at: Index, n: Index, keep: float, total: Floats) -> None:
    """u' = wrap24(decay(u) + a * 64) of n neurons; adds u' to total[:n] and zeroes what arrived."""
    for i in range(n):
        x = np.trunc(u[first + i] * keep) + drive[at + i] * 64.0
        x = x - 2 * _WRAP if x > _WRAP else x
        x = x + 2 * _WRAP if x <= -_WRAP else x
        u[first + i] = x
        total[i] += x
        drive[at + i] = 0.0


@jit
def potentials(
    v: Floats, bias: Floats, first: Index, n: Index, f: Membrane, total: Floats, hit: Bytes
) -> int:
    """v' of n neurons without a refractory period; hit[i] = 1 where one spikes; how many do.

    After a spike v = reset, or v - subtract where that is not negative. total is zeroed.
    """
    keep, threshold, reset, subtract = f
    count = 0
    for i in range(n):
        x = np.trunc(v[first + i] * keep) + total[i] + bias[first + i]
        total[i] = 0.0
        x = min(max(x, -_CLIP), _CLIP)
        spikes = x > threshold
        left = x - subtract if subtract >= 0.0 else reset
        v[first + i] = left if spikes else x
        hit[i] = spikes
        count += spikes
    return count


@jit
def held_potentials(
    v: Floats, bias: Floats, first: Index, held: Floats, held_at: Index, n: Index, f: Membrane,
    refractory: float, total: Floats, hit: Bytes,
) -> int:  # fmt: skip
    """As `potentials`, with the refractory ticks left in held[held_at:]."""
    keep, threshold, reset, subtract = f
    count = 0
    for i in range(n):
        h = held[held_at + i]
        before = v[first + i]
        x = np.trunc(before * keep) + total[i] + bias[first + i]
        total[i] = 0.0
        x = min(max(x, -_CLIP), _CLIP)
        free = h == 0.0
        spikes = free & (x > threshold)
        left = x - subtract if subtract >= 0.0 else reset
        x = left if spikes else x
        v[first + i] = x if free else before
        h = 0.0 if free else h - 1.0
        held[held_at + i] = refractory if spikes else h
        hit[i] = spikes
        count += spikes
    return count


@jit
def quiet(u: NDArray[Any], v: NDArray[Any], first: int, n: int) -> bool:
    """Whether u and v of n neurons are all zero."""
    most = 0.0
    for i in range(first, first + n):
        most = max(most, abs(u[i]), abs(v[i]))
    return most == 0.0


@jit
def all_zero(x: NDArray[Any], at: int, n: int) -> bool:
    """Whether x[at : at + n] is all zero."""
    most = 0.0
    for i in range(at, at + n):
        most = max(most, abs(x[i]))
    return most == 0.0


@jit
def _clip(x: float) -> float:
    return min(max(x, -_CLIP), _CLIP)


@jit
def _current(x: float, keep: float, a: float) -> float:
    x = np.trunc(x * keep) + a * 64.0
    if x > _WRAP:
        return x - 2 * _WRAP
    if x <= -_WRAP:
        return x + 2 * _WRAP
    return x


@jit
def adaptive(
    u: Floats, v: Floats, bias: Floats, extra: Floats, drive: Floats, first: int, size: int, at: int,
    extra_at: int, keep_u: float, keep_v: float, rest: float, p: Floats, fired: Any, count: int,
) -> int:  # fmt: skip
    """AdaptiveLif; p: what decay leaves of theta, of r, and the step of theta. extra: theta - rest, r."""
    for i in range(size):
        n = first + i
        u[n] = _current(u[n], keep_u, drive[at + i])
        drive[at + i] = 0.0
        v[n] = _clip(np.trunc(v[n] * keep_v) + u[n] + bias[n])
        above = np.trunc(extra[extra_at + i] * p[0])
        r = np.trunc(extra[extra_at + size + i] * p[1])
        theta = above + rest
        if v[n] - r >= theta:
            fired[count] = n
            count += 1
            r += 2.0 * theta
            above += p[2]
        extra[extra_at + i] = above
        extra[extra_at + size + i] = r
    return count


@jit
def ternary(
    u: Floats, v: Floats, bias: Floats, drive: Floats, first: int, size: int, at: int,
    keep_u: float, keep_v: float, high: float, low: float, fired: Any, payload: Floats, count: int,
) -> int:  # fmt: skip
    """TernaryLif; payload: +1 or -1."""
    for i in range(size):
        n = first + i
        u[n] = _current(u[n], keep_u, drive[at + i])
        drive[at + i] = 0.0
        x = _clip(np.trunc(v[n] * keep_v) + u[n] + bias[n])
        if x > high or x < low:
            fired[count] = n
            payload[count] = 1.0 if x > high else -1.0
            count += 1
            x = 0.0
        v[n] = x
    return count


@jit
def resonator(
    u: Floats, v: Floats, drive: Floats, first: int, size: int, at: int, vth: float, p: Floats,
    resets: bool, fired: Any, count: int,
) -> int:  # fmt: skip
    """ResonateFire and ResonateReset; p: cosine and sine as shares of 1, 2^exponent of the input."""
    for i in range(size):
        n = first + i
        real = u[n]
        imaginary = v[n]
        u[n] = _clip(np.trunc(real * p[0]) - np.trunc(imaginary * p[1]) + drive[at + i] * p[2])
        v[n] = _clip(np.trunc(real * p[1]) + np.trunc(imaginary * p[0]))
        drive[at + i] = 0.0
        if resets:
            if v[n] >= vth:
                fired[count] = n
                count += 1
                u[n] = 0.0
                v[n] = vth - 1.0
        elif u[n] >= vth and v[n] >= 0.0 and imaginary < 0.0:
            fired[count] = n
            count += 1
    return count


@jit
def izhikevich(
    u: Floats, v: Floats, bias: Floats, extra: Floats, drive: Floats, first: int, size: int, at: int,
    extra_at: int, keep_u: float, p: Floats, fired: Any, count: int,
) -> int:  # fmt: skip
    """Izhikevich; p: peak, reset, step of w, a and b and the Euler step as shares of 1, steps a tick."""
    for i in range(size):
        n = first + i
        u[n] = _current(u[n], keep_u, drive[at + i])
        drive[at + i] = 0.0
        x = v[n]
        w = extra[extra_at + i]
        for _ in range(int(p[6])):
            factor = np.floor(x / 25.0) + 20480.0
            high = np.floor(x / 128.0)
            low = x - high * 128.0
            square = np.floor((factor * high + np.floor(factor * low / 128.0)) / 32.0)
            slope = _clip(square + 573440.0 - w + u[n] + bias[n])
            x = min(max(x + np.trunc(slope * p[5]), -_IZHIKEVICH_CLIP), p[0])
        w = _clip(w + np.trunc(_clip(np.trunc(x * p[4]) - w) * p[3]))
        if x >= p[0]:
            fired[count] = n
            count += 1
            x = p[1]
            w = _clip(w + p[2])
        v[n] = x
        extra[extra_at + i] = w
    return count


@jit
def graded(
    drive: Floats, first: int, size: int, at: int, vth: float, both: bool, fired: Any, payload: Floats,
    count: int,
) -> int:  # fmt: skip
    """Graded (both signs) and Rectified; payload: what arrived."""
    for i in range(size):
        a = drive[at + i]
        drive[at + i] = 0.0
        if a > vth or (both and a < -vth):
            fired[count] = first + i
            payload[count] = a
            count += 1
    return count
