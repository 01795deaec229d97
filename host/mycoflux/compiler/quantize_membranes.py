"""Leaky neurons in integers: LIF, leaky integrator, adaptive and ternary LIF."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from myco import arith, models
from mycoflux.circuit import neurons as asked
from mycoflux.circuit.parts import Population
from mycoflux.compiler import scale, truncation
from mycoflux.compiler.integer import Asked, IntegerPopulation
from mycoflux.compiler.membrane import MembraneFactors, membrane_factors, nearest_decay, time_constant
from mycoflux.compiler.representable import check_membrane, check_threshold
from mycoflux.errors import QuantizeError
from mycoflux.program import neurons as got

# A spike of an adaptive neuron does not bring v down, so v needs room above the threshold.
_ADAPTIVE_ROOM = 16
_ROUNDS = 2  # of scale and what makes up for truncation, each of which depends on the other
_NEAR = 0.15  # how far a scale may be from that for which this was made


@dataclass(frozen=True)
class Task:
    """A population to be quantized: what comes to it, what is asked of its scale, and where to report."""

    population: Population
    incoming: Sequence[scale.Incoming]
    dt_s: float
    wish: scale.Wish
    report: list[Asked]


@dataclass(frozen=True)
class Fit:
    """A population in integers: units of input a volt of drive, and by how many bits inputs are shifted.

    gains: by what the drives of each receptor are multiplied; empty for nothing.
    """

    population: IntegerPopulation
    units: float
    input_shift: int = arith.STATE_SHIFT
    gains: tuple[float, ...] = ()


def as_integer(
    population: Population, neuron: got.Neuron, units: float, decays: tuple[float, ...] = ()
) -> IntegerPopulation:
    """The population in integers, `units` of v a volt; decays: what those of its currents are worth."""
    return IntegerPopulation(
        population.name, population.size, neuron, 1 / units, population.origin, decays=decays
    )


@dataclass(frozen=True)
class _Fitted:
    """What leaky neurons have in common: units a volt, fields, what the decays of currents are worth."""

    units: float
    fields: dict[str, Any]
    decays: tuple[float, ...]
    gains: tuple[float, ...]

    def of(self, population: Population, neuron: got.Neuron) -> Fit:
        """The population with these neurons."""
        integer = as_integer(population, neuron, self.units, self.decays)
        return Fit(integer, self.units, gains=self.gains)


def lif(task: Task) -> Fit:
    """LIF, plain where nothing asks for more."""
    population, dt_s, report, neuron = task.population, task.dt_s, task.report, task.population.neuron
    assert isinstance(neuron, asked.LIF)
    limits = [64 * scale.VTH_MAX / neuron.threshold_v]
    if neuron.reset_v:
        limits.append(arith.V_LIMIT / abs(neuron.reset_v))
    fitted = _membrane(task, neuron.threshold_v, lambda _: limits)
    units, common = fitted.units, fitted.fields
    refractory = _ticks(population, "refractory_s", neuron.refractory_s, dt_s, report)
    interval = _ticks(population, "restart_every_s", neuron.restart_every_s, dt_s, report)
    subtracts = neuron.reset == "subtract"
    v_reset = 0 if subtracts else min(round(neuron.reset_v * units), common["vth"] << arith.STATE_SHIFT)
    if neuron.reset_v and not subtracts:
        report.append(Asked(population.name, "reset_v", "V", neuron.reset_v, v_reset / units))
    integer: got.Neuron
    if refractory or interval or subtracts or v_reset or "receptor_du" in common or "biases" in common:
        integer = got.GeneralLif(
            refractory=refractory,
            reset=models.RESET_BY_SUBTRACTION if subtracts else models.RESET_TO_VALUE,
            v_reset=v_reset,
            interval=interval,
            offset=1 % interval if interval else 0,
            **common,
        )
    else:
        integer = got.Lif(**common)
    return fitted.of(population, integer)


def integrator(task: Task) -> Fit:
    """Leaky integrator: a LIF that never spikes."""
    population, neuron = task.population, task.population.neuron
    assert isinstance(neuron, asked.LeakyIntegrator)

    def limits(incoming: Sequence[scale.Incoming]) -> list[float]:
        return [arith.V_LIMIT / (neuron.range_v or _reach(population, incoming, task.dt_s))]

    fitted = _membrane(task, 0.0, limits)
    fields = fitted.fields | {"vth": scale.VTH_MAX}
    return fitted.of(population, got.GeneralLif(reset=models.RESET_NEVER, **fields))


def _reach(population: Population, incoming: Sequence[scale.Incoming], dt_s: float) -> float:
    """The furthest that all inputs of one sign at once can drive v, volts; some number where nothing does."""
    neuron = population.neuron
    assert isinstance(neuron, asked.Membrane)
    factors = membrane_factors(neuron, dt_s)
    if factors.dv == 0:
        raise QuantizeError(
            f"population '{population.name}': nothing leaks, so nothing bounds its v",
            where=population.origin,
            remedy="Give range_v: the largest |v| that matters, in volts",
        )
    furthest = 0.0
    for sign in (1, -1):
        totals = np.maximum(sign * np.broadcast_to(neuron.biases_v, (population.size,)), 0.0)
        totals = totals * factors.bias_gain
        for part in incoming:
            if part.acts(sign):
                settled = part.drives_v * part.peak * arith.DECAY_ONE / part.decay
                scale.add(totals, part.targets, settled)
        furthest = max(furthest, float(totals.max()) * arith.DECAY_ONE / factors.dv)
    return furthest / 0.98 or 1.0


def adaptive(task: Task) -> Fit:
    """Adaptive LIF."""
    population, dt_s, report, neuron = task.population, task.dt_s, task.report, task.population.neuron
    assert isinstance(neuron, asked.AdaptiveLIF)
    limits = [arith.V_LIMIT / _ADAPTIVE_ROOM / neuron.threshold_v]
    if neuron.threshold_step_v:
        limits.append(64 * scale.VTH_MAX / neuron.threshold_step_v)
    fitted = _membrane(task, neuron.threshold_v, lambda _: limits)
    units = fitted.units
    step = round(neuron.threshold_step_v * units / 64)
    report.append(Asked(population.name, "threshold_step_v", "V", neuron.threshold_step_v, 64 * step / units))
    decays = {}
    for name in ("tau_threshold_s", "tau_refractory_s"):
        tau_s = getattr(neuron, name)
        decays[name] = nearest_decay(math.exp(-dt_s / tau_s))
        check_membrane(population, name, tau_s, decays[name], dt_s)
        report.append(Asked(population.name, name, "s", tau_s, time_constant(decays[name], dt_s)))
    integer = got.AdaptiveLif(
        delta_theta=decays["tau_threshold_s"],
        delta_r=decays["tau_refractory_s"],
        theta_step=step,
        **_plain_only(population, fitted.fields),
    )
    return fitted.of(population, integer)


def ternary(task: Task) -> Fit:
    """Ternary LIF."""
    population, report, neuron = task.population, task.report, task.population.neuron
    assert isinstance(neuron, asked.TernaryLIF)
    limits = [64 * scale.VTH_MAX / max(neuron.threshold_v, neuron.negative_threshold_v)]
    fitted = _membrane(task, neuron.threshold_v, lambda _: limits)
    units = fitted.units
    low = round(neuron.negative_threshold_v * units / 64)
    negative = neuron.negative_threshold_v
    report.append(Asked(population.name, "negative_threshold_v", "V", negative, 64 * low / units))
    integer = got.TernaryLif(vth_lo=-low, **_plain_only(population, fitted.fields))
    return fitted.of(population, integer)


_Limits = Callable[[Sequence[scale.Incoming]], list[float]]


def _membrane(task: Task, threshold_v: float, limits: _Limits) -> _Fitted:
    """What every leaky neuron has; limits: of units a volt, by the model.

    threshold_v: 0 for a neuron without one.
    """
    population, incoming, dt_s, neuron = task.population, task.incoming, task.dt_s, task.population.neuron
    assert isinstance(neuron, asked.Membrane)
    plain = membrane_factors(neuron, dt_s)
    biases_v = _biases(population, neuron) * plain.bias_gain
    nothing = made = truncation.Made(plain, tuple(incoming))
    first = units = _units(population, made, threshold_v, limits(incoming), biases_v, task.wish)
    for _ in range(_ROUNDS):
        again = truncation.made_up(plain, neuron.taus_syn_s, incoming, population.size, units)
        if again == made:
            break
        made = again
        units = _units(population, made, threshold_v, limits(made.incoming), biases_v, task.wish, near=units)
    # Slower decays leave less room: where that costs more than they bring, nothing is made up for.
    if truncation.missing(plain, made, population.size, units) > truncation.missing(
        plain, nothing, population.size, first
    ):
        made, units = nothing, first
    factors = made.factors
    decays = truncation.effects(factors, made.incoming, population.size, units)
    mantissas, exponent = scale.bias_parts(biases_v * units)
    common: dict[str, Any] = {
        "du": factors.receptors[0].du,
        "dv": factors.dv,
        "vth": round(units * threshold_v / 64),
        "bias_mant": int(mantissas[0]) if len(mantissas) == 1 else 0,
        "bias_exp": exponent,
    }
    if len(mantissas) > 1:
        common["biases"] = tuple(int(m) for m in mantissas)
    if len(factors.receptors) > 1:
        common["receptor_du"] = tuple(r.du for r in factors.receptors[1:])
    got_biases_v = np.asarray(mantissas * 2.0**exponent / units / factors.bias_gain, dtype=np.float64)
    task.report.extend(_membrane_entries(population, neuron, (plain, made), decays, got_biases_v, dt_s))
    if threshold_v:
        task.report.append(
            Asked(population.name, "threshold_v", "V", threshold_v, 64 * common["vth"] / units)
        )
    return _Fitted(units, common, () if made is nothing else decays, made.gains)


def _units(
    population: Population,
    made: truncation.Made,
    threshold_v: float,
    limits: Sequence[float],
    biases_v: scale.Floats,
    wish: scale.Wish,
    near: float = 0.0,
) -> float:
    """Units of v a volt; QuantizeError where the inputs leave no room for a scale.

    near: units for which `made` was made; others are chosen only where they must be.
    """
    factors, incoming = made.factors, made.incoming
    decays = (factors.dv, *(r.du + 1 for r in factors.receptors))
    drive = scale.Drive(biases_v, threshold_v or arith.V_LIMIT / limits[0], decays, wish=wish)
    most = min(scale.largest_units(incoming, population.size, drive), *limits)
    check_threshold(population, most, threshold_v)
    found = scale.candidates(most, threshold_v)
    close = found[np.abs(found - near) <= _NEAR * near]
    return scale.best_units(incoming, close if len(close) else found, drive, threshold_v)


def _biases(population: Population, neuron: asked.Membrane) -> scale.Floats:
    biases_v = np.array(neuron.biases_v, dtype=np.float64)
    if len(biases_v) not in (1, population.size):
        raise QuantizeError(
            f"population '{population.name}': bias_v has {len(biases_v)} values, for "
            f"{population.size} neurons",
            where=population.origin,
            remedy="Give one number for all, or one for each neuron",
        )
    return biases_v[:1] if np.all(biases_v == biases_v[0]) else biases_v


def _membrane_entries(
    population: Population,
    neuron: asked.Membrane,
    factors: tuple[MembraneFactors, truncation.Made],
    effects: Sequence[float],
    got_biases_v: scale.Floats,
    dt_s: float,
) -> Iterator[Asked]:
    """factors: those of the nearest decays, and what was made of them. effects: what the latter are worth."""
    name = population.name
    plain, chosen, gains = factors[0], factors[1].factors, factors[1].gains
    if neuron.tau_m_s != math.inf:
        yield Asked(name, "tau_m_s", "s", neuron.tau_m_s, time_constant(chosen.dv, dt_s))
    labels = ("tau_syn_s", *(f"receptor {r}" for r in neuron.receptors))
    for i, (label, tau_s) in enumerate(zip(labels, neuron.taus_syn_s, strict=True)):
        nearest, decay = plain.receptors[i].du + 1, chosen.receptors[i].du + 1
        made = [f"decay {decay} for {nearest}"] if decay != nearest else []
        made += [f"weights times {gains[i]:.5g}"] if gains and gains[i] != 1 else []
        note = f"{', '.join(made)}: for the charge of a spike" if made else ""
        yield Asked(name, label, "s", tau_s, time_constant(effects[i], dt_s), note)
    wanted = np.array(neuron.biases_v)[: len(got_biases_v)]
    worst = int(np.argmax(np.abs(got_biases_v - wanted)))
    yield Asked(name, "bias_v", "V", float(wanted[worst]), float(got_biases_v[worst]))


def _plain_only(population: Population, common: dict[str, Any]) -> dict[str, Any]:
    """The fields, where the model has neither receptors nor a bias for each neuron."""
    for key, what, instead in (
        ("receptor_du", "further receptors", "a population for each time constant"),
        ("biases", "a bias for each neuron", "a population for each bias"),
    ):
        if key in common:
            raise QuantizeError(
                f"population '{population.name}': {type(population.neuron).__name__} has no {what}",
                where=population.origin,
                remedy=f"Use {instead}, or LIF",
            )
    return common


def _ticks(population: Population, name: str, asked_s: float, dt_s: float, report: list[Asked]) -> int:
    if asked_s == 0:
        return 0
    ticks = round(asked_s / dt_s)
    if not 1 <= ticks <= 0xFFFF:
        raise QuantizeError(
            f"population '{population.name}': {name} = {asked_s:g} s is {asked_s / dt_s:g} ticks",
            where=population.origin,
            remedy=f"Give 0, or {dt_s:g} to {0xFFFF * dt_s:g} s",
        )
    report.append(Asked(population.name, name, "s", asked_s, ticks * dt_s))
    return ticks
