"""The viper kernel: the twin of `myco.kernel`, in what MicroPython compiles to machine code.

`firmware_tools/build_viper.py` makes device/kernels/built/viper-ARCH.mpy of it, on a board myco/viper.mpy.
Written for the code that mpy-cross 1.29 makes of it (docs/kernels.md; counts in decisions/014-kernels.md):

* On ARM the first two locals, arguments before others, live in registers, all others on the stack. The inner
  loops' two variables are therefore what came in as the first two arguments.
* `p[0]` with a fixed index below 32 is one instruction, `p[i]` four.
* The left operand of an operation is best what was computed last, the right one a local.
* A pointer is cast from an int for nothing.
* Integers have 32 bits and wrap, on x64 64; loads through ptr32 are then zero-extended. `_WIDE` says where
  that is, and disappears at compile time.

s: the engine. Arrays are reached through its attributes once a call.
"""

import micropython
from micropython import const

from myco import neurons

_WIDE = const(0)  # 1 for x64: set by the builder

# Offsets in the records of `myco.layout`; a test holds them equal. In units of 2 (_H) or 4 bytes (_I), where
# the field has as many.
_POPULATION = const(24)
_DU_H = const(2)
_DV_H = const(3)
_VTH_I = const(2)
_BIAS_H = const(6)
_BIAS_EXP = const(14)
_DEPTH = const(15)
_RING_I = const(4)
_MODEL = const(20)
_RECEPTORS = const(21)
_PARAMS_H = const(11)
_LIF = const(1)
_GENERAL_LIF = const(2)
_RECEPTOR_DU_H = const(7)  # of receptor 1, less one
_RESET_BY_SUBTRACTION = const(1)
_RESET_NEVER = const(2)

_PROJECTION = const(28)
_BEGIN_H = const(6)
_SIZE_H = const(7)
_ROWS_I = const(4)
_TARGETS_I = const(5)
_WEIGHTS_I = const(6)
_TABLE_MASK = const(127)
_STRIDE_MIN = const(32)
_DENSE = const(1)
_CONVOLUTION = const(4)
_PACKED = const(5)
_SHIFT = const(1)
_ARRIVAL = const(2)
_SIGN = const(3)
_FIRST_H = const(2)
_SOURCES_H = const(3)
_TARGET_H = const(4)
_GROUP_H = const(5)

_SENSOR = const(8)
_ACTUATOR = const(16)

_RATE = const(2)
_WINNER = const(2)
_POTENTIAL = const(3)
_STRONGEST = const(4)
_SIGMA_FULL = const(4095 * 4096)

NAME = "viper"
MODELS = neurons.MODELS  # for what `integrate` has not


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


@micropython.viper
def sense(s):
    """See `myco.kernel.sense`."""
    n = 0  # a channel
    header = s.header
    i = 0
    sensors = int(header.sensors)
    base = int(header.neurons)
    group = int(header.populations)
    at = int(ptr8(s.image)) + int(header.sensors_at)
    segments = ptr16(s.segments)
    fired = ptr16(s.fired)
    count = segments[group]
    inputs = ptr16(s.inputs)
    sigma = ptr32(s.sigma)
    while i < sensors:
        n = ptr16(at)[1]
        end = n + ptr16(at)[2]
        rate = ptr16(at)[3]
        if ptr16(at)[0] == _RATE:
            while n < end:
                total = inputs[n]
                if total and rate:
                    total = ((total ^ 0x8000) - 0x8000) * rate + sigma[n]
                    if _WIDE:
                        total = total << 32 >> 32
                    if total >= _SIGMA_FULL:
                        total -= _SIGMA_FULL
                        fired[count] = base + n
                        count += 1
                    sigma[n] = total
                n += 1
        else:
            while n < end:
                if inputs[n]:
                    fired[count] = base + n
                    count += 1
                n += 1
        i += 1
        at += _SENSOR
        segments[group + i] = count


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
def actuate(s):
    """See `myco.kernel.actuate`."""
    n = 0  # a neuron or a spike
    header = s.header
    i = 0
    actuators = int(header.actuators)
    record = int(ptr8(s.image)) + int(header.actuators_at)
    end = ptr16(s.segments)[int(header.populations)]
    fired = ptr16(s.fired)
    traces = int(ptr32(s.traces))
    outputs = ptr16(s.outputs)
    v = ptr32(s.v)
    while i < actuators:
        kind = ptr8(record)[0]
        first = ptr16(record)[2]
        size = ptr16(record)[3]
        keep = 4096 - ptr16(record)[4]
        trace = ptr32(traces + (ptr16(record)[7] << 2))
        x = 0
        if kind == _WINNER:
            n = 0
            while n < size:
                x = trace[n]
                if x:
                    trace[n] = (x >> 12) * keep + (((x & 4095) * keep) >> 12)
                n += 1
            n = 0
            while n < end:
                x = fired[n] - first
                if x >= 0 and x < size:
                    trace[x] = trace[x] + 4096
                n += 1
            best = 0 - 1
            most = 0
            n = 0
            while n < size:
                x = trace[n]
                if x > most:
                    most = x
                    best = n
                n += 1
            x = best
        elif kind == _STRONGEST:
            best = 0
            most = v[first]
            if _WIDE:
                most = most << 32 >> 32
            n = 1
            while n < size:
                x = v[first + n]
                if _WIDE:
                    x = x << 32 >> 32
                if x > most:
                    most = x
                    best = n
                n += 1
            x = best
        else:
            negative = 0
            if kind == _POTENTIAL:
                x = v[first]
                if _WIDE:
                    x = x << 32 >> 32
                if x < 0:
                    negative = 1
                    x = 0 - x
            else:
                n = 0
                spikes = 0
                while n < end:
                    x = fired[n] - first
                    if x >= 0 and x < size:
                        spikes += 1
                    n += 1
                x = trace[0]
                x = (x >> 12) * keep + (((x & 4095) * keep) >> 12) + (spikes << 12)
                trace[0] = x
            x = ((x >> ptr8(record)[1]) * ptr16(record)[5]) >> ptr16(record)[1]
            if x > ptr16(record)[6]:
                x = ptr16(record)[6]
            if negative:
                x = 0 - x
        outputs[i] = x
        i += 1
        record += _ACTUATOR


@micropython.viper
def turn(s):
    """See `myco.kernel.turn`."""
    populations = int(s.header.populations)
    record = int(ptr8(s.image)) + int(s.header.populations_at)
    slots = ptr16(s.slots)
    i = 0
    while i < populations:
        slot = slots[i] + 1
        if slot == ptr8(record)[_DEPTH]:
            slot = 0
        slots[i] = slot
        i += 1
        record += _POPULATION


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
