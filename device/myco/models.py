"""Parameters that a neuron model has beyond a population's record: where they lie and what is sound.

A population's record names its block by offset / 4; `params` reads it. What the numbers do is in
`myco.neurons` and docs/semantics.md.
"""

import struct

from myco import layout

# ticks of refractoriness, kind of reset (RESET_*), value to reset to, offset of a table of i16 bias mantissas
# (0 for one mantissa for all), ticks between periodic resets (0 for none), offset in that period,
# du of the receptors 1..3
GENERAL_FORMAT = "<HHiIHHHHH"
RESET_TO_VALUE = 0
RESET_BY_SUBTRACTION = 1  # of the threshold
RESET_NEVER = 2  # never spikes: v saturates, a readout

# decay of the threshold and of the refractory state, what a spike adds to the threshold (mantissa)
ADAPTIVE_FORMAT = "<HHI"
# threshold of negative spikes (mantissa)
TERNARY_FORMAT = "<i"
# cosine and sine of the turn a tick, times what decay leaves, in 1/4096; exponent of the input
RESONATE_FORMAT = "<iiI"
# peak, v after a spike, what a spike adds to w, a and b in 1/4096, step in 1/4096 ms, steps a tick
IZHIKEVICH_FORMAT = "<iiiiiHH"

_FORMATS = {
    layout.MODEL_GENERAL_LIF: GENERAL_FORMAT,
    layout.MODEL_ADAPTIVE_LIF: ADAPTIVE_FORMAT,
    layout.MODEL_TERNARY_LIF: TERNARY_FORMAT,
    layout.MODEL_RESONATE_FIRE: RESONATE_FORMAT,
    layout.MODEL_RESONATE_RESET: RESONATE_FORMAT,
    layout.MODEL_IZHIKEVICH: IZHIKEVICH_FORMAT,
}


def params_size(model):
    """Bytes of a model's parameter block; 0 for none."""
    return struct.calcsize(_FORMATS[model]) if model in _FORMATS else 0


def params(image, record):
    """The fields of the parameter block of a population record; () for none."""
    model = record[9]
    if model not in _FORMATS:
        return ()
    return struct.unpack_from(_FORMATS[model], image, 4 * record[11])


def bias_table(image, record):
    """Offset of the population's table of bias mantissas, 0 for none."""
    return params(image, record)[3] if record[9] == layout.MODEL_GENERAL_LIF else 0


def extra_words(record, values):
    """Words of state a neuron has beyond u and v, given its population's record and parameters."""
    model = record[9]
    if model == layout.MODEL_GENERAL_LIF:
        return record[10] + (1 if values[0] else 0)
    if model == layout.MODEL_ADAPTIVE_LIF:
        return 2
    return 1 if model == layout.MODEL_IZHIKEVICH else 0


def is_graded(model):
    """Whether the model's spikes carry a value."""
    return model in (layout.MODEL_TERNARY_LIF, layout.MODEL_GRADED, layout.MODEL_RECTIFIED)


def start_izhikevich(record, values, s, extra):
    """The state before the first tick: v at its reset value, w in balance with it.

    Written out, beyond 31 bits, so that a board whose kernel has its own arithmetic need not hold `arith`.
    """
    reset, b = values[1], values[4]
    balance = abs(reset * b) >> 12
    if reset * b < 0:
        balance = -balance
    for i in range(record[1]):
        s.v[record[0] + i] = reset
        s.extra[extra + i] = balance


def sound(record, values):
    """Whether the parameters `values` of a population record are in their ranges."""
    model = record[9]
    threshold = record[4] << 6
    if model == layout.MODEL_GENERAL_LIF:
        _, kind, value, _, interval, offset, du1, du2, du3 = values
        return (
            kind <= RESET_NEVER
            and -0x7FFFFF <= value <= (threshold if kind == RESET_TO_VALUE else 0)
            and (offset < interval or offset == interval == 0)
            and max(du1, du2, du3) <= 4095
        )
    if model == layout.MODEL_ADAPTIVE_LIF:
        return values[0] <= 4096 and values[1] <= 4096 and values[2] <= 131071
    if model == layout.MODEL_TERNARY_LIF:
        return -131072 <= values[0] <= record[4]
    if model == layout.MODEL_IZHIKEVICH:
        peak, reset, step, a, b, h, steps = values
        return (
            -0x80000 <= reset <= peak <= 0x7FFFF
            and abs(step) <= 0x7FFFFF
            and abs(a) <= 4096
            and abs(b) <= 4096
            and h <= 4096
            and 1 <= steps <= 255
        )
    return max(abs(values[0]), abs(values[1])) <= 4096 and values[2] <= 7
