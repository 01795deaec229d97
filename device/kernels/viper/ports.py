"""The viper kernel: sensors into spikes, spikes into outputs, and rings that turn."""

import micropython
from records import (
    _ACTUATOR,
    _DEPTH,
    _POPULATION,
    _POTENTIAL,
    _RATE,
    _SENSOR,
    _SIGMA_FULL,
    _STRONGEST,
    _WIDE,
    _WINNER,
)


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
