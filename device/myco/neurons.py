"""Neuron models beyond the plain LIF of `myco.kernel`: one function a model, by the book, in bytecode.

Each advances one population by a tick and returns the new count of `fired`. Arguments, in this order:

record, params: the population's, as `layout.population` and `models.params` read them.
s: the engine's state: `image`, `u`, `v`, `extra`, `drive`, `fired`, `payload`.
extra: where this population's columns begin in `s.extra`; a column has an entry a neuron.
at: where this tick's ring slot begins in `s.drive`; read and set to zero.
count: entries of `s.fired` so far.

No intermediate leaves 31 bits for programs that the compiler has proven. The equations are in
docs/semantics.md; those of Lava's models are lava-nc 0.10.0's under the tag `fixed_pt`.
"""

from myco import models
from myco.arith import clip_v, decay, wrap24

IZHIKEVICH_LIMIT = 0x7FFFF  # 128 mV less one unit of 1/4096 mV
IZHIKEVICH_ONE = 4096  # units of a mV, and of a mV/ms


def scaled(x, m):
    """x * m / 4096, rounded toward zero; |x| < 2^24, |m| <= 4096."""
    y = decay(x, 4096 - m if m >= 0 else 4096 + m)
    return y if m >= 0 else -y


def _arrived(s, at):
    a = s.drive[at]
    s.drive[at] = 0
    return a


def general_lif(record, params, s, extra, at, count):
    """LIF with any of: refractory ticks, other resets, no threshold, receptors, a bias a neuron."""
    first, size, du, dv, vth, bias, bias_exp, _, _, _, receptors, _ = record
    refractory, kind, reset, bias_at, _, _, du1, du2, du3 = params
    threshold = vth << 6
    bias <<= bias_exp
    rest = extra + receptors * size
    for i in range(size):
        n = first + i
        total = wrap24(decay(s.u[n], du + 1) + (_arrived(s, at + i) << 6))
        s.u[n] = total
        for r in range(receptors):
            j = extra + r * size + i
            d = du1 if r == 0 else du2 if r == 1 else du3
            x = wrap24(decay(s.extra[j], d + 1) + (_arrived(s, at + (r + 1) * size + i) << 6))
            s.extra[j] = x
            total += x
        if refractory and s.extra[rest + i]:
            s.extra[rest + i] -= 1
            continue  # v is held
        if bias_at:
            b = s.image[bias_at + 2 * i] | s.image[bias_at + 2 * i + 1] << 8
            bias = (b - 0x10000 if b & 0x8000 else b) << bias_exp
        y = clip_v(decay(s.v[n], dv) + total + bias)
        if y > threshold and kind != models.RESET_NEVER:
            s.fired[count] = n
            count += 1
            y = y - threshold if kind == models.RESET_BY_SUBTRACTION else reset
            if refractory:
                s.extra[rest + i] = refractory
        s.v[n] = y
    return count


def adaptive_lif(record, params, s, extra, at, count):
    """Lava's ATRLIF: a spike raises the threshold and a refractory state; v is not reset."""
    first, size, du, dv, vth, bias, bias_exp, _, _, _, _, _ = record
    delta_theta, delta_r, step = params
    bias <<= bias_exp
    for i in range(size):
        n = first + i
        s.u[n] = wrap24(decay(s.u[n], du + 1) + (_arrived(s, at + i) << 6))
        s.v[n] = clip_v(decay(s.v[n], dv) + s.u[n] + bias)
        above = decay(s.extra[extra + i], delta_theta)  # threshold above its resting value
        r = decay(s.extra[extra + size + i], delta_r)
        theta = above + (vth << 6)
        if s.v[n] - r >= theta:
            s.fired[count] = n
            count += 1
            r += 2 * theta
            above += step << 6
        s.extra[extra + i] = above
        s.extra[extra + size + i] = r
    return count


def ternary_lif(record, params, s, extra, at, count):
    """Lava's TernaryLIF: spikes of value +1 above one threshold, -1 below another."""
    first, size, du, dv, vth, bias, bias_exp, _, _, _, _, _ = record
    high = vth << 6
    low = params[0] << 6
    bias <<= bias_exp
    for i in range(size):
        n = first + i
        s.u[n] = wrap24(decay(s.u[n], du + 1) + (_arrived(s, at + i) << 6))
        y = clip_v(decay(s.v[n], dv) + s.u[n] + bias)
        if y > high or y < low:
            s.fired[count] = n
            s.payload[count] = 1 if y > high else -1
            count += 1
            y = 0
        s.v[n] = y
    return count


def resonate_fire(record, params, s, extra, at, count):
    """Lava's RF: spikes when the imaginary part rises through zero while the real part is at threshold."""
    first, size, _, _, vth, _, _, _, _, _, _, _ = record
    cosine, sine, exponent = params
    for i in range(size):
        n = first + i
        x = s.u[n]
        y = s.v[n]
        s.u[n] = clip_v(scaled(x, cosine) - scaled(y, sine) + (_arrived(s, at + i) << exponent))
        s.v[n] = clip_v(scaled(x, sine) + scaled(y, cosine))
        if s.u[n] >= vth and s.v[n] >= 0 and y < 0:
            s.fired[count] = n
            count += 1
    return count


def resonate_reset(record, params, s, extra, at, count):
    """Lava's RF_IZ: spikes when the imaginary part is at threshold; the state is then set just below."""
    first, size, _, _, vth, _, _, _, _, _, _, _ = record
    cosine, sine, exponent = params
    for i in range(size):
        n = first + i
        x = s.u[n]
        y = s.v[n]
        s.u[n] = clip_v(scaled(x, cosine) - scaled(y, sine) + (_arrived(s, at + i) << exponent))
        s.v[n] = clip_v(scaled(x, sine) + scaled(y, cosine))
        if s.v[n] >= vth:
            s.fired[count] = n
            count += 1
            s.u[n] = 0
            s.v[n] = vth - 1
    return count


def izhikevich(record, params, s, extra, at, count):
    """Izhikevich's quadratic neuron (IEEE Trans. Neural Networks 14, 2003), in 1/4096 mV and mV/ms."""
    first, size, du, _, _, bias, bias_exp, _, _, _, _, _ = record
    peak, reset, step, a, b, h, steps = params
    bias <<= bias_exp
    for i in range(size):
        n = first + i
        s.u[n] = wrap24(decay(s.u[n], du + 1) + (_arrived(s, at + i) << 6))
        w = s.extra[extra + i]
        y = s.v[n]
        for _ in range(steps):
            slope = y // 25 + 5 * IZHIKEVICH_ONE  # 0.04 v + 5
            square = (slope * (y >> 7) + ((slope * (y & 127)) >> 7)) >> 5
            y += scaled(clip_v(square + 140 * IZHIKEVICH_ONE - w + s.u[n] + bias), h)
            y = min(max(y, -IZHIKEVICH_LIMIT), peak)
        w = clip_v(w + scaled(clip_v(scaled(y, b) - w), a))
        if y >= peak:
            s.fired[count] = n
            count += 1
            y = reset
            w = clip_v(w + step)
        s.v[n] = y
        s.extra[extra + i] = w
    return count


def graded(record, params, s, extra, at, count):
    """Lava's GradedVec: what arrived is sent on as a value where it is beyond +-threshold."""
    first, size, _, _, vth, _, _, _, _, _, _, _ = record
    for i in range(size):
        a = _arrived(s, at + i)
        if a > vth or a < -vth:
            s.fired[count] = first + i
            s.payload[count] = a
            count += 1
    return count


def rectified(record, params, s, extra, at, count):
    """Lava's GradedReluVec: what arrived is sent on as a value where it is above the threshold."""
    first, size, _, _, vth, _, _, _, _, _, _, _ = record
    for i in range(size):
        a = _arrived(s, at + i)
        if a > vth:
            s.fired[count] = first + i
            s.payload[count] = a
            count += 1
    return count


# By layout.MODEL_*; the plain LIF is the kernel's.
MODELS = (
    None,
    None,
    general_lif,
    adaptive_lif,
    ternary_lif,
    resonate_fire,
    resonate_reset,
    izhikevich,
    graded,
    rectified,
)
