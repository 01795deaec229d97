"""How many integer units a volt is worth in one population: the choice that decides every error.

A larger scale resolves better, until a synaptic current could leave 24 bits, a weight its 8 bits and
exponent 7, or the threshold its 17 bits. Where there is a threshold the scale makes it a whole mantissa, so
that the threshold itself is exact. Among what is left the stated error is minimised: the root mean square,
over projections, of the weights' relative errors, plus the bias' error, plus what truncation toward zero can
move v and u by, as a share of the threshold.

A scale of the build before (`Scales`) is kept while it is safe and its stated error at most a tenth above the
best: then an edit changes the tables that it touches and no others (docs/decisions/007).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from mycoflux.compiler.current import most_in_a_tick
from mycoflux.compiler.intervals import summed
from mycoflux.compiler.strongest import Inputs, strongest
from mycoflux.errors import InvalidInput

Floats = NDArray[np.float64]

VTH_MAX = 131071
VTH_MIN = 16
WEIGHT_MAX = 255
WEIGHT_EXP_MAX = 7
BIAS_MANT_MAX = 4095
BIAS_EXP_MAX = 7
# Readings at which constant currents are to be right; primes, so that no scale suits all of them by chance.
_READINGS = (4093, 2731, 1531, QUARTER := 1021, 509)
_CANDIDATES = 512
_SAMPLES = 1024
# Rounding can only add to what the scale was computed for; this leaves room for it.
_MARGIN = 0.98
_KEPT = 1.1  # how far the error of a scale of the build before may be above the best


@dataclass(frozen=True)
class Scales:
    """Units of v a volt of each population of a build, for the next (`compile_circuit(before=...)`)."""

    units: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, float]:
        """As JSON-ready data, which holds every bit."""
        return dict(self.units)

    @classmethod
    def from_dict(cls, data: Any) -> Scales:
        """What `as_dict` gave.

        Raises:
            InvalidInput: it is something else.
        """
        sound = isinstance(data, Mapping) and all(
            isinstance(name, str)
            and isinstance(units, float | int)
            and not isinstance(units, bool)
            and 0 < units <= sys.float_info.max  # JSON knows whole numbers beyond that
            for name, units in data.items()
        )
        if not sound:
            raise InvalidInput(
                "these are no scales of a build",
                remedy="Give population names with numbers above 0, or build without them",
            )
        return cls({name: float(units) for name, units in data.items()})


@dataclass(frozen=True)
class Wish:
    """What is asked of a population's scale beyond its own numbers.

    before: units a volt in the build before; None for none. at_once: the share of a neuron's inputs that its
    currents must hold at once. reached_v: the largest |u| of each receptor that was measured, with its
    margin, in volts of v a tick; 0 for a receptor of which nothing is known.
    """

    before: float | None = None
    at_once: float = 1.0
    reached_v: tuple[float, ...] = ()

    def reached(self, receptor: int) -> float:
        """`reached_v` of one receptor; 0 where nothing is known."""
        return self.reached_v[receptor] if receptor < len(self.reached_v) else 0.0


@dataclass(frozen=True)
class Incoming:
    """Synapses of one sign onto one receptor of a population: what each adds, and to whom."""

    drives_v: Floats  # magnitudes, volts a tick in u: a spike's, a value of 1's, or a full reading's
    targets: NDArray[np.integer]
    sign: int
    graded: bool  # from a sensor of readings
    receptor: int = 0
    decay: int = arith.DECAY_ONE  # of the receptor's current, 1..4096
    peak: int = 1  # the largest value that a spike carries
    interval: int = 1  # ticks from a spike of a source to its next, at least
    both: bool = False  # whether what a spike carries may be below zero, too
    expected: float = 0.0  # spikes a tick of a source, in the mean
    source: str = ""
    sources: NDArray[np.integer] = field(default_factory=lambda: np.empty(0, np.int32))  # (n,), its neurons

    def acts(self, sign: int) -> bool:
        """Whether these synapses can drive their targets in the direction of `sign`."""
        return self.both or self.sign == sign


@dataclass(frozen=True)
class Drive:
    """What else decides a population's scale.

    biases_v: volts a tick, (1,) or (neurons,). reference_v: volts that errors are a share of: the
    threshold. decays: of u and v, 1..4096, 0 where nothing decays. input_shift: bits by which the model
    shifts what arrives. wish: what was asked of the scale.
    """

    biases_v: Floats
    reference_v: float
    decays: tuple[int, ...] = ()
    input_shift: int = arith.STATE_SHIFT
    wish: Wish = Wish()


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
    shift = int(_spike_shifts(np.array([most]))[0])
    return np.minimum(np.rint(drives / 2**shift), WEIGHT_MAX).astype(np.int64), shift


def _spike_shifts(most: Floats) -> NDArray[np.int64]:
    """The shifts with which the largest drives, `most`, are weights."""
    shifts = np.zeros(len(most), np.int64)
    while True:
        beyond = (np.rint(most / 2.0**shifts) > WEIGHT_MAX) & (shifts < WEIGHT_EXP_MAX)
        if not beyond.any():
            return shifts
        shifts += beyond


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


def cut_off(weights: NDArray[np.int64], shift: int, reading: int) -> Floats:
    """What a constant current of `reading` adds to `a`, scaled up to full scale: whole units each tick."""
    whole = (reading * weights) >> shift
    return np.asarray(whole * (arith.SENSOR_MAX / reading), dtype=np.float64)


def bias_parts(biases: Floats) -> tuple[NDArray[np.int64], int]:
    """Mantissas and their common exponent nearest to biases in units of v."""
    exponent = 0
    most = float(np.max(np.abs(biases), initial=0.0))
    while exponent < BIAS_EXP_MAX and round(most / 2**exponent) > BIAS_MANT_MAX:
        exponent += 1
    return np.rint(biases / 2**exponent).astype(np.int64), exponent


def largest_units(incoming: Sequence[Incoming], size: int, drive: Drive) -> float:
    """The most units a volt at which no current, weight or bias leaves its range; may be infinite."""
    limits = [math.inf]
    receptors = {part.receptor for part in incoming}
    for receptor in receptors:
        worst = max(_worst(incoming, receptor, sign, size, drive.wish.at_once) for sign in (1, -1))
        worst = min(worst, drive.wish.reached(receptor) or math.inf)
        if worst > 0:
            limits.append(_MARGIN * arith.U_LIMIT / worst)
        # Whatever is accepted, what arrives in one tick must leave room in 31 bits for what wraps of it.
        tick = max(_worst(incoming, receptor, sign, size, 1.0, in_a_tick=True) for sign in (1, -1))
        if tick > 0:
            decay = min(part.decay for part in incoming if part.receptor == receptor)
            limits.append(_MARGIN * most_in_a_tick(decay, len(receptors)) / tick)
    for part in incoming:
        most = float(part.drives_v.max(initial=0.0)) / 2**drive.input_shift
        if most > 0:
            limits.append(WEIGHT_MAX * (arith.SENSOR_MAX if part.graded else 2**WEIGHT_EXP_MAX) / most)
    bias_v = float(np.max(np.abs(drive.biases_v), initial=0.0))
    if bias_v:
        limits.append(BIAS_MANT_MAX * 2**BIAS_EXP_MAX / bias_v)
    return min(limits)


def _worst(
    incoming: Sequence[Incoming],
    receptor: int,
    sign: int,
    size: int,
    at_once: float,
    in_a_tick: bool = False,
) -> float:
    """The furthest that u of any neuron goes in the direction of `sign`, volts of v a tick.

    in_a_tick: only by what arrives in one.
    """
    acting = [part for part in incoming if part.receptor == receptor and part.acts(sign)]
    if at_once < 1:
        return strongest(
            [
                Inputs(p.source, p.sources, p.targets, p.drives_v * (p.peak * summed(p.decay, p.interval)))
                for p in acting
            ],
            at_once,
        )
    totals = np.zeros(size)
    for part in acting:
        most = part.peak * (1.0 if in_a_tick else summed(part.decay, part.interval))
        add(totals, part.targets, part.drives_v * most)
    return float(totals.max(initial=0.0))


def add(totals: Floats, targets: NDArray[np.integer], amounts: Floats) -> None:
    """totals[targets] += amounts, every one of them; in place."""
    if len(targets) * 4 < len(totals):
        np.add.at(totals, targets, amounts)  # no temporary as large as the population
    else:
        totals += np.bincount(targets, amounts, len(totals))


def best_units(
    incoming: Sequence[Incoming], candidates: Floats, drive: Drive, anchor_v: float = 0.0
) -> float:
    """The one of `candidates` (units a volt, ascending) with the smallest stated error (see the module).

    The scale of the build before, where there was one, if it is good enough and makes `anchor_v` whole.
    """
    samples = [_sample(part) for part in incoming if len(part.drives_v)]
    errors = _errors(candidates, samples, drive)
    before = drive.wish.before
    if before is not None and before <= candidates[-1] * (1 + 1e-12):
        whole = before * anchor_v / 64
        exact = abs(whole - round(whole)) <= 1e-9 * whole
        if exact and _errors(np.array([before]), samples, drive)[0] <= _KEPT * errors.min() + 1e-15:
            return before
    # Of equals, the largest: which of them is least in its last bit must not decide.
    equals = errors <= errors.min() * (1 + 1e-9) + 1e-15
    return float(candidates[np.flatnonzero(equals)[-1]])


def candidates(most: float, anchor_v: float = 0.0) -> Floats:
    """Scales up to `most` units a volt, at which `anchor_v` (a threshold) is a whole multiple of 64 units."""
    if not anchor_v:
        return np.geomspace(most / 64, most, _CANDIDATES)
    largest = most * anchor_v / 64 * (1 + 1e-12)  # what is whole but for its last bit is taken as whole
    mantissas = np.unique(np.geomspace(max(VTH_MIN, largest / 64), largest, _CANDIDATES).astype(int))
    return mantissas * (64 / anchor_v)


def _sample(part: Incoming) -> Incoming:
    distinct = np.unique(part.drives_v)
    if len(distinct) > _SAMPLES:
        distinct = distinct[np.linspace(0, len(distinct) - 1, _SAMPLES).astype(int)]
    return replace(part, drives_v=distinct, targets=np.empty(0, np.int64))


def _errors(candidates: Floats, samples: Sequence[Incoming], drive: Drive) -> Floats:
    """The stated error of each of `candidates`, units a volt."""
    squares = np.zeros(len(candidates))
    for part in samples:
        wanted = candidates[:, None] * part.drives_v / 2**drive.input_shift
        squares += _graded_squares(wanted) if part.graded else _spike_squares(wanted)
    errors = np.sqrt(squares / len(samples)) if samples else squares
    if np.any(drive.biases_v):
        errors += [_bias_error(drive.biases_v * units) for units in candidates]
    # A decay loses at most one unit a tick; over a time constant that sums to 4096 / decay units.
    lost = sum(arith.DECAY_ONE / decay for decay in drive.decays if decay)
    return np.asarray(errors + lost / (drive.reference_v * candidates))


def _spike_squares(wanted: Floats) -> Floats:
    """Of drives (candidates, drives) in units of `a`: the mean squares of relative errors, a row each."""
    steps = 2.0 ** _spike_shifts(wanted.max(axis=1))[:, None]
    got = np.minimum(np.rint(wanted / steps), WEIGHT_MAX) * steps
    return np.asarray(np.mean((got / wanted - 1) ** 2, axis=1))


def _graded_squares(wanted: Floats) -> Floats:
    rows = []
    for row in wanted:
        weights, shift = mantissas(row, graded=True)
        drives = np.stack([cut_off(weights, shift, reading) for reading in _READINGS])
        rows.append(float(np.mean((drives / row - 1) ** 2)))
    return np.array(rows)


def _bias_error(biases: Floats) -> float:
    got, exponent = bias_parts(biases)
    return float(np.max(np.abs(got * 2.0**exponent - biases)) / np.max(np.abs(biases)))
