"""The bytecode kernel: the work of a tick, in plain MicroPython.

A kernel is a module with NAME, the stages `integrate`, `sense`, `propagate`, `actuate` and `turn`, and, for
spikes with values, `deliver_graded` and `deliver_shared`, of exactly these signatures and results. One that
does whole ticks has `bind`, `tick`, `forget`, `measure`, `emit` and `drop` instead: device/kernels/native/
native.py. Other kernels are twins of this one and tests hold them equal. Neurons that `integrate` has not are
advanced by the functions in MODELS. s: the engine, which does what a kernel has not.

The arithmetic is `arith`'s, written out in line because a call costs more than the sum; no intermediate
leaves 31 bits. Numbers of `layout` are written out, because a name costs a look-up.
"""

from myco import neurons
from myco_hal import decoders, encoders

NAME = "bytecode"
MODELS = neurons.MODELS


def integrate(i, count, s):
    """Advance populations i, i + 1, ... up to one of a model that this kernel has not; its number.

    s.segments behind each is set. count: entries of s.fired so far.
    """
    populations = s.populations
    while i < len(populations):
        first, size, du, dv, vth, mant, exp, _, ring, model, _, _ = populations[i]
        if model != 1:  # layout.MODEL_LIF
            break
        at = ring + s.slots[i] * size
        count = lif(s.u, s.v, s.drive, at, first, size, du, dv, mant << exp, vth, s.fired, count)
        i += 1
        s.segments[i] = count
    return i


def sense(s):
    """Append the sensors' spikes to s.fired; s.segments behind each is set."""
    i = s.header.populations
    base = s.header.neurons
    count = s.segments[i]
    for kind, first, size, rate in s.sensors:
        if kind == 2:  # layout.ENCODE_RATE
            count = encoders.encode_rate(s.inputs, s.sigma, first, size, rate, base, s.fired, count)
        else:
            count = encoders.encode_nonzero(s.inputs, first, size, base, s.fired, count)
        i += 1
        s.segments[i] = count


def propagate(i, end, s):
    """Deliver projections i, i + 1, ... up to `end`, or to one whose spikes carry values; its number."""
    while i < end:
        record = s.projections[i]
        group = record[7]
        if s.segments[group] != s.segments[group + 1]:
            if s.graded[group] or record[0] == 4:  # layout.TABLE_CONVOLUTION, which is never hot
                break
            deliver_record(s, record, s.segments[group], s.segments[group + 1])
        i += 1
    return i


def deliver_record(s, record, start, end):
    """Deliver the spikes s.fired[start:end] through one projection."""
    (
        table,
        shift,
        arrival,
        sign,
        first,
        sources,
        target,
        _,
        begin,
        size,
        rows_at,
        targets_at,
        weights_at,
    ) = record
    fired = s.fired
    # A projection may cover only part of its group's sources.
    while start < end and fired[start] < first:
        start += 1
    while end > start and fired[end - 1] >= first + sources:
        end -= 1
    at = s.due(target, arrival, begin)
    table &= 127  # layout.TABLE_MASK
    step = sign << shift
    deliver(
        s.image, table, step, first, size, rows_at, targets_at, weights_at, fired, start, end, s.drive, at
    )


def actuate(s):
    """Decode the spikes and potentials of this tick into s.outputs."""
    end = s.segments[s.header.populations]
    fired = s.fired
    traces = s.traces
    i = 0
    for kind, before, after, first, size, decay, gain, ceiling, at in s.actuators:
        if kind == 2:  # layout.DECODE_WINNER
            decoders.winner_step(traces, at, size, decay, fired, 0, end, first)
            s.outputs[i] = decoders.winner_value(traces, at, size)
        elif kind == 3:  # layout.DECODE_POTENTIAL
            s.outputs[i] = decoders.potential_value(s.v[first], before, gain, after, ceiling)
        elif kind == 4:  # layout.DECODE_STRONGEST
            s.outputs[i] = decoders.strongest_value(s.v, first, size)
        else:
            spikes = decoders.spikes_between(fired, 0, end, first, size)
            traces[at] = decoders.level_step(traces[at], spikes, decay)
            s.outputs[i] = decoders.level_value(traces[at], before, gain, after, ceiling)
        i += 1


def turn(s):
    """Go on to the next slot of every ring."""
    i = 0
    for record in s.populations:
        slot = s.slots[i] + 1
        s.slots[i] = 0 if slot == record[7] else slot
        i += 1


def lif(u, v, drive, at, first, size, du, dv, bias, vth, fired, count):
    """Advance neurons `first` .. `first + size - 1` by one tick; return the new count of `fired`.

    u, v: arrays of all neurons' state. drive[at : at + size]: what arrived for this tick; zeroed.
    du, dv: decays of the contract (the +1 of du is added here). bias: mantissa << exponent.
    vth: threshold mantissa. fired: array that spiking neurons' numbers are appended to.
    """
    keep_u = 4095 - du
    keep_v = 4096 - dv
    threshold = vth << 6
    for i in range(first, first + size):
        x = u[i]
        y = v[i]
        a = drive[at]
        if a:
            drive[at] = 0
        at += 1
        if not (a or x or y or bias):
            continue  # quiescent: with truncation toward zero it stays exactly so
        if x < 0:
            x = -x
            x = -((x >> 12) * keep_u + (((x & 4095) * keep_u) >> 12))
        else:
            x = (x >> 12) * keep_u + (((x & 4095) * keep_u) >> 12)
        x += a << 6
        if x > 0x800000:
            x -= 0x1000000
        elif x <= -0x800000:
            x += 0x1000000
        u[i] = x
        if y < 0:
            y = -y
            y = -((y >> 12) * keep_v + (((y & 4095) * keep_v) >> 12))
        else:
            y = (y >> 12) * keep_v + (((y & 4095) * keep_v) >> 12)
        y += x + bias
        if y > threshold:
            fired[count] = i
            count += 1
            y = 0
        elif y < -0x7FFFFF:
            y = -0x7FFFFF
        v[i] = y
    return count


def deliver_shared(image, drive, at, shape, shape_at, weights_at, place, value, shift, sign):
    """Add a source through a convolution into drive[at:]: sign * ((value * weight) >> shift) each.

    shape: as `layout.convolution` reads it at `shape_at`. place: the source's, from 0. value: of a graded
    source, or 1 << exponent for a spike.
    """
    (
        _,
        in_height,
        in_width,
        channels,
        height,
        width,
        groups,
        rows,
        columns,
        down,
        across,
        above,
        left,
        dilation_y,
        dilation_x,
    ) = shape
    channel = place // (in_height * in_width)
    place -= channel * in_height * in_width
    y = place // in_width
    x = place - y * in_width
    per_group = channels // groups
    per_source = shape[0] // groups
    target_at = at + channel // per_source * per_group * height * width
    y += above
    x += left
    for row in range(rows):
        oy = y - row * dilation_y
        if oy < 0 or oy % down or oy // down >= height:
            continue
        oy //= down
        for column in range(columns):
            ox = x - column * dilation_x
            if ox < 0 or ox % across or ox // across >= width:
                continue
            w = weights_at + ((channel * rows + row) * columns + column) * per_group
            j = target_at + oy * width + ox // across
            for _ in range(per_group):
                drive[j] += sign * ((value * image[w]) >> shift)
                w += 1
                j += height * width


def deliver(image, table, step, first, size, rows_at, targets_at, weights_at, fired, start, end, drive, at):
    """Add the synapses of sources fired[start:end] of one projection into drive[at : at + size].

    table: 1 dense, 3 wide, 5 packed (layout.TABLE_*, without TABLE_HOT). step: what a weight of 1 adds (sign
    << exponent). first: the projection's first source. size: its targets, which begin at drive[at].
    """
    stride = (size + 3) & -4 if size >= 32 else size  # layout.stride
    for k in range(start, end):
        row = fired[k] - first
        if table == 1:
            w = weights_at + row * stride
            for j in range(at, at + size):
                drive[j] += image[w] * step
                w += 1
            continue
        r = rows_at + 2 * row
        s = image[r] | image[r + 1] << 8
        stop = image[r + 2] | image[r + 3] << 8
        if table == 5:
            s = weights_at + 2 * s
            stop = weights_at + 2 * stop
            while s < stop:
                drive[at + image[s]] += image[s + 1] * step
                s += 2
        else:
            while s < stop:
                j = targets_at + 2 * s
                drive[at + (image[j] | image[j + 1] << 8)] += image[weights_at + s] * step
                s += 1


def deliver_graded(image, drive, at, table, size, rows_at, targets_at, weights_at, row, value, shift, sign):
    """Add a source's `value` through the synapses of its row: sign * ((value * weight) >> shift) each.

    table, size, drive[at]: as of `deliver`.
    """
    if table == 1:
        w = weights_at + row * ((size + 3) & -4 if size >= 32 else size)
        for j in range(at, at + size):
            drive[j] += sign * ((value * image[w]) >> shift)
            w += 1
        return
    r = rows_at + 2 * row
    s = image[r] | image[r + 1] << 8
    stop = image[r + 2] | image[r + 3] << 8
    while s < stop:
        if table == 5:
            w = weights_at + 2 * s
            j = image[w]
            w += 1
        else:
            w = weights_at + s
            j = targets_at + 2 * s
            j = image[j] | image[j + 1] << 8
        drive[at + j] += sign * ((value * image[w]) >> shift)
        s += 1
