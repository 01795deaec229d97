"""Sensor readings (0..4095) to spikes: what a sensor port does to each of its channels every tick."""

FULL_SCALE = 4095
SIGMA_FULL = FULL_SCALE * 4096  # a rate encoder spikes each time its accumulator passes this


def rate_step(accumulator, value, rate):
    """First-order sigma-delta: spikes at `rate`/4096 a tick at full scale, in proportion below.

    Returns the new accumulator; the channel spikes iff `accumulator + value * rate` reached SIGMA_FULL,
    which is when the result is smaller than the sum. Deterministic; the spacing of spikes differs from
    even by less than one tick.
    """
    accumulator += value * rate
    if accumulator >= SIGMA_FULL:
        return accumulator - SIGMA_FULL
    return accumulator


def encode_rate(values, accumulators, first, size, rate, base, fired, count):
    """Append to `fired` the sources (base + channel) that spike; return the new count."""
    for channel in range(first, first + size):
        step = values[channel] * rate
        if step:
            before = accumulators[channel]
            after = rate_step(before, values[channel], rate)
            accumulators[channel] = after
            if after != before + step:
                fired[count] = base + channel
                count += 1
    return count


def encode_nonzero(values, first, size, base, fired, count):
    """Append to `fired` every source whose reading is not zero: spikes, and graded values; new count."""
    for channel in range(first, first + size):
        if values[channel]:
            fired[count] = base + channel
            count += 1
    return count
