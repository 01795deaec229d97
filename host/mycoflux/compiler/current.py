"""How far a current goes that is driven in every tick: one that stays in its range, and one that wraps.

decay(x, d) is monotone in x, so no sequence of drives takes x' = decay(x, d) + drive further than the largest
drive in every tick. From zero it rises to its least fixpoint, the least x with
x - ((x * (4096 - d)) >> 12) = ceil(x * d / 4096) = D, that is

    x = 4096 (D - 1) // d + 1                      D = 64 a in every tick, d = du + 1

which is reached, so that this bound is exact.

wrap24 turns a current round *once*: what lies beyond 2^23 loses 2^24. A drive above 2^24 is therefore not all
taken away, and what is left adds up as before:

    |u| <= max(2^23, x(D - 2^24))

Before it wraps it is 2^24 further out, and v adds the currents of all receptors to itself: `most_in_a_tick`
keeps all of that within the 31 bits of a small integer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from myco import arith

Integers = NDArray[np.int64]

# Beyond every range that is asked about, and small enough for what is calculated with it to fit in 64 bits:
# values of graded populations whose ranges the author gave up multiply from one to the next.
BEYOND = 1 << 40
TURN = 1 << 24  # what wrap24 takes away
# Of all currents of a neuron together, or of what is added to a resonator: with a turn, with v and its bias,
# or with a resonator's turned state it is below 2^30.
LARGEST = (1 << 30) - 1 - TURN


def settled(drive: Any, decay: int) -> Integers:
    """What x' = decay(x, d) + drive rises to from zero, drive whole, 0 or more; 2^31 without decay."""
    drive = np.asarray(np.minimum(drive, BEYOND), np.int64)
    most = arith.DECAY_ONE * (drive - 1) // decay + 1 if decay else np.int64(1 << 31)
    return np.asarray(np.where(drive > 0, most, 0), np.int64)


def wrapped(drive: Any, decay: int, sign: int) -> Integers:
    """How far a current goes in the direction of `sign` where it may wrap, whichever way; a magnitude.

    drive: the most that a tick brings in that direction, 0 or more. 2^23 itself does not wrap, -2^23 does.
    """
    nearest = np.int64(arith.U_LIMIT - int(sign < 0))
    return np.asarray(np.maximum(settled(np.maximum(np.asarray(drive) - TURN, 0), decay), nearest))


def most_in_a_tick(decay: int, receptors: int = 1) -> int:
    """The largest drive of each of so many receptors at which nothing leaves 31 bits, wrap what may."""
    return TURN + (LARGEST // receptors) * decay // int(arith.DECAY_ONE)
