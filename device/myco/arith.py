"""The fixed-point arithmetic of a program, written to be read; kernels inline it, tests hold them equal.

The integers are those of Loihi's current-based leaky integrate-and-fire neuron as lava-nc 0.10.0
executes it under the tag `fixed_pt` (`lava/proc/lif/models.py`). State and parameters are plain
integers; 24-bit state, 12-bit decays. See docs/semantics.md.
"""

STATE_SHIFT = 6  # a and vth are held 6 bits below u and v
DECAY_BITS = 12
DECAY_ONE = 4096  # a decay of 1, that is: gone after one tick
V_LIMIT = (1 << 23) - 1
U_LIMIT = 1 << 23
SENSOR_MAX = 4095  # full scale of a sensor reading and of a motor duty
TRACE_LIMIT = 1 << 30  # decoder traces stay below this, so that decay() stays in 31 bits
TRACE_ONE = 4096  # what one spike adds to a decoder's trace


def decay(x, d):
    """sign(x) * ((|x| * (4096 - d)) >> 12), that is x * (1 - d/4096) rounded toward zero.

    Exact for |x| < 2^30, and without an intermediate above 31 bits: with y = |x| and m = 4096 - d,
    (y * m) >> 12 == (y >> 12) * m + (((y & 4095) * m) >> 12).
    """
    m = 4096 - d
    if x < 0:
        return -(((-x >> 12) * m) + (((-x & 4095) * m) >> 12))
    return (x >> 12) * m + (((x & 4095) * m) >> 12)


def wrap24(x):
    """Wrap once around 24 bits: above 2^23 minus 2^24, at or below -2^23 plus 2^24."""
    if x > U_LIMIT:
        return x - (U_LIMIT << 1)
    if x <= -U_LIMIT:
        return x + (U_LIMIT << 1)
    return x


def clip_v(x):
    """Saturate a membrane potential at +-(2^23 - 1)."""
    if x > V_LIMIT:
        return V_LIMIT
    if x < -V_LIMIT:
        return -V_LIMIT
    return x
