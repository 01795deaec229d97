"""The viper kernel: neurons. LIF, plain and general; for others `integrate` stops and says at which."""

import micropython
from records import (
    _BIAS_EXP,
    _BIAS_H,
    _DU_H,
    _DV_H,
    _GENERAL_LIF,
    _LIF,
    _MODEL,
    _PARAMS_H,
    _POPULATION,
    _RECEPTOR_DU_H,
    _RECEPTORS,
    _RESET_BY_SUBTRACTION,
    _RESET_NEVER,
    _RING_I,
    _VTH_I,
    _WIDE,
)


@micropython.viper
def integrate(x: int, y: int, s) -> int:
    """See `myco.kernel.integrate`."""
    i = x  # the population, and
    count = y  # spikes so far; x and y are a neuron's u and v from here on
    header = s.header
    populations = int(header.populations)
    at = int(ptr8(s.image)) + int(header.populations_at) + i * _POPULATION
    slots = ptr16(s.slots)
    segments = ptr16(s.segments)
    fired = ptr16(s.fired)
    all_u = int(ptr8(s.u))
    all_v = int(ptr8(s.v)) - all_u
    all_drive = int(ptr8(s.drive))
    half = 0x7FFFFF
    while i < populations:
        if ptr8(at)[_MODEL] != _LIF:
            if ptr8(at)[_MODEL] != _GENERAL_LIF:
                return i
            count = int(_general(0, 0, s, i, count))
        else:
            first = ptr16(at)[0]
            size = ptr16(at)[1]
            keep_u = 4095 - ptr16(at)[_DU_H]
            keep_v = 4096 - ptr16(at)[_DV_H]
            threshold = ptr32(at)[_VTH_I] << 6
            bias = ((ptr16(at)[_BIAS_H] ^ 0x8000) - 0x8000) << ptr8(at)[_BIAS_EXP]
            arrived = all_drive + ((slots[i] * size + ptr32(at)[_RING_I]) << 2)
            begin = all_u + (first << 2)
            here = begin
            end = here + (size << 2)
            while here < end:
                there = here + all_v
                x = ptr32(here)[0]
                y = ptr32(there)[0]
                a = ptr32(arrived)[0]
                if x | y | a | bias:
                    if _WIDE:
                        x = x << 32 >> 32
                        y = y << 32 >> 32
                        a = a << 32 >> 32
                    ptr32(arrived)[0] = 0
                    # Toward zero: below it 4095/4096 more before rounding down.
                    x = (((x & 4095) * keep_u + (x >> 31 & 4095)) >> 12) + (x >> 12) * keep_u + (a << 6)
                    if (x + half) >> 24:
                        if x > 0x800000:
                            x -= 0x1000000
                        else:
                            x += 0x1000000
                    ptr32(here)[0] = x
                    y = (((y & 4095) * keep_v + (y >> 31 & 4095)) >> 12) + (y >> 12) * keep_v + x + bias
                    if y > threshold:
                        fired[count] = first + ((here - begin) >> 2)
                        count += 1
                        y = 0
                    elif y + half < 0:
                        y = 0 - half
                    ptr32(there)[0] = y
                here += 4
                arrived += 4
        i += 1
        at += _POPULATION
        segments[i] = count
    return i


@micropython.viper
def _general(n: int, x: int, s, i: int, count: int) -> int:
    """`myco.neurons.general_lif` for population i, without its periodic reset."""
    image = int(ptr8(s.image))
    at = image + int(s.header.populations_at) + i * _POPULATION
    params = image + (ptr16(at)[_PARAMS_H] << 2)
    first = ptr16(at)[0]
    size = ptr16(at)[1]
    keep_v = 4096 - ptr16(at)[_DV_H]
    threshold = ptr32(at)[_VTH_I] << 6
    bias_exp = ptr8(at)[_BIAS_EXP]
    bias = ((ptr16(at)[_BIAS_H] ^ 0x8000) - 0x8000) << bias_exp
    receptors = ptr8(at)[_RECEPTORS]
    refractory = ptr16(params)[0]
    kind = ptr16(params)[1]
    reset = ptr32(params)[1]
    if _WIDE:
        reset = reset << 32 >> 32
    biases = ptr32(params)[2]
    depth_size = size * (receptors + 1)
    arrived = int(ptr8(s.drive)) + ((ptr16(s.slots)[i] * depth_size + ptr32(at)[_RING_I]) << 2)
    u = ptr32(s.u)
    v = ptr32(s.v)
    fired = ptr16(s.fired)
    extra = int(ptr8(s.extra)) + (ptr32(s.extra_at)[i] << 2)
    rest = ptr32(extra + ((receptors * size) << 2))
    n = 0
    while n < size:
        total = 0
        r = 0
        while r <= receptors:
            here = arrived + ((r * size + n) << 2)
            a = ptr32(here)[0]
            ptr32(here)[0] = 0
            if r == 0:
                there = int(u) + ((first + n) << 2)
                keep = 4095 - ptr16(at)[_DU_H]
            else:
                there = extra + (((r - 1) * size + n) << 2)
                keep = 4095 - ptr16(params)[r + _RECEPTOR_DU_H]
            x = ptr32(there)[0]
            if _WIDE:
                x = x << 32 >> 32
                a = a << 32 >> 32
            x = (((x & 4095) * keep + (x >> 31 & 4095)) >> 12) + (x >> 12) * keep + (a << 6)
            if x > 0x800000:
                x -= 0x1000000
            elif x <= 0 - 0x800000:
                x += 0x1000000
            ptr32(there)[0] = x
            total += x
            r += 1
        if refractory and rest[n]:
            rest[n] = rest[n] - 1  # v is held
        else:
            if biases:
                here = image + biases + n + n  # not always on a multiple of two
                bias = (((ptr8(here)[0] | ptr8(here)[1] << 8) ^ 0x8000) - 0x8000) << bias_exp
            x = v[first + n]
            if _WIDE:
                x = x << 32 >> 32
            x = (((x & 4095) * keep_v + (x >> 31 & 4095)) >> 12) + (x >> 12) * keep_v + total + bias
            if x > 0x7FFFFF:
                x = 0x7FFFFF
            elif x < 0 - 0x7FFFFF:
                x = 0 - 0x7FFFFF
            if x > threshold and kind != _RESET_NEVER:
                fired[count] = first + n
                count += 1
                if kind == _RESET_BY_SUBTRACTION:
                    x -= threshold
                else:
                    x = reset
                if refractory:
                    rest[n] = refractory
            v[first + n] = x
        n += 1
    return count
