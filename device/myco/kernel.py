"""The bytecode kernel: the loops of a tick, in plain MicroPython.

A kernel is a module with the functions below, of exactly these signatures and results; native
kernels are twins of this one and tests hold them equal. The arithmetic is `arith`'s, written out in
line because a call costs more than the sum; no intermediate leaves 31 bits.
"""

NAME = "bytecode"


def integrate(u, v, drive, at, first, size, du, dv, bias, vth, fired, count):
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


def deliver_shared(image, shape, first, weights_at, source, value, shift, sign, drive, at):
    """Add `source` through a convolution into drive[at:]: sign * ((value * weight) >> shift) each.

    shape: as `layout.convolution` reads it. value: of a graded source, or 1 << exponent for a spike.
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
    place = source - first
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


def deliver_graded(
    image, table, shift, sign, first, size, rows_at, targets_at, weights_at, source, value, drive, at
):
    """Add source's `value` (0..4095) through its synapses: sign * ((value * weight) >> shift) each.

    table, first, size, drive[at]: as of `deliver`.
    """
    row = source - first
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
