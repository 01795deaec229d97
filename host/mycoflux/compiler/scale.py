"""How many integer units a volt is worth in one population: the choice that decides every error.

The threshold mantissa is chosen first; the scale follows from it, so the threshold itself is exact.
A larger scale resolves better, until a synaptic current could leave 24 bits, a weight its 8 bits and
exponent 7, or the threshold its 17 bits. Among what is left the stated error is minimised: the root mean
square, over projections, of the weights' relative errors, plus the bias' error, plus what truncation
toward zero can move v and u by, as a share of the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout

Floats = NDArray[np.float64]

VTH_MAX = 131071
VTH_MIN = 16
WEIGHT_MAX = 255
WEIGHT_EXP_MAX = 7
BIAS_MANT_MAX = 4095
BIAS_EXP_MAX = 7
_CANDIDATES = 512
_SAMPLES = 1024
# Rounding can only add to what the scale was computed for; this leaves room for it.
_MARGIN = 0.98


@dataclass(frozen=True)
class Incoming:
    """Synapses of one sign onto a population: what each adds to v's units in volts, and to whom."""

    drives_v: Floats  # magnitudes, volts a tick in u
    targets: NDArray[np.int64]
    sign: int
    graded: bool


def mantissas(drives: Floats, graded: bool) -> tuple[NDArray[np.int64], int]:
    """8-bit weights and the shift for drives given in units of `a`; the shift that resolves best.

    Spikes add weight << shift; graded values add (reading * weight) >> shift.
    """
    most = float(drives.max(initial=0.0))
    if graded:
        per_reading = drives / arith.SENSOR_MAX
        shift = _fitting_shift(most / arith.SENSOR_MAX)
        weights = np.minimum(np.rint(per_reading * 2.0**shift), WEIGHT_MAX)
        return weights.astype(np.int64), shift
    shift = 0
    while shift < WEIGHT_EXP_MAX and round(most / 2**shift) > WEIGHT_MAX:
        shift += 1
    return np.minimum(np.rint(drives / 2**shift), WEIGHT_MAX).astype(np.int64), shift


def _fitting_shift(most_per_reading: float) -> int:
    shift = int(layout.SHIFT_MAX)
    while shift > 0 and round(most_per_reading * 2.0**shift) > WEIGHT_MAX:
        shift -= 1
    return shift


def got_drives(weights: NDArray[np.int64], shift: int, graded: bool) -> Floats:
    """What the integers add to `a`, as floats: at full scale where graded."""
    if graded:
        return np.asarray(weights * (arith.SENSOR_MAX / 2.0**shift), dtype=np.float64)
    return np.asarray(weights * 2.0**shift, dtype=np.float64)


def bias_parts(bias: float) -> tuple[int, int]:
    """Mantissa and exponent nearest to a bias in units of v."""
    exponent = 0
    while exponent < BIAS_EXP_MAX and abs(round(bias / 2**exponent)) > BIAS_MANT_MAX:
        exponent += 1
    return round(bias / 2**exponent), exponent


def largest_vth(
    incoming: Sequence[Incoming], size: int, threshold_v: float, bias_v: float, decay_u: int
) -> int:
    """The largest threshold mantissa at which nothing leaves its range.

    bias_v: what the bias adds to v a tick, volts. decay_u: 1..4096, the decay of u.
    """
    limits = [float(VTH_MAX)]
    per_vth = 64 / threshold_v  # units of v a volt, for a threshold mantissa of 1
    for sign in (1, -1):
        totals = np.zeros(size)
        for part in incoming:
            if part.sign == sign:
                np.add.at(totals, part.targets, part.drives_v)
        worst = float(totals.max(initial=0.0))
        if worst > 0:
            limits.append(_MARGIN * arith.U_LIMIT * decay_u / arith.DECAY_ONE / worst / per_vth)
    for part in incoming:
        most = float(part.drives_v.max(initial=0.0)) / 64
        if most > 0 and not part.graded:
            limits.append(WEIGHT_MAX * 2**WEIGHT_EXP_MAX / most / per_vth)
        elif most > 0:
            limits.append(WEIGHT_MAX * arith.SENSOR_MAX / most / per_vth)
    if bias_v:
        limits.append(BIAS_MANT_MAX * 2**BIAS_EXP_MAX / abs(bias_v) / per_vth)
    return int(min(limits))


def best_vth(
    incoming: Sequence[Incoming], largest: int, threshold_v: float, bias_v: float, du: int, dv: int
) -> int:
    """The threshold mantissa up to `largest` with the smallest stated error (see the module)."""
    samples = [_sample(part) for part in incoming if len(part.drives_v)]
    candidates = np.unique(np.geomspace(max(VTH_MIN, largest / 64), largest, _CANDIDATES).astype(int))
    errors = [_error(int(vth), samples, threshold_v, bias_v, du, dv) for vth in candidates]
    return int(candidates[int(np.argmin(errors))])


def _sample(part: Incoming) -> Incoming:
    distinct = np.unique(part.drives_v)
    if len(distinct) > _SAMPLES:
        distinct = distinct[np.linspace(0, len(distinct) - 1, _SAMPLES).astype(int)]
    return Incoming(distinct, np.empty(0, np.int64), part.sign, part.graded)


def _error(
    vth: int, samples: Sequence[Incoming], threshold_v: float, bias_v: float, du: int, dv: int
) -> float:
    units = 64 * vth / threshold_v
    squares = 0.0
    for part in samples:
        wanted = part.drives_v * units / 64
        weights, shift = mantissas(wanted, part.graded)
        relative = got_drives(weights, shift, part.graded) / wanted - 1
        squares += float(np.mean(relative**2))
    error = float(np.sqrt(squares / len(samples))) if samples else 0.0
    if bias_v:
        mantissa, exponent = bias_parts(bias_v * units)
        error += abs(mantissa * 2**exponent / (bias_v * units) - 1)
    # A decay loses at most one unit a tick; over a time constant that sums to 4096 / decay units.
    lost = arith.DECAY_ONE / (dv or 1) + arith.DECAY_ONE / (du + 1)
    return float(error + lost / (64 * vth))
