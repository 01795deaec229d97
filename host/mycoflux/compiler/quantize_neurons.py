"""Neuron models in integers: one function a model, each choosing the population's scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from myco import arith
from mycoflux.circuit import neurons as asked
from mycoflux.circuit.exact import euler_steps
from mycoflux.circuit.parts import Population
from mycoflux.compiler import quantize_membranes, scale
from mycoflux.compiler.integer import Asked
from mycoflux.compiler.membrane import membrane_factors, nearest_decay
from mycoflux.compiler.quantize_membranes import Fit, Task, as_integer
from mycoflux.compiler.representable import check_decays, check_membrane, check_synapse, check_threshold
from mycoflux.errors import QuantizeError
from mycoflux.program import neurons as got

_RESONATOR_ROOM = 8
_GRADED_MOST = 255  # of a value: what it reaches is 17 bits, so that 8 are left for the weight
IZHIKEVICH_UNITS = 4096  # a mV, and a mV/ms


@dataclass(frozen=True)
class Gain:
    """What reaches one receptor: volts in u a tick for each volt of weight, of a spike and of a constant
    current; and the decay of the current, 1..4096."""

    spike: float
    graded: float
    decay: int


def is_graded(neuron: asked.Neuron) -> bool:
    """Whether what the neuron sends carries a value in volts. (A ternary spike's is a plain +1 or -1.)"""
    return isinstance(neuron, asked.Graded)


def gains(population: Population, dt_s: float) -> tuple[Gain, ...]:
    """The gain of each receptor of a population.

    Raises:
        QuantizeError: a time constant has no decay of the contract near it.
    """
    neuron = population.neuron
    if isinstance(neuron, asked.Membrane):
        factors = membrane_factors(neuron, dt_s)
        check_decays(population, neuron, factors, dt_s)
        return tuple(Gain(r.current_gain, r.graded_gain, r.du + 1) for r in factors.receptors)
    if isinstance(neuron, asked.Izhikevich):
        if neuron.tau_syn_s == 0:
            return (Gain(1.0, 1.0, arith.DECAY_ONE),)
        keep = math.exp(-dt_s / neuron.tau_syn_s)
        check_synapse(population, "tau_syn_s", neuron.tau_syn_s, nearest_decay(keep), dt_s)
        # The slope is taken once a tick: the current's mean over it keeps the charge of a spike.
        return (Gain(neuron.tau_syn_s / dt_s * (1 - keep), 1 - keep, nearest_decay(keep)),)
    return (Gain(1.0, 1.0, arith.DECAY_ONE),)


def fit(task: Task) -> Fit:
    """The population in integers, with the scale that keeps the stated error smallest.

    Raises:
        QuantizeError: a parameter has no integer near it, or the inputs leave no room for a scale.
    """
    return _FITS[type(task.population.neuron)](task)


def _resonator(task: Task) -> Fit:
    population, dt_s, report, neuron = task.population, task.dt_s, task.report, task.population.neuron
    assert isinstance(neuron, asked.ResonateAndFire)
    if neuron.frequency_hz * dt_s >= 0.5:
        raise QuantizeError(
            f"population '{population.name}': {neuron.frequency_hz:g} Hz is half a turn a tick, or more",
            where=population.origin,
            remedy=f"At dt_s = {dt_s:g} give less than {0.5 / dt_s:g} Hz",
        )
    turn = 2 * math.pi * neuron.frequency_hz * dt_s
    left = math.exp(-dt_s / neuron.tau_s) * arith.DECAY_ONE
    cosine, sine = round(left * math.cos(turn)), round(left * math.sin(turn))
    got_left = math.hypot(cosine, sine) / arith.DECAY_ONE
    got_turn = math.atan2(sine, cosine)
    if neuron.tau_s != math.inf:
        decay = nearest_decay(left / arith.DECAY_ONE) if got_left else int(arith.DECAY_ONE)
        check_membrane(population, "tau_s", neuron.tau_s, decay, dt_s)
        report.append(Asked(population.name, "tau_s", "s", neuron.tau_s, -dt_s / math.log(got_left)))
    got_hz = got_turn / (2 * math.pi * dt_s)
    report.append(Asked(population.name, "frequency_hz", "Hz", neuron.frequency_hz, got_hz))
    drive = scale.Drive(np.zeros(1), neuron.threshold_v, wish=task.wish)
    most = min(
        scale.largest_units(task.incoming, population.size, drive),
        arith.V_LIMIT / _RESONATOR_ROOM / neuron.threshold_v,
    )
    check_threshold(population, most, neuron.threshold_v)
    units = scale.best_units(
        task.incoming, scale.candidates(most, neuron.threshold_v), drive, neuron.threshold_v
    )
    kind = got.ResonateReset if neuron.resets else got.ResonateFire
    vth = round(units * neuron.threshold_v)
    report.append(Asked(population.name, "threshold_v", "V", neuron.threshold_v, vth / units))
    integer = kind(vth=vth, cosine=cosine, sine=sine, exponent=arith.STATE_SHIFT)
    return Fit(as_integer(population, integer, units), units)


def _izhikevich(task: Task) -> Fit:
    population, dt_s, report, neuron = task.population, task.dt_s, task.report, task.population.neuron
    assert isinstance(neuron, asked.Izhikevich)
    units = IZHIKEVICH_UNITS
    drive = scale.Drive(np.array([neuron.bias_v_s]), 1.0, wish=task.wish)
    if scale.largest_units(task.incoming, population.size, drive) < units:
        raise QuantizeError(
            f"population '{population.name}': its inputs or its bias together are beyond 2,048 V/s",
            where=population.origin,
            remedy="Weaken the weights (volts a second a spike), shorten tau_syn_s, or lower bias_v_s",
        )
    steps = euler_steps(dt_s)
    step = round(dt_s / steps * 1000 * 4096)
    parameters = {
        "peak": _rounded(neuron.peak_v * 1000 * units),
        "v_reset": _rounded(neuron.reset_v * 1000 * units),
        "w_step": _rounded(neuron.recovery_step_v_s * units),
        "a": _rounded(neuron.a_hz * dt_s * 4096),
        "b": _rounded(neuron.b_hz / 1000 * 4096),
    }
    _check_izhikevich(population, parameters, steps, step)
    mantissas, exponent = scale.bias_parts(drive.biases_v * units)
    bias = int(mantissas[0])
    entries = (
        ("a_hz", "Hz", neuron.a_hz, parameters["a"] / 4096 / dt_s),
        ("b_hz", "Hz", neuron.b_hz, parameters["b"] / 4096 * 1000),
        ("peak_v", "V", neuron.peak_v, parameters["peak"] / units / 1000),
        ("reset_v", "V", neuron.reset_v, parameters["v_reset"] / units / 1000),
        ("recovery_step_v_s", "V/s", neuron.recovery_step_v_s, parameters["w_step"] / units),
        ("bias_v_s", "V/s", neuron.bias_v_s, (bias << exponent) / units),
        ("dt_s", "s", dt_s, steps * step / 4096 / 1000),
    )
    report.extend(Asked(population.name, *entry) for entry in entries)
    du = gains(population, dt_s)[0].decay - 1
    integer = got.Izhikevich(du=du, bias_mant=bias, bias_exp=exponent, step=step, steps=steps, **parameters)
    return Fit(as_integer(population, integer, units * 1000), units)


def _rounded(value: float) -> int:
    """The nearest integer; one far out of every range for what no float can hold."""
    return round(min(max(value, -1e18), 1e18))


def _check_izhikevich(population: Population, parameters: dict[str, int], steps: int, step: int) -> None:
    outside = [name for name in ("a", "b") if abs(parameters[name]) > arith.DECAY_ONE]
    if abs(parameters["w_step"]) > arith.V_LIMIT:
        outside.append("recovery_step_v_s")
    if outside or not step >= 1 or steps > 255:
        raise QuantizeError(
            f"population '{population.name}': {', '.join(outside) or 'dt_s'} is out of the integers' range",
            where=population.origin,
            remedy="Keep |a_hz| below 1 / dt_s, |b_hz| below 1000, recovery_step_v_s below 2048 and "
            "dt_s below 0.1",
        )


def _graded(task: Task) -> Fit:
    population, report, neuron = task.population, task.report, task.population.neuron
    assert isinstance(neuron, asked.Graded)
    totals = [np.zeros(population.size), np.zeros(population.size)]
    for part in task.incoming:
        for sign in (1, -1):
            if part.acts(sign):
                scale.add(totals[sign > 0], part.targets, part.drives_v * part.peak)
    worst = max(float(t.max()) for t in totals)
    drive = scale.Drive(np.zeros(1), worst or 1.0, input_shift=0, wish=scale.Wish(task.wish.before))
    most = min(
        scale.largest_units(task.incoming, population.size, drive), 0.98 * _GRADED_MOST / (worst or 1.0)
    )
    units = scale.best_units(task.incoming, scale.candidates(most), drive)
    vth = round(min(neuron.threshold_v * units, arith.V_LIMIT))
    report.append(Asked(population.name, "threshold_v", "V", neuron.threshold_v, vth / units))
    kind = got.Rectified if neuron.rectified else got.Graded
    return Fit(as_integer(population, kind(vth=vth), units), units, input_shift=0)


_Fitter = Callable[[Task], Fit]
_FITS: dict[type, _Fitter] = {
    asked.LIF: quantize_membranes.lif,
    asked.LeakyIntegrator: quantize_membranes.integrator,
    asked.AdaptiveLIF: quantize_membranes.adaptive,
    asked.TernaryLIF: quantize_membranes.ternary,
    asked.ResonateAndFire: _resonator,
    asked.Izhikevich: _izhikevich,
    asked.Graded: _graded,
}
