"""A program as arrays for the fast reference: what is fixed (`Tables`) and what changes (`State`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout, models
from mycoflux.backends.reference import fast_narrow
from mycoflux.backends.reference.fast_neurons import BLOCK
from mycoflux.program import neurons
from mycoflux.program.joined import by_kind
from mycoflux.program.types import Program

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Narrow = NDArray[np.int32]

# Columns of Tables.populations.
FIRST, SIZE, MODEL, DEPTH, RING, RECEPTORS, EXTRA, REFRACTORY, INTERVAL, OFFSET, BLOCKS, MARKS, BUSY = range(
    13
)
# Columns of Tables.factors; KEEP_U is the first of four, one a receptor.
KEEP_U, KEEP_V, THRESHOLD, RESET, SUBTRACT, LOW = 0, 4, 5, 6, 7, 8
# Columns of Tables.projections.
GROUP, TARGET, SOURCE, SOURCES, DELAY, RECEPTOR, SHIFT, SIGN, ROWS = range(9)
# Columns of Tables.actuators.
DECODER, NEURON, NEURONS, DECAY, BEFORE, GAIN, AFTER, CEILING, TRACE = range(9)


class Tables(NamedTuple):
    """What a program fixes. A row each of the columns named above, and flat synapse tables.

    graded: by source group, whether its spikes carry a value. Projection p's row starts are
    row_starts[ROWS : ROWS + SOURCES + 1], pointing into targets (int32) and weights (float64). narrow: by
    population, whether it is computed in 32-bit integers (fast_narrow), for which numbers, narrow_bias and
    narrow_weights (times 64) are factors, bias and weights.
    """

    populations: Integers
    factors: Floats
    params: Floats
    bias: Floats
    sleeps: NDArray[np.bool_]
    sensors: Integers
    projections: Integers
    graded: NDArray[np.bool_]
    row_starts: Integers
    targets: NDArray[np.int32]
    weights: Floats
    actuators: Integers
    narrow: NDArray[np.bool_]
    numbers: Integers
    narrow_bias: Narrow
    narrow_weights: Narrow


class State(NamedTuple):
    """Everything that a tick changes. `busy` and `marks` say which blocks of neurons are not quiescent.

    A narrow population lives in the 32-bit arrays and leaves its places in the others zero; so do others
    there. What is in both is their sum.
    """

    u: Floats
    v: Floats
    extra: Floats
    drive: Floats
    narrow_u: Narrow
    narrow_v: Narrow
    narrow_extra: Narrow
    narrow_drive: Narrow
    marks: NDArray[np.uint8]
    busy: NDArray[np.uint8]
    slots: Integers
    phases: Integers
    sigma: Integers
    traces: Integers
    outputs: Integers
    fired: NDArray[np.int32]
    payload: Floats
    segments: Integers
    total: Floats
    narrow_total: Narrow
    hit: NDArray[np.uint8]
    hit_words: NDArray[np.uint64]  # the same memory
    events: Integers  # (2,): neuron updates, synaptic events


def make_tables(program: Program) -> Tables:
    """The tables of a program."""
    populations = np.zeros((len(program.populations), 13), np.int64)
    factors = np.zeros((len(program.populations), 9))
    params = np.zeros((len(program.populations), 7))
    bias = np.zeros(program.neurons)
    sleeps = np.zeros(len(program.populations), np.bool_)
    extra = marks = busy = 0
    for i, p in enumerate(program.populations):
        n = p.neuron
        blocks = -(-p.size // BLOCK)
        general = n if isinstance(n, neurons.GeneralLif) else neurons.GeneralLif()
        row = (p.first, p.size, n.model, p.depth, p.ring_at, n.receptors, extra, general.refractory)
        populations[i] = (*row, general.interval, general.offset, blocks, marks, busy)
        factors[i], params[i] = _factors(n), _params(n)
        own = np.array(general.biases or [n.bias_mant], np.float64) * 2.0**n.bias_exp
        bias[p.first : p.first + p.size] = own
        sleeps[i] = isinstance(n, neurons.Lif | neurons.GeneralLif) and not own.any()
        extra += n.words * p.size
        marks += blocks * p.depth * n.receptors
        busy += blocks
    sensors = np.array([(s.encoder, s.first, s.size, s.rate) for s in program.sensors], np.int64)
    actuators = [
        (a.decoder, a.first, a.size, a.decay, a.before, a.gain, a.after, a.ceiling, a.trace_at)
        for a in program.actuators
    ]
    graded = [p.neuron.graded for p in program.populations]
    graded += [s.encoder == layout.ENCODE_CURRENT for s in program.sensors]
    group_rows, graded_groups, row_starts, targets, weights = _projections(program, graded)
    narrow = [fast_narrow.is_narrow(program, i) for i in range(len(program.populations))]
    return Tables(
        populations,
        factors,
        params,
        bias,
        sleeps,
        sensors.reshape(-1, 4),
        group_rows,
        graded_groups,
        row_starts,
        targets,
        weights,
        np.array(actuators, np.int64).reshape(-1, 9),
        np.array(narrow, np.bool_),
        np.array([_numbers(row) for row in factors], np.int64),
        bias.astype(np.int32),
        (weights * 2.0**arith.STATE_SHIFT).astype(np.int32),
    )


def _numbers(factors: Floats) -> list[int]:
    """A row of Tables.factors in integers: what decay leaves in 1/4096."""
    keeps = [round(float(keep) * arith.DECAY_ONE) for keep in factors[: KEEP_V + 1]]
    return [*keeps, fast_narrow.threshold(factors[THRESHOLD]), *(int(x) for x in factors[THRESHOLD + 1 :])]


def _factors(n: neurons.Neuron) -> list[float]:
    one = float(arith.DECAY_ONE)
    general = n if isinstance(n, neurons.GeneralLif) else neurons.GeneralLif()
    keep_u = [(one - du - 1) / one for du in (n.du, *general.receptor_du)]
    threshold = float(n.vth << arith.STATE_SHIFT)
    resonates = isinstance(n, neurons.ResonateFire | neurons.Graded | neurons.Rectified)
    if resonates:
        threshold = float(n.vth)
    if general.reset == models.RESET_NEVER:
        threshold = np.inf
    subtract = threshold if general.reset == models.RESET_BY_SUBTRACTION else -1.0
    low = float(n.vth_lo << arith.STATE_SHIFT) if isinstance(n, neurons.TernaryLif) else 0.0
    padded = (keep_u + [0.0] * 4)[:4]
    return [*padded, (one - n.dv) / one, threshold, float(general.v_reset), subtract, low]


def _params(n: neurons.Neuron) -> list[float]:
    one = float(arith.DECAY_ONE)
    values: list[float] = []
    if isinstance(n, neurons.AdaptiveLif):
        values = [1 - n.delta_theta / one, 1 - n.delta_r / one, float(n.theta_step << arith.STATE_SHIFT)]
    elif isinstance(n, neurons.ResonateFire):
        values = [n.cosine / one, n.sine / one, 2.0**n.exponent]
    elif isinstance(n, neurons.Izhikevich):
        values = [n.peak, n.v_reset, n.w_step, n.a / one, n.b / one, n.step / one, n.steps]
    return (values + [0.0] * 7)[:7]


def _projections(
    program: Program, graded: list[bool]
) -> tuple[Integers, NDArray[np.bool_], Integers, NDArray[np.int32], Floats]:
    """Projection rows, and all synapses one behind the other; tables of one kind are one projection here.

    Weights are signed, and shifted but where a sensor's reading comes between: (reading * weight) >> shift.
    """
    rows, starts, targets, weights = [], [], [], []
    starts_at = synapses_at = 0
    for p in by_kind(program.projections):
        reading = graded[p.group] and p.group >= len(program.populations)
        shift = p.shift if reading else 0
        rows.append((p.group, p.target, p.first, p.sources, p.delay, p.receptor, shift, p.sign, starts_at))
        starts.append(p.rows + synapses_at)
        targets.append(p.targets.astype(np.int32))
        weights.append(p.weights * (1.0 if reading else p.sign * 2.0**p.shift))
        starts_at += len(p.rows)
        synapses_at += p.synapses
    return (
        np.array(rows, np.int64).reshape(-1, 9),
        np.array(graded, np.bool_),
        np.concatenate([*starts, np.empty(0, np.int64)]).astype(np.int64),
        np.concatenate([*targets, np.empty(0, np.int32)]),
        np.concatenate([*weights, np.empty(0)]),
    )


def make_state(program: Program, tables: Tables) -> State:
    """The state before the first tick."""
    last = tables.populations[-1]
    hit = np.zeros(BLOCK, np.uint8)
    sources = program.neurons + program.channels
    v, extra = np.zeros(program.neurons), np.zeros(sum(p.size * p.neuron.words for p in program.populations))
    for p, extra_at in zip(program.populations, tables.populations[:, EXTRA], strict=True):
        if isinstance(p.neuron, neurons.Izhikevich):
            v[p.first : p.first + p.size] = p.neuron.v_reset
            start = np.trunc(p.neuron.v_reset * p.neuron.b / arith.DECAY_ONE)
            extra[extra_at : extra_at + p.size] = start
    return State(
        u=np.zeros(program.neurons),
        v=v,
        extra=extra,
        drive=np.zeros(program.accumulators),
        narrow_u=np.zeros(program.neurons, np.int32),
        narrow_v=np.zeros(program.neurons, np.int32),
        narrow_extra=np.zeros(len(extra), np.int32),
        narrow_drive=np.zeros(program.accumulators, np.int32),
        marks=np.zeros(int(last[MARKS] + last[BLOCKS] * last[DEPTH] * last[RECEPTORS]), np.uint8),
        busy=np.repeat(~tables.sleeps, tables.populations[:, BLOCKS]).astype(np.uint8),
        slots=np.zeros(len(tables.populations), np.int64),
        phases=np.zeros(len(tables.populations), np.int64),
        sigma=np.zeros(program.channels, np.int64),
        traces=np.zeros(program.traces, np.int64),
        outputs=np.zeros(len(program.actuators), np.int64),
        fired=np.zeros(sources, np.int32),
        payload=np.zeros(sources),
        segments=np.zeros(len(program.populations) + len(program.sensors) + 1, np.int64),
        total=np.zeros(BLOCK),
        narrow_total=np.zeros(BLOCK, np.int32),
        hit=hit,
        hit_words=hit.view(np.uint64),
        events=np.zeros(2, np.int64),
    )
