"""Spikes to actuator values: what an actuator port does with its population's spikes every tick.

A trace x leaks and counts: x' = x * (1 - decay/4096), rounded down, + 4096 a spike. It stays below
2^30 (the compiler proves it), so no intermediate leaves 31 bits.
"""


def leak(x, decay):
    """x * (4096 - decay) >> 12 for 0 <= x < 2^30 and decay 0..4096, in 31 bits."""
    keep = 4096 - decay
    return (x >> 12) * keep + (((x & 4095) * keep) >> 12)


def spikes_between(fired, start, end, first, size):
    """How many of fired[start:end] lie in first .. first + size - 1."""
    n = 0
    for k in range(start, end):
        if 0 <= fired[k] - first < size:
            n += 1
    return n


def level_step(x, spikes, decay):
    """One tick of a level decoder's trace."""
    return leak(x, decay) + (spikes << 12)


def level_value(x, before, gain, after, ceiling):
    """The actuator value of a trace: ((x >> before) * gain) >> after, at most `ceiling`."""
    value = ((x >> before) * gain) >> after
    return ceiling if value > ceiling else value


def winner_step(traces, at, size, decay, fired, start, end, first):
    """One tick of a winner-take-all decoder: leak all its traces, add the spikes."""
    for j in range(at, at + size):
        if traces[j]:
            traces[j] = leak(traces[j], decay)
    for k in range(start, end):
        j = fired[k] - first
        if 0 <= j < size:
            traces[at + j] += 4096


def winner_value(traces, at, size):
    """The index of the largest trace, the lowest index where several are equal; -1 if all are zero."""
    best = -1
    most = 0
    for j in range(size):
        if traces[at + j] > most:
            most = traces[at + j]
            best = j
    return best


def potential_value(v, before, gain, after, ceiling):
    """The actuator value of a potential: sign(v) * min(((|v| >> before) * gain) >> after, ceiling)."""
    value = (((-v if v < 0 else v) >> before) * gain) >> after
    if value > ceiling:
        value = ceiling
    return -value if v < 0 else value


def strongest_value(v, first, size):
    """The index, from `first`, of the largest v; the lowest where several are equal."""
    best = first
    for n in range(first + 1, first + size):
        if v[n] > v[best]:
            best = n
    return best - first
