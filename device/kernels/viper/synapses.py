"""The viper kernel: spikes and values through tables.

`propagate` is one function, however long: a call takes as much as eight synapses.
"""

import micropython
from records import (
    _ARRIVAL,
    _BEGIN_H,
    _CONVOLUTION,
    _DENSE,
    _DEPTH,
    _FIRST_H,
    _GROUP_H,
    _PACKED,
    _POPULATION,
    _PROJECTION,
    _RECEPTORS,
    _RING_I,
    _ROWS_I,
    _SHIFT,
    _SIGN,
    _SIZE_H,
    _SOURCES_H,
    _STRIDE_MIN,
    _TABLE_MASK,
    _TARGET_H,
    _TARGETS_I,
    _WEIGHTS_I,
)


@micropython.viper
def propagate(here: ptr8, there: ptr32, s) -> int:
    """See `myco.kernel.propagate`."""
    i = int(here)  # the projection, and
    projections = int(there)  # which is beyond; here is in a table, there in the ring from here on
    header = s.header
    image = int(ptr8(s.image))
    populations = image + int(header.populations_at)
    record = image + int(header.projections_at) + i * _PROJECTION
    segments = ptr16(s.segments)
    graded = ptr8(s.graded)
    slots = ptr16(s.slots)
    fired = ptr16(s.fired)
    drive = int(ptr32(s.drive))
    while i < projections:
        group = ptr16(record)[_GROUP_H]
        k = segments[group]
        end = segments[group + 1]
        if k < end:
            table = ptr8(record)[0] & _TABLE_MASK
            if graded[group] or table == _CONVOLUTION:
                return i
            # Where it is due: slot, then receptor.
            there = ptr32(populations + ptr16(record)[_TARGET_H] * _POPULATION)
            size = ptr16(there)[1]
            r = ptr8(record)[_ARRIVAL]
            slot = slots[ptr16(record)[_TARGET_H]] + 1 + (r & 63)
            if slot >= ptr8(there)[_DEPTH]:
                slot -= ptr8(there)[_DEPTH]
            size *= slot * (ptr8(there)[_RECEPTORS] + 1) + (r >> 6)
            due = drive + ((size + there[_RING_I] + ptr16(record)[_BEGIN_H]) << 2)
            size = ptr16(record)[_SIZE_H]
            stride = size
            if size >= _STRIDE_MIN:
                stride = (size + 3) & 0x1FFFC
            step = 1 << ptr8(record)[_SHIFT]
            if ptr8(record)[_SIGN] & 128:
                step = 0 - step
            first = ptr16(record)[_FIRST_H]
            sources = ptr16(record)[_SOURCES_H]
            rows = image + ptr32(record)[_ROWS_I]
            targets = image + ptr32(record)[_TARGETS_I]
            weights = image + ptr32(record)[_WEIGHTS_I]
            while k < end:
                row = fired[k] - first
                k += 1
                # A projection may cover only part of its group's sources.
                if row < 0 or row >= sources:
                    continue
                if table == _DENSE:
                    here = ptr8(row * stride + weights)
                    there = ptr32(due)
                    stop = int(here) + size
                    last = stop - 7
                    while int(here) < last:
                        there[0] = here[0] * step + there[0]
                        there[1] = here[1] * step + there[1]
                        there[2] = here[2] * step + there[2]
                        there[3] = here[3] * step + there[3]
                        there[4] = here[4] * step + there[4]
                        there[5] = here[5] * step + there[5]
                        there[6] = here[6] * step + there[6]
                        there[7] = here[7] * step + there[7]
                        here = ptr8(int(here) + 8)
                        there = ptr32(int(there) + 32)
                    while int(here) < stop:
                        there[0] = here[0] * step + there[0]
                        here = ptr8(int(here) + 1)
                        there = ptr32(int(there) + 4)
                    continue
                here = ptr8(rows + row + row)
                start = ptr16(here)[0]
                stop = ptr16(here)[1]
                if table == _PACKED:
                    here = ptr8(start + start + weights)
                    stop = stop + stop + weights
                    last = stop - 14
                    while int(here) < last:
                        there = ptr32((here[0] << 2) + due)
                        there[0] = here[1] * step + there[0]
                        there = ptr32((here[2] << 2) + due)
                        there[0] = here[3] * step + there[0]
                        there = ptr32((here[4] << 2) + due)
                        there[0] = here[5] * step + there[0]
                        there = ptr32((here[6] << 2) + due)
                        there[0] = here[7] * step + there[0]
                        there = ptr32((here[8] << 2) + due)
                        there[0] = here[9] * step + there[0]
                        there = ptr32((here[10] << 2) + due)
                        there[0] = here[11] * step + there[0]
                        there = ptr32((here[12] << 2) + due)
                        there[0] = here[13] * step + there[0]
                        there = ptr32((here[14] << 2) + due)
                        there[0] = here[15] * step + there[0]
                        here = ptr8(int(here) + 16)
                    while int(here) < stop:
                        there = ptr32((here[0] << 2) + due)
                        there[0] = here[1] * step + there[0]
                        here = ptr8(int(here) + 2)
                else:
                    # Wide: targets of two bytes, then weights of one.
                    here = ptr8(weights + start)
                    stop += weights
                    at = targets + start + start
                    while int(here) < stop:
                        there = ptr32((ptr16(at)[0] << 2) + due)
                        there[0] = here[0] * step + there[0]
                        here = ptr8(int(here) + 1)
                        at += 2
        i += 1
        record += _PROJECTION
    return i


@micropython.viper
def deliver_graded(
    image: ptr8,
    drive: ptr32,
    at: int,
    table: int,
    size: int,
    rows_at: int,
    targets_at: int,
    weights_at: int,
    row: int,
    value: int,
    shift: int,
    sign: int,
):
    """See `myco.kernel.deliver_graded`."""
    drive = ptr32(int(drive) + (at << 2))
    if table == _DENSE:
        s = row * size
        if size >= _STRIDE_MIN:
            s = row * ((size + 3) & 0x1FFFC)
        stop = s + size
    else:
        rows = ptr16(int(image) + rows_at)
        s = rows[row]
        stop = rows[row + 1]
    targets = ptr16(int(image) + targets_at)
    weights = weights_at
    t = 0
    while s < stop:
        w = image[weights + s]
        if table == _PACKED:
            t = image[weights + s + s]
            w = image[weights + s + s + 1]
        elif table != _DENSE:
            t = targets[s]
        w = (value * w) >> shift
        if sign < 0:
            w = 0 - w
        drive[t] = w + drive[t]
        t += 1
        s += 1


@micropython.viper
def deliver_shared(
    image: ptr8,
    drive: ptr32,
    at: int,
    shape,
    shape_at: int,
    weights_at: int,
    place: int,
    value: int,
    shift: int,
    sign: int,
):
    """See `myco.kernel.deliver_shared`."""
    counts = ptr16(int(image) + shape_at)
    sizes = ptr8(int(counts) + 14)
    area = counts[1] * counts[2]
    height = counts[4]
    width = counts[5]
    rows = sizes[0]
    columns = sizes[1]
    channel = place // area
    place -= channel * area
    y = place // counts[2]
    x = place - y * counts[2] + sizes[5]
    y += sizes[4]
    per_group = counts[3] // counts[6]
    per_source = counts[0] // counts[6]
    target_at = at + channel // per_source * per_group * height * width
    row = 0
    while row < rows:
        oy = y - row * sizes[6]
        row += 1
        if oy < 0:
            continue
        down = oy // sizes[2]
        if down * sizes[2] != oy or down >= height:
            continue
        column = 0
        while column < columns:
            ox = x - column * sizes[7]
            column += 1
            if ox < 0:
                continue
            across = ox // sizes[3]
            if across * sizes[3] != ox or across >= width:
                continue
            w = weights_at + ((channel * rows + row - 1) * columns + column - 1) * per_group
            end = w + per_group
            j = target_at + down * width + across
            while w < end:
                a = (value * image[w]) >> shift
                if sign < 0:
                    a = 0 - a
                drive[j] = a + drive[j]
                w += 1
                j += height * width
