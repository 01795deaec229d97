"""What truncation toward zero takes from a current, and the decay that gives it back.

A decay that is truncated loses half a unit a tick on average on top of what it should, as long as the current
is not zero: small currents die early, and a spike brings less charge (the sum of u over its ticks) than
asked. A decay a little slower than asked makes up for it, and keeps the height of a postsynaptic potential as
well; stronger weights give the charge but overshoot the height (docs/quantizer.md has both).

The charge of a lone spike is found by running the integers of docs/semantics.md. Where spikes overlap they
share the loss: with r spikes a tick onto a neuron, each of which lives T ticks, u is not zero in a share
1 - exp(-r T) of the ticks (Poisson arrivals), so a spike loses (1 - exp(-r T)) / (r T) of what it loses
alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from myco import arith
from mycoflux.compiler.membrane import MembraneFactors
from mycoflux.compiler.scale import Floats, Incoming

_SAMPLES = 32
_ONE = int(arith.DECAY_ONE)
_GAIN_STEPS = 512  # a gain is in steps, so that a small edit of a circuit does not move its weights
_GAIN_MOST = 1.25  # a gain raises heights with charges
_GAIN_LEAST = 1 / 256  # half a step of an 8-bit weight: below it the weights are left alone
_ROUNDS = 3
_WHOLE = 1e-6  # a decay this near to a whole number was asked as that integer


@dataclass(frozen=True)
class Arrivals:
    """Spikes onto one receptor of a neuron.

    units: (n,) what they add to u, whole. counts: (n,) how many synapses add so much. rate: spikes a tick
    onto a neuron, in the mean.
    """

    units: Floats
    counts: Floats
    rate: float


def alone(units: Floats, decay: int) -> tuple[Floats, Floats]:
    """Charge (sum of u) of lone spikes of `units` (n,), whole, and the ticks for which they last."""
    u = units.astype(np.int64)
    charge, ticks = np.zeros(len(u), np.int64), np.zeros(len(u), np.int64)
    while u.any():
        charge += u
        ticks += u > 0
        u = (u * (_ONE - decay)) >> arith.DECAY_BITS
    return charge.astype(np.float64), ticks.astype(np.float64)


def effective(arrivals: Arrivals, decay: int) -> float:
    """The decay without truncation, in 1/4096, that would give the charge that `decay` gives with it."""
    charge, ticks = alone(arrivals.units, decay)
    asked = arrivals.units * (_ONE / decay)
    lost = np.average(asked - charge, weights=arrivals.counts)
    overlap = arrivals.rate * float(np.average(ticks, weights=arrivals.counts))
    lost *= -math.expm1(-overlap) / overlap if overlap else 1.0
    arrived = float(np.average(arrivals.units, weights=arrivals.counts))
    return _ONE * arrived / (arrived * _ONE / decay - float(lost))


def nearest(arrivals: Arrivals, asked: float) -> int:
    """The decay whose effect is nearest to that of `asked` (1/4096 a tick), half of it at least."""
    low, high = max(1, math.floor(asked / 2)), min(math.floor(asked) + 1, _ONE)
    while high - low > 1:  # a larger decay has a larger effect
        middle = (low + high) // 2
        if effective(arrivals, middle) <= asked:
            low = middle
        else:
            high = middle
    return min(low, high, key=lambda decay: abs(effective(arrivals, decay) - asked))


def arrivals_of(incoming: Sequence[Incoming], receptor: int, size: int, units: float) -> Arrivals | None:
    """What comes to one receptor of a population of `size` at `units` a volt; None where nothing is known.

    A constant current and a spike with a value have no charge of their own.
    """
    parts = [part for part in incoming if part.receptor == receptor and len(part.drives_v)]
    if not parts or any(part.graded or part.peak > 1 for part in parts):
        return None
    rate = sum(part.expected * len(part.drives_v) for part in parts) / size
    samples = [part.drives_v[:: -(-len(part.drives_v) // _SAMPLES)] for part in parts]
    # Those that spike often count more; where none does, all are alike.
    counts = [len(part.drives_v) * (part.expected if rate else 1.0) for part in parts]
    each = np.concatenate([np.full(len(s), n / len(s)) for s, n in zip(samples, counts, strict=True)])
    # Spikes add whole units of `a`, which is shifted.
    added = np.rint(np.concatenate(samples) * units / 2**arith.STATE_SHIFT) * 2**arith.STATE_SHIFT
    acting = (added > 0) & (each > 0)
    if not acting.any():
        return None
    distinct, which = np.unique(added[acting], return_inverse=True)
    totals = np.bincount(which, each[acting]).astype(np.float64)
    return _fewer(Arrivals(distinct, totals, _coarse(rate)))


def _fewer(arrivals: Arrivals) -> Arrivals:
    """At most a few of the values, spread over all of them; each stands for those around it."""
    groups = np.array_split(np.arange(len(arrivals.units)), min(len(arrivals.units), _SAMPLES))
    units = [arrivals.units[g[len(g) // 2]] for g in groups]
    return Arrivals(np.array(units), np.array([arrivals.counts[g].sum() for g in groups]), arrivals.rate)


def _coarse(rate: float) -> float:
    """To a power of two, so that a small edit of a circuit does not move its decays."""
    return 2.0 ** round(math.log2(rate)) if rate > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Made:
    """What makes up for truncation. gains: by what the drives of each receptor are multiplied.

    incoming: the synapses with the decays of `factors` and their drives multiplied.
    """

    factors: MembraneFactors
    incoming: tuple[Incoming, ...]
    gains: tuple[float, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Made) and (self.factors, self.gains) == (other.factors, other.gains)


def made_up(
    factors: MembraneFactors,
    taus_syn_s: Sequence[float],
    incoming: Sequence[Incoming],
    size: int,
    units: float,
) -> Made:
    """Decays and gains for `factors`, those of the nearest decays, at `units` a volt.

    A time constant whose decay is a whole number of 1/4096 asks for that integer (as circuits from Loihi do)
    and keeps it, as do delta pulses.
    """
    receptors, gains = list(factors.receptors), [1.0] * len(factors.receptors)
    for i, (receptor, tau_s) in enumerate(zip(receptors, taus_syn_s, strict=True)):
        asked = _ONE * (1 - receptor.keep_u)
        arrivals = arrivals_of(incoming, i, size, units) if tau_s else None
        if arrivals is not None and abs(asked - round(asked)) > _WHOLE:
            decay = nearest(arrivals, asked)
            receptors[i] = replace(receptor, du=decay - 1)
            gains[i] = _gain(incoming, i, size, units, decay, asked / _leak(factors))
    changed = []
    for part in incoming:
        gain = gains[part.receptor]
        drives_v = part.drives_v if gain == 1 else part.drives_v * gain
        changed.append(replace(part, decay=receptors[part.receptor].du + 1, drives_v=drives_v))
    given = tuple(gains) if any(gain != 1 for gain in gains) else ()
    return Made(replace(factors, receptors=tuple(receptors)), tuple(changed), given)


def _leak(factors: MembraneFactors) -> float:
    """The decay of v as got over that asked for: what the charge of v lacks where that of u is right."""
    return factors.dv / (_ONE * (1 - factors.keep_v)) if factors.dv else 1.0


def missing(plain: MembraneFactors, made: Made, size: int, units: float) -> float:
    """By which share the charge of spikes is off with what was made of `plain`; of the worst receptor."""
    worst = 0.0
    decays = effects(made.factors, made.incoming, size, units)
    for i, (receptor, decay) in enumerate(zip(plain.receptors, decays, strict=True)):
        asked = _ONE * (1 - receptor.keep_u) / _leak(plain)
        worst = max(worst, abs((made.gains[i] if made.gains else 1.0) * asked / decay - 1))
    return worst


def _gain(
    incoming: Sequence[Incoming], receptor: int, size: int, units: float, decay: int, asked: float
) -> float:
    """By what drives are multiplied so that spikes bring the charge of `asked` where the decay is `decay`."""
    gain = 1.0
    for _ in range(_ROUNDS):  # stronger spikes lose less
        arrivals = arrivals_of(incoming, receptor, size, units * gain)
        if arrivals is not None:
            gain = min(max(effective(arrivals, decay) / asked, 1 / _GAIN_MOST), _GAIN_MOST)
    return 1.0 if abs(gain - 1) < _GAIN_LEAST else round(gain * _GAIN_STEPS) / _GAIN_STEPS


def effects(
    factors: MembraneFactors, incoming: Sequence[Incoming], size: int, units: float
) -> tuple[float, ...]:
    """The decay without truncation that each receptor's is worth; itself where nothing is known."""
    found = []
    for i, receptor in enumerate(factors.receptors):
        decay = receptor.du + 1
        arrivals = arrivals_of(incoming, i, size, units) if decay < _ONE else None
        found.append(float(decay) if arrivals is None else effective(arrivals, decay))
    return tuple(found)
