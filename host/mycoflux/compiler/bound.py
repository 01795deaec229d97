"""Proves that no accumulator of an integer circuit can leave its range, or says which one could.

`reach` says how far all inputs at once can drive it. The contract wraps u above 2^23, so u must stay below
that; v is clipped at +-(2^23 - 1), which is no error, but is reported where it can happen; so is a
resonator's state, but what a tick adds to it must stay below 2^23. A value that a graded spike carries is
bounded by what can arrive at its source, so graded populations are bounded in the order in which they feed
one another.

What is not proven is an error, unless the author accepted it (`Accept(at_once=...)`, or a scale from measured
activity): then the result says how many of its inputs a neuron needs at once to leave the range, and the
ranges are those of a u that wraps (`current`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from myco.neurons import IZHIKEVICH_LIMIT
from mycoflux.compiler.current import LARGEST, most_in_a_tick, settled, wrapped
from mycoflux.compiler.integer import IntegerActuator, IntegerCircuit, IntegerPopulation
from mycoflux.compiler.reach import Range, Reach, Sum, whole
from mycoflux.compiler.strongest import Amounts, Integers, Needs, allowed, needs
from mycoflux.errors import BoundError
from mycoflux.program.neurons import (
    GeneralLif,
    Graded,
    Izhikevich,
    Rectified,
    ResonateFire,
    TernaryLif,
)


@dataclass(frozen=True)
class Result:
    """What is known of one accumulator of a population: proven, or possible for so many inputs at once.

    accumulator: "a", "u", "v", of further receptors "a 1", "u 1" and so on, or "trace of 'actuator'".
    needs: None where it is proven to stay in its range.
    """

    accumulator: str
    needs: Needs | None = None

    @property
    def proven(self) -> bool:
        """Whether no input can make it leave its range."""
        return self.needs is None

    def __str__(self) -> str:
        if self.needs is None:
            return "proven"
        if not self.needs.inputs:
            return "possible: needs no input, its bias is enough"
        return f"possible: needs {self.needs.inputs:,} of {self.needs.of:,} inputs at once"


@dataclass(frozen=True)
class Bounds:
    """Inclusive ranges that a population's numbers never leave; of `a` and u, one a receptor.

    u, v: where u may wrap, of what it wraps to, too: all 24 bits of u, as a rule, and what they drive v to.
    results: of each accumulator. assuming: the sources whose `max_rate_hz` it rests on, which nothing
    enforces.
    """

    population: str
    a: tuple[Range, ...]
    u: tuple[Range, ...]
    v: Range
    v_may_clip: bool
    results: tuple[Result, ...] = ()
    assuming: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether nothing but v, which is clipped, can leave its range."""
        return all(result.proven for result in self.results if result.accumulator != "v")


_Found = tuple[tuple[Range, ...], Range, bool, list[Result]]  # u, v, whether v may be clipped, results
_Both = tuple[Amounts, Amounts]  # magnitudes (size,), of what is below zero and of what is above


@dataclass(frozen=True)
class _Current:
    """How far one receptor's u goes: unwrapped, cut off where it would wrap, and with all that wraps."""

    unwrapped: _Both
    reached: _Both
    needs: Needs | None  # what makes it wrap

    @property
    def range(self) -> Range:
        low, high = self.reached
        return -int(low.max()), int(high.max())


def bound(circuit: IntegerCircuit) -> tuple[Bounds, ...]:
    """The ranges of every population.

    Raises:
        BoundError: u of a population or a decoder's trace could leave its range; by how much, what to do.
    """
    reach = Reach(circuit)
    populations = {p.name: p for p in circuit.populations}
    traces: dict[str, list[Result]] = {name: [] for name in populations}
    for actuator in circuit.actuators:
        traces[actuator.source].append(_trace(actuator, populations[actuator.source].size))
    return tuple(_Population(reach, p).bounds(traces[p.name]) for p in circuit.populations)


class _Population:
    """One population's sums, and what they say."""

    def __init__(self, reach: Reach, population: IntegerPopulation) -> None:
        self._reach = reach
        self._p = population
        receptors = range(population.neuron.receptors)
        self._sides = [tuple(reach.side(population, r, sign) for sign in (-1, 1)) for r in receptors]
        self._a = tuple((-int(low.a.max()), int(high.a.max())) for low, high in self._sides)

    def bounds(self, traces: Sequence[Result]) -> Bounds:
        """Its ranges, with what is known of the traces that decode it."""
        neuron = self._p.neuron
        if isinstance(neuron, ResonateFire):
            u, v, clips, results = self._resonator(neuron)
        elif isinstance(neuron, Graded | Rectified):
            u, v, clips, results = ((0, 0),), (0, 0), False, [self._result("a", self._sums(0))]
        else:
            u, v, clips, results = self._leaky()
        vouched = self._reach.vouched(self._p)
        return Bounds(self._p.name, self._a, u, v, clips, (*results, *traces), vouched)

    def _sums(self, receptor: int, decay: int | None = None, shift: int = 0) -> list[Sum]:
        """What must stay in 24 bits: u must not wrap, which it does above 2^23 and at -2^23."""
        return [Sum(side, arith.U_LIMIT - int(side.sign < 0), decay, shift) for side in self._sides[receptor]]

    def _resonator(self, neuron: ResonateFire) -> _Found:
        """|z'| <= |z| * |turn| + 1 + |input|; both parts are clipped by the contract.

        The 1 is what rounding toward zero can add: of x c - y s and x s + y c, one has terms of one sign, and
        rounding makes it smaller; the other, a difference of two magnitudes, can grow by less than 1. At rest
        it is 1: a threshold of 0 sets the imaginary part to -1.
        """
        result = self._result("a", self._sums(0, shift=neuron.exponent))
        self._strict("a", 0, LARGEST >> neuron.exponent)
        low, high = self._a[0]
        turn = math.hypot(neuron.cosine, neuron.sine) / arith.DECAY_ONE
        most = max(-low, high) << neuron.exponent
        reaches = math.inf if turn >= 1 and most else (most + 1) / (1 - turn) if most else 1.0
        limit = int(min(reaches, arith.V_LIMIT))
        part = (-limit, limit)
        return (part,), part, reaches > arith.V_LIMIT, [result]

    def _leaky(self) -> _Found:
        neuron = self._p.neuron
        decays = [du + 1 for du in (neuron.du, *getattr(neuron, "receptor_du", ()))]
        driven = max(1, sum(any(side.acting for side in sides) for sides in self._sides))
        results, currents = [], []
        for r, decay in enumerate(decays):
            number = f" {r}" if r else ""
            sums = self._sums(r, decay)
            u = self._result(f"u{number}", sums)
            limit = most_in_a_tick(decay, driven) >> arith.STATE_SHIFT
            results += [self._strict(f"a{number}", r, limit), u]
            currents.append(_current(sums, decay, u.needs))
        ranges = tuple(current.range for current in currents)
        if isinstance(neuron, Izhikevich):
            return ranges, (-IZHIKEVICH_LIMIT, IZHIKEVICH_LIMIT), False, results
        v, left = self._potential(decays, currents)
        return ranges, v, left is not None, [*results, Result("v", left)]

    def _result(self, name: str, sums: Sequence[Sum]) -> Result:
        """What is known of a number that two sums drive; BoundError where the author does not accept it."""
        at_once = self._p.at_once
        left = [(s, n) for s in sums if (n := s.needs(at_once)) is not None]
        for s, n in left:
            if at_once and n.inputs <= allowed(at_once, n.of):
                raise self._error(s, n)
        return Result(name, min((n for _, n in left), key=lambda n: n.share, default=None))

    def _strict(self, name: str, receptor: int, limit: int) -> Result:
        """What a tick brings must leave room in 31 bits, whatever is accepted: executors differ beyond.

        limit: of `a`.
        """
        for side in self._sides[receptor]:
            most = int(side.a.max(initial=0))
            if most > limit:
                raise BoundError(
                    f"population '{self._p.name}': all its {'excitation' if side.sign > 0 else 'inhibition'} "
                    f"at once would bring {most:,} in a tick, {most / limit:.2f} times what a tick can sum",
                    where=self._p.origin,
                    remedy=f"Weaken its weights by {1 - limit / most:.0%}, or raise threshold_v; "
                    "Accept(at_once=...) does not reach that far",
                )
        return Result(name, None)

    def _error(self, s: Sum, n: Needs) -> BoundError:
        side, furthest = s.side, int(s.furthest.max())
        into = self._reach.into(self._p, side.receptor)
        strongest = max([p for p in into if p.sign == side.sign] or into, key=lambda p: int(p.drives.sum()))
        accepted = f", of which {self._p.at_once:.0%} are accepted," if self._p.at_once < 1 else ""
        return BoundError(
            f"population '{self._p.name}': all its {'excitation' if side.sign > 0 else 'inhibition'} at once "
            f"would drive u to {furthest:,}, {furthest / s.limit:.2f} times the 24-bit range; "
            f"{n.inputs:,} of the {n.of:,} inputs of its neuron {n.neuron}{accepted} are enough to leave it; "
            f"most comes through '{strongest.name}'",
            where=self._p.origin,
            remedy=f"Weaken its weights by {1 - s.limit / furthest:.0%}, shorten tau_syn_s, raise "
            "threshold_v, or say with Accept(at_once=...) how many spike at once at most",
        )

    def _potential(self, decays: Sequence[int], currents: Sequence[_Current]) -> tuple[Range, Needs | None]:
        """v's range, and how many inputs bring it to its clip.

        Where only a u that has wrapped does, it takes at least the inputs that make it wrap.
        """
        neuron = self._p.neuron
        if isinstance(neuron, TernaryLif):
            thresholds = neuron.vth_lo << arith.STATE_SHIFT, neuron.vth << arith.STATE_SHIFT
            return (min(thresholds[0], 0), max(thresholds[1], 0)), None
        low, high = self._settled([c.reached for c in currents])
        bottom = -int(low.max())
        top = int(high.max())
        beyond = [x > arith.V_LIMIT for x in self._settled([c.unwrapped for c in currents])]
        left = [self._clip(0, decays, beyond[0])]
        clips = np.any((low > arith.V_LIMIT) & ~beyond[0])
        if neuron.resets:
            top = min(top, neuron.vth << arith.STATE_SHIFT)
        else:
            left.append(self._clip(1, decays, beyond[1]))
            clips = clips or np.any((high > arith.V_LIMIT) & ~beyond[1])
        if isinstance(neuron, GeneralLif):
            bottom = min(bottom, neuron.v_reset)
        if clips:  # only what has wrapped does
            left += [c.needs for c in currents]
        v = max(bottom, -arith.V_LIMIT), min(top, arith.V_LIMIT)
        return v, min((n for n in left if n is not None), key=lambda n: n.share, default=None)

    @property
    def _biases(self) -> Integers:
        neuron = self._p.neuron
        mantissas = np.array(getattr(neuron, "biases", ()) or (neuron.bias_mant,), np.int64)
        return np.broadcast_to(mantissas << neuron.bias_exp, (self._p.size,))

    def _settled(self, currents: Sequence[_Both]) -> _Both:
        """How far these currents, a pair a receptor, and the bias drive v."""
        down, up = (np.sum([current[i] for current in currents], axis=0) for i in (0, 1))
        low, high = np.maximum(down - self._biases, 0), np.maximum(up + self._biases, 0)
        return settled(low, self._p.neuron.dv), settled(high, self._p.neuron.dv)

    def _clip(self, direction: int, decays: Sequence[int], only: NDArray[np.bool_]) -> Needs | None:
        """How many inputs, through all receptors, bring v to its clip; none of them where the bias does.

        only: neurons (size,) whose v gets there.
        """
        if not only.any():
            return None
        sides, dv, biases = [s[direction] for s in self._sides], self._p.neuron.dv, self._biases

        def leaves(totals: Amounts, neurons: Integers) -> NDArray[np.bool_]:
            drive = np.maximum(whole(totals) + sides[0].sign * biases[neurons], 0)
            return np.asarray(settled(drive, dv) > arith.V_LIMIT)

        alone = only & leaves(np.zeros(len(only)), np.arange(len(only)))
        if alone.any():
            return Needs(0, 0, int(np.flatnonzero(alone)[0]))
        inputs = [i for s, decay in zip(sides, decays, strict=True) for i in s.settling(decay, only)]
        return needs(inputs, leaves, 0.0)


def _current(sums: Sequence[Sum], decay: int, found: Needs | None) -> _Current:
    """A receptor's current. sums: what drives it down, and up. found: what makes it wrap."""
    unwrapped = [np.minimum(s.furthest, s.limit) for s in sums]
    wraps = np.logical_or.reduce([s.furthest > s.limit for s in sums])
    low, high = (
        np.where(wraps, wrapped(s.side.a << arith.STATE_SHIFT, decay, s.side.sign), x)
        for s, x in zip(sums, unwrapped, strict=True)
    )
    return _Current((unwrapped[0], unwrapped[1]), (low, high), found)


def _trace(actuator: IntegerActuator, size: int) -> Result:
    """Of a decoder: with all that it counts in every tick its trace must stay below 2^30.

    A share at once cannot be accepted here: a board checks the same of an image, and knows no rates.
    """
    name = f"trace of '{actuator.name}'"
    if actuator.decoder in (layout.DECODE_POTENTIAL, layout.DECODE_STRONGEST):
        return Result(name)  # they keep none
    counted = 1 if actuator.decoder == layout.DECODE_WINNER else size  # a trace of one neuron, or of all
    most = -(-arith.TRACE_ONE * arith.DECAY_ONE // actuator.decay) * counted
    if most >= arith.TRACE_LIMIT:
        enough = math.ceil(arith.TRACE_LIMIT * actuator.decay / (arith.TRACE_ONE * arith.DECAY_ONE))
        raise BoundError(
            f"actuator '{actuator.name}': if all {size} neurons spiked every tick its trace would reach "
            f"{most / arith.TRACE_LIMIT:.2f} times its range; {enough} of them are enough",
            where=actuator.origin,
            remedy="Decode fewer neurons, or shorten tau_s",
        )
    return Result(name)
