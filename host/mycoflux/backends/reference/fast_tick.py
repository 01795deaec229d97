"""One tick of the fast reference, and runs of ticks: integrate, sense, propagate, actuate.

A block of neurons whose u and v are all zero, without bias, to which nothing has come, is passed over: with
truncation toward zero it stays exactly so. Delivery costs only what spiked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from myco_hal import decoders, encoders
from mycoflux.backends.reference import fast_neurons as models
from mycoflux.backends.reference import fast_tables as t
from mycoflux.backends.reference.fast_lif import Bytes, Factors, Fired, Numbers, Row, lif, narrow_lif
from mycoflux.backends.reference.fast_tables import Floats, Integers, Narrow, State, Tables
from mycoflux.backends.reference.fast_threads import Workspace, narrow_lif_threads
from mycoflux.backends.reference.jit import jit
from mycoflux.backends.reference.jit_borrow import borrowed

_BLOCK = models.BLOCK

_GENERAL, _LIF = layout.MODEL_GENERAL_LIF, layout.MODEL_LIF
_ADAPTIVE, _TERNARY = layout.MODEL_ADAPTIVE_LIF, layout.MODEL_TERNARY_LIF
_RESONATE_FIRE, _RESONATE_RESET = layout.MODEL_RESONATE_FIRE, layout.MODEL_RESONATE_RESET
_IZHIKEVICH, _GRADED = layout.MODEL_IZHIKEVICH, layout.MODEL_GRADED
_CURRENT, _RATE = layout.ENCODE_CURRENT, layout.ENCODE_RATE
_LEVEL, _WINNER, _POTENTIAL = layout.DECODE_LEVEL, layout.DECODE_WINNER, layout.DECODE_POTENTIAL
_SIGMA_FULL, _SENSOR_MAX, _TRACE_ONE = encoders.SIGMA_FULL, arith.SENSOR_MAX, arith.TRACE_ONE


@jit
def _row(table: Integers, i: int) -> Row:
    """A row of Tables.populations as numbers."""
    return (
        table[i, 0], table[i, 1], table[i, 2], table[i, 3], table[i, 4], table[i, 5], table[i, 6],
        table[i, 7], table[i, 8], table[i, 9], table[i, 10], table[i, 11], table[i, 12],
    )  # fmt: skip


@jit
def _factors(table: Floats, i: int) -> Factors:
    """A row of Tables.factors as numbers."""
    return (
        table[i, 0], table[i, 1], table[i, 2], table[i, 3], table[i, 4], table[i, 5], table[i, 6],
        table[i, 7], table[i, 8],
    )  # fmt: skip


@jit
def _numbers(table: Integers, i: int) -> Numbers:
    """A row of Tables.numbers as numbers."""
    return (
        table[i, 0], table[i, 1], table[i, 2], table[i, 3], table[i, 4], table[i, 5], table[i, 6],
        table[i, 7], table[i, 8],
    )  # fmt: skip


@jit
def _reset_in_time(p: Row, s: State, i: int) -> None:
    """Lava's LIFReset, ahead of the tick."""
    s.phases[i] = (s.phases[i] + 1) % p[t.INTERVAL]
    if s.phases[i] != p[t.OFFSET]:
        return
    for n in range(p[t.FIRST], p[t.FIRST] + p[t.SIZE]):
        s.u[n] = 0.0
        s.v[n] = 0.0
        s.narrow_u[n] = 0
        s.narrow_v[n] = 0
    columns = p[t.RECEPTORS] - 1 + (1 if p[t.REFRACTORY] else 0)
    for k in range(p[t.EXTRA], p[t.EXTRA] + columns * p[t.SIZE]):
        s.extra[k] = 0.0
        s.narrow_extra[k] = 0


@jit
def _integrate(tables: Tables, s: State, work: Workspace | None, tick: int) -> int:
    # Out of the tuples once, not for each population: see `fast_lif`.
    populations, factors, numbers, bias = tables.populations, tables.factors, tables.numbers, tables.bias
    narrow_bias, is_narrow, sleeps, segments, slots = (
        tables.narrow_bias, tables.narrow, tables.sleeps, s.segments, s.slots,
    )  # fmt: skip
    u, v, extra, drive, total = s.u, s.v, s.extra, s.drive, s.total
    narrow_u, narrow_v, narrow_extra, narrow_drive, narrow_total = (
        s.narrow_u, s.narrow_v, s.narrow_extra, s.narrow_drive, s.narrow_total,
    )  # fmt: skip
    marks, busy, hit, hit_words, fired, events = s.marks, s.busy, s.hit, s.hit_words, s.fired, s.events
    count = 0
    for i in range(len(populations)):
        p, f = _row(populations, i), _factors(factors, i)
        at = p[t.RING] + slots[i] * p[t.SIZE] * p[t.RECEPTORS]
        segments[i] = count
        if p[t.MODEL] == _LIF or p[t.MODEL] == _GENERAL:
            if p[t.INTERVAL]:
                _reset_in_time(p, s, i)
            if is_narrow[i]:
                # Which of the two is known when numba compiles: only one is.
                if work is None:
                    count, updates = narrow_lif(
                        p, _numbers(numbers, i), narrow_u, narrow_v, narrow_extra, narrow_drive, narrow_bias,
                        at, slots[i], marks, busy, sleeps[i], narrow_total, hit, hit_words, fired, tick,
                        count,
                    )  # fmt: skip
                else:
                    count, updates = narrow_lif_threads(
                        p, _numbers(numbers, i), narrow_u, narrow_v, narrow_extra, narrow_drive, narrow_bias,
                        at, slots[i], marks, busy, sleeps[i], work, fired, tick, count,
                    )  # fmt: skip
            else:
                count, updates = lif(
                    p, f, u, v, extra, drive, bias, at, slots[i], marks, busy, sleeps[i], total, hit,
                    hit_words, fired, tick, count,
                )  # fmt: skip
            events[0] += updates
        else:
            count = _other(tables, s, i, p, f, at, count)
            events[0] += p[t.SIZE]
    segments[len(populations)] = count
    return count


@jit
def _other(tables: Tables, s: State, i: int, p: Row, f: Factors, at: int, count: int) -> int:
    """Every model but LIF."""
    first, size, model, more = p[t.FIRST], p[t.SIZE], p[t.MODEL], tables.params[i]
    if model == _ADAPTIVE:
        return models.adaptive(
            s.u, s.v, tables.bias, s.extra, s.drive, first, size, at, p[t.EXTRA], f[0], f[t.KEEP_V],
            f[t.THRESHOLD], more, s.fired, count,
        )  # fmt: skip
    if model == _TERNARY:
        return models.ternary(
            s.u, s.v, tables.bias, s.drive, first, size, at, f[0], f[t.KEEP_V], f[t.THRESHOLD],
            f[t.LOW], s.fired, s.payload, count,
        )  # fmt: skip
    if model in (_RESONATE_FIRE, _RESONATE_RESET):
        resets = model == _RESONATE_RESET
        return models.resonator(
            s.u, s.v, s.drive, first, size, at, f[t.THRESHOLD], more, resets, s.fired, count
        )
    if model == _IZHIKEVICH:
        return models.izhikevich(
            s.u, s.v, tables.bias, s.extra, s.drive, first, size, at, p[t.EXTRA], f[0], more, s.fired, count
        )
    return models.graded(
        s.drive, first, size, at, f[t.THRESHOLD], model == _GRADED, s.fired, s.payload, count
    )


@jit
def _sense(tables: Tables, s: State, readings: Integers, neurons: int, count: int) -> None:
    i = len(tables.populations)
    fired, payload, sigma = s.fired, s.payload, s.sigma
    for encoder, first, size, rate in tables.sensors:
        for channel in range(first, first + size):
            value = readings[channel]
            spikes = value > 0
            if encoder == _RATE:
                total = sigma[channel] + value * rate
                spikes = total >= _SIGMA_FULL
                sigma[channel] = total - _SIGMA_FULL if spikes else total
            if spikes:
                fired[count] = neurons + channel
                payload[count] = value if encoder == _CURRENT else 1.0
                count += 1
        i += 1
        s.segments[i] = count


@jit
def _deliver(
    fired: Fired, payload: Floats, graded: bool, start: int, end: int, source: int, sources: int,
    row_starts: Integers, rows: int, targets: Fired, weights: Floats, drive: Floats, at: int,
    marks: Bytes, marks_at: int,
) -> int:  # fmt: skip
    """Add the synapses of fired[start:end] into drive[at:], times their payload where graded; how many."""
    events = 0
    for k in range(start, end):
        row = fired[k] - source
        if row < 0 or row >= sources:
            continue  # a large projection is several tables, each of some of its sources
        value = payload[k] if graded else 1.0
        low, high = row_starts[rows + row], row_starts[rows + row + 1]
        events += high - low
        for j in range(low, high):
            target = targets[j]
            drive[at + target] += value * weights[j]
            marks[marks_at + target // _BLOCK] = 1
    return events


@jit
def _deliver_narrow(
    fired: Fired, start: int, end: int, source: int, sources: int, row_starts: Integers, rows: int,
    targets: Fired, weights: Narrow, drive: Narrow, at: int, marks: Bytes, marks_at: int, sleeps: bool,
) -> int:  # fmt: skip
    """As `_deliver`, to a narrow population; marks are for those that can sleep."""
    events = 0
    for k in range(start, end):
        row = fired[k] - source
        if row < 0 or row >= sources:
            continue
        low, high = row_starts[rows + row], row_starts[rows + row + 1]
        events += high - low
        for j in range(np.uint64(low), np.uint64(high)):
            drive[np.uint64(at) + np.uint64(targets[j])] += weights[j]
        if sleeps:
            for j in range(low, high):
                marks[marks_at + targets[j] // _BLOCK] = 1
    return events


@jit
def _deliver_readings(tables: Tables, s: State, i: int, at: int, marks_at: int) -> int:
    """As `_deliver`, of a sensor's readings: sign * ((reading * weight) >> shift) a synapse."""
    q = tables.projections[i]
    scale, events = 1.0 / (1 << q[t.SHIFT]), 0
    for k in range(s.segments[q[t.GROUP]], s.segments[q[t.GROUP] + 1]):
        row = s.fired[k] - q[t.SOURCE]
        if row < 0 or row >= q[t.SOURCES]:
            continue
        low, high = tables.row_starts[q[t.ROWS] + row], tables.row_starts[q[t.ROWS] + row + 1]
        events += high - low
        for j in range(low, high):
            target = tables.targets[j]
            amount = q[t.SIGN] * np.floor(s.payload[k] * tables.weights[j] * scale)
            if tables.narrow[q[t.TARGET]]:
                s.narrow_drive[at + target] += np.int32(64.0 * amount)
            else:
                s.drive[at + target] += amount
            s.marks[marks_at + target // _BLOCK] = 1
    return events


@jit
def _propagate(tables: Tables, s: State) -> None:
    # Out of the tuples once, not for each projection: see `fast_lif`.
    projections, populations, segments, slots = tables.projections, tables.populations, s.segments, s.slots
    fired, payload, marks, drive, narrow_drive = s.fired, s.payload, s.marks, s.drive, s.narrow_drive
    row_starts, targets, weights = tables.row_starts, tables.targets, tables.weights
    narrow_weights, graded, is_narrow, sleeps = (
        tables.narrow_weights, tables.graded, tables.narrow, tables.sleeps,
    )  # fmt: skip
    events = 0
    for i in range(len(projections)):
        group, target = projections[i, t.GROUP], projections[i, t.TARGET]
        start, end = segments[group], segments[group + 1]
        if start == end:
            continue
        p = _row(populations, target)
        slot = (slots[target] + 1 + projections[i, t.DELAY]) % p[t.DEPTH]
        region = slot * p[t.RECEPTORS] + projections[i, t.RECEPTOR]
        at, marks_at = p[t.RING] + region * p[t.SIZE], p[t.MARKS] + region * p[t.BLOCKS]
        if graded[group] and group >= len(populations):
            events += _deliver_readings(tables, s, i, at, marks_at)
        elif is_narrow[target]:
            events += _deliver_narrow(
                fired, start, end, projections[i, t.SOURCE], projections[i, t.SOURCES], row_starts,
                projections[i, t.ROWS], targets, narrow_weights, narrow_drive, at, marks, marks_at,
                sleeps[target],
            )  # fmt: skip
        else:
            events += _deliver(
                fired, payload, graded[group], start, end, projections[i, t.SOURCE],
                projections[i, t.SOURCES], row_starts, projections[i, t.ROWS], targets, weights, drive, at,
                marks, marks_at,
            )  # fmt: skip
    s.events[1] += events


_leak = jit(decoders.leak)


@jit
def _level(a: Integers, s: State, spikes: int) -> int:
    """One leaky trace of all the neurons' spikes, scaled."""
    trace = a[t.TRACE]
    s.traces[trace] = _leak(s.traces[trace], a[t.DECAY])
    for k in range(spikes):
        if a[t.NEURON] <= s.fired[k] < a[t.NEURON] + a[t.NEURONS]:
            s.traces[trace] += _TRACE_ONE
    return min(((s.traces[trace] >> a[t.BEFORE]) * a[t.GAIN]) >> a[t.AFTER], a[t.CEILING])


@jit
def _winner(a: Integers, s: State, spikes: int) -> int:
    """The neuron with the largest leaky trace, -1 if none has any."""
    first, size, trace = a[t.NEURON], a[t.NEURONS], a[t.TRACE]
    for k in range(size):
        s.traces[trace + k] = _leak(s.traces[trace + k], a[t.DECAY])
    for k in range(spikes):
        if first <= s.fired[k] < first + size:
            s.traces[trace + s.fired[k] - first] += _TRACE_ONE
    best, most = -1, 0
    for k in range(size):
        if s.traces[trace + k] > most:
            best, most = k, s.traces[trace + k]
    return best


@jit
def _potential(a: Integers, s: State) -> int:
    """The potential of one neuron, scaled."""
    v = s.v[a[t.NEURON]] + s.narrow_v[a[t.NEURON]]
    value = min(((int(abs(v)) >> a[t.BEFORE]) * a[t.GAIN]) >> a[t.AFTER], a[t.CEILING])
    return -value if v < 0 else value


@jit
def _strongest(a: Integers, s: State) -> int:
    """The neuron with the highest potential."""
    first, best = a[t.NEURON], a[t.NEURON]
    for k in range(first + 1, first + a[t.NEURONS]):
        if s.v[k] + s.narrow_v[k] > s.v[best] + s.narrow_v[best]:
            best = k
    return best - first


@jit
def _actuate(tables: Tables, s: State, spikes: int) -> None:
    for i in range(len(tables.actuators)):
        a = tables.actuators[i]
        if a[t.DECODER] == _LEVEL:
            s.outputs[i] = _level(a, s, spikes)
        elif a[t.DECODER] == _WINNER:
            s.outputs[i] = _winner(a, s, spikes)
        elif a[t.DECODER] == _POTENTIAL:
            s.outputs[i] = _potential(a, s)
        else:
            s.outputs[i] = _strongest(a, s)


@jit
def run_ticks(
    tables: Tables,
    s: State,
    work: Workspace | None,
    inputs: Integers,
    begin: int,
    spike_ticks: NDArray[np.int32],
    spike_neurons: NDArray[np.int32],
    outputs: NDArray[np.int32],
    u_neurons: Integers,
    u_trace: NDArray[np.int32],
    v_neurons: Integers,
    v_trace: NDArray[np.int32],
) -> tuple[int, int]:
    """Execute ticks begin .. len(inputs) - 1, or as many as leave room for a tick's spikes.

    work: for threads, None to do without. inputs: (ticks, channels), 0..4095. u_neurons, v_neurons: whose
    state goes into the columns of u_trace and v_trace, each (ticks, neurons recorded). Returns the next tick
    to execute, and how many spikes were written.
    """
    tables, s = borrowed(tables), borrowed(s)
    neurons = len(s.u)
    written = 0
    for tick in range(begin, len(inputs)):
        if written + neurons > len(spike_ticks):
            return tick, written
        spikes = _integrate(tables, s, work, tick)
        _sense(tables, s, inputs[tick], neurons, spikes)
        _propagate(tables, s)
        _actuate(tables, s, spikes)
        for i in range(len(s.slots)):
            s.slots[i] = (s.slots[i] + 1) % tables.populations[i, t.DEPTH]
        spike_ticks[written : written + spikes] = tick
        spike_neurons[written : written + spikes] = s.fired[:spikes]
        written += spikes
        outputs[tick] = s.outputs
        for i in range(len(u_neurons)):
            u_trace[tick, i] = s.u[u_neurons[i]] + s.narrow_u[u_neurons[i]]
        for i in range(len(v_neurons)):
            v_trace[tick, i] = s.v[v_neurons[i]] + s.narrow_v[v_neurons[i]]
    return len(inputs), written
