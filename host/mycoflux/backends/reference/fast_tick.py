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
from mycoflux.backends.reference.fast_tables import Floats, Integers, State, Tables
from mycoflux.backends.reference.jit import jit

Row = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int]
Factors = tuple[float, float, float, float, float, float, float, float, float]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Fired = NDArray[np.int32]

_BLOCK = models.BLOCK
_LOOK = 16  # ticks between looks at whether a block has come to rest

_GENERAL, _LIF = layout.MODEL_GENERAL_LIF, layout.MODEL_LIF
_ADAPTIVE, _TERNARY = layout.MODEL_ADAPTIVE_LIF, layout.MODEL_TERNARY_LIF
_RESONATE_FIRE, _RESONATE_RESET = layout.MODEL_RESONATE_FIRE, layout.MODEL_RESONATE_RESET
_IZHIKEVICH, _GRADED = layout.MODEL_IZHIKEVICH, layout.MODEL_GRADED
_CURRENT, _RATE = layout.ENCODE_CURRENT, layout.ENCODE_RATE
_LEVEL, _WINNER, _POTENTIAL = layout.DECODE_LEVEL, layout.DECODE_WINNER, layout.DECODE_POTENTIAL
_SIGMA_FULL, _SENSOR_MAX, _TRACE_ONE = encoders.SIGMA_FULL, arith.SENSOR_MAX, arith.TRACE_ONE


@jit
def _lif(
    p: Row, f: Factors, u: Floats, v: Floats, extra: Floats, drive: Floats, bias: Floats, at: int, slot: int,
    marks: Bytes, busy: Bytes, sleeps: bool, total: Floats, hit: Bytes, hit_words: Words, fired: Fired,
    tick: int, count: int,
) -> tuple[int, int]:  # fmt: skip
    """LIF and general LIF, block by block: the new count of `fired`, and how many neurons were advanced.

    Takes arrays, not the tuples that hold them: to fetch one counts references, which costs more than a
    block of neurons where it happens for each.
    """
    receptors, blocks, updates = p[t.RECEPTORS], p[t.BLOCKS], 0
    marks_at = p[t.MARKS] + slot * receptors * blocks
    for b in range(blocks):
        start = b * _BLOCK
        n = min(_BLOCK, p[t.SIZE] - start)
        arrived = busy[p[t.BUSY] + b]
        for r in range(receptors):
            arrived |= marks[marks_at + r * blocks + b]
            marks[marks_at + r * blocks + b] = 0
        if not arrived:
            continue
        hits = _lif_block(p, f, u, v, extra, drive, bias, at, start, n, total, hit)
        updates += n
        if hits:
            count = _collect(hit, hit_words, fired, p[t.FIRST] + start, n, count)
        if sleeps:
            looks = hits == 0 and tick % _LOOK == 0
            busy[p[t.BUSY] + b] = not (looks and _at_rest(p, u, v, extra, start, n))
    return count, updates


@jit
def _collect(hit: Bytes, hit_words: Words, fired: Fired, first: int, n: int, count: int) -> int:
    """Append the neurons that hit[:n] marks to `fired`, looking at eight marks at a time."""
    for k in range(n, (n + 7) // 8 * 8):
        hit[k] = 0
    for word in range((n + 7) // 8):
        if hit_words[word]:
            for k in range(8 * word, 8 * word + 8):
                if hit[k]:
                    fired[count] = first + k
                    count += 1
    return count


@jit
def _lif_block(
    p: Row, f: Factors, u: Floats, v: Floats, extra: Floats, drive: Floats, bias: Floats, at: int,
    start: int, n: int, total: Floats, hit: Bytes,
) -> int:  # fmt: skip
    """Advance n neurons from `start` of a population; hit says who spiked, the result how many."""
    size, receptors = p[t.SIZE], p[t.RECEPTORS]
    first, count = np.uint64(p[t.FIRST] + start), np.uint64(n)
    models.currents(u, first, drive, np.uint64(at + start), count, f[0], total)
    for r in range(1, receptors):
        column, ring = np.uint64(p[t.EXTRA] + (r - 1) * size + start), np.uint64(at + r * size + start)
        models.currents(extra, column, drive, ring, count, f[r], total)
    membrane = (f[t.KEEP_V], f[t.THRESHOLD], f[t.RESET], f[t.SUBTRACT])
    if p[t.REFRACTORY]:
        held_at = np.uint64(p[t.EXTRA] + (receptors - 1) * size + start)
        return models.held_potentials(
            v, bias, first, extra, held_at, count, membrane, float(p[t.REFRACTORY]), total, hit
        )
    return models.potentials(v, bias, first, count, membrane, total, hit)


@jit
def _at_rest(p: Row, u: Floats, v: Floats, extra: Floats, start: int, n: int) -> bool:
    """Whether n neurons from `start` of a population have no state but zeros."""
    if not models.quiet(u, v, p[t.FIRST] + start, n):
        return False
    columns = p[t.RECEPTORS] - 1 + (1 if p[t.REFRACTORY] else 0)
    for c in range(columns):  # noqa: SIM110 - numba knows no generators
        if not models.all_zero(extra, p[t.EXTRA] + c * p[t.SIZE] + start, n):
            return False
    return True


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
def _reset_in_time(p: Row, s: State, i: int) -> None:
    """Lava's LIFReset, ahead of the tick."""
    s.phases[i] = (s.phases[i] + 1) % p[t.INTERVAL]
    if s.phases[i] != p[t.OFFSET]:
        return
    for n in range(p[t.FIRST], p[t.FIRST] + p[t.SIZE]):
        s.u[n] = 0.0
        s.v[n] = 0.0
    columns = p[t.RECEPTORS] - 1 + (1 if p[t.REFRACTORY] else 0)
    for k in range(p[t.EXTRA], p[t.EXTRA] + columns * p[t.SIZE]):
        s.extra[k] = 0.0


@jit
def _integrate(tables: Tables, s: State, tick: int) -> int:
    count = 0
    for i in range(len(tables.populations)):
        p, f = _row(tables.populations, i), _factors(tables.factors, i)
        at = p[t.RING] + s.slots[i] * p[t.SIZE] * p[t.RECEPTORS]
        s.segments[i] = count
        if p[t.MODEL] == _LIF or p[t.MODEL] == _GENERAL:
            if p[t.INTERVAL]:
                _reset_in_time(p, s, i)
            count, updates = _lif(
                p, f, s.u, s.v, s.extra, s.drive, tables.bias, at, s.slots[i], s.marks, s.busy,
                tables.sleeps[i], s.total, s.hit, s.hit_words, s.fired, tick, count,
            )  # fmt: skip
            s.events[0] += updates
        else:
            count = _other(tables, s, i, p, f, at, count)
            s.events[0] += p[t.SIZE]
    s.segments[len(tables.populations)] = count
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
    for encoder, first, size, rate in tables.sensors:
        for channel in range(first, first + size):
            value = readings[channel]
            spikes = value > 0
            if encoder == _RATE:
                total = s.sigma[channel] + value * rate
                spikes = total >= _SIGMA_FULL
                s.sigma[channel] = total - _SIGMA_FULL if spikes else total
            if spikes:
                s.fired[count] = neurons + channel
                s.payload[count] = value if encoder == _CURRENT else 1.0
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
            s.drive[at + target] += q[t.SIGN] * np.floor(s.payload[k] * tables.weights[j] * scale)
            s.marks[marks_at + target // _BLOCK] = 1
    return events


@jit
def _propagate(tables: Tables, s: State) -> None:
    projections = tables.projections
    for i in range(len(projections)):
        group, target = projections[i, t.GROUP], projections[i, t.TARGET]
        start, end = s.segments[group], s.segments[group + 1]
        if start == end:
            continue
        p = _row(tables.populations, target)
        slot = (s.slots[target] + 1 + projections[i, t.DELAY]) % p[t.DEPTH]
        region = slot * p[t.RECEPTORS] + projections[i, t.RECEPTOR]
        at, marks_at = p[t.RING] + region * p[t.SIZE], p[t.MARKS] + region * p[t.BLOCKS]
        if tables.graded[group] and group >= len(tables.populations):
            s.events[1] += _deliver_readings(tables, s, i, at, marks_at)
        else:
            s.events[1] += _deliver(
                s.fired, s.payload, tables.graded[group], start, end, projections[i, t.SOURCE],
                projections[i, t.SOURCES], tables.row_starts, projections[i, t.ROWS], tables.targets,
                tables.weights, s.drive, at, s.marks, marks_at,
            )  # fmt: skip


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
    v = s.v[a[t.NEURON]]
    value = min(((int(abs(v)) >> a[t.BEFORE]) * a[t.GAIN]) >> a[t.AFTER], a[t.CEILING])
    return -value if v < 0 else value


@jit
def _strongest(a: Integers, s: State) -> int:
    """The neuron with the highest potential."""
    first, best = a[t.NEURON], a[t.NEURON]
    for k in range(first + 1, first + a[t.NEURONS]):
        if s.v[k] > s.v[best]:
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

    inputs: (ticks, channels), 0..4095. u_neurons, v_neurons: whose state goes into the columns of u_trace
    and v_trace, each (ticks, neurons recorded). Returns the next tick to execute, and how many spikes were
    written.
    """
    neurons = len(s.u)
    written = 0
    for tick in range(begin, len(inputs)):
        if written + neurons > len(spike_ticks):
            return tick, written
        spikes = _integrate(tables, s, tick)
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
            u_trace[tick, i] = s.u[u_neurons[i]]
        for i in range(len(v_neurons)):
            v_trace[tick, i] = s.v[v_neurons[i]]
    return len(inputs), written
