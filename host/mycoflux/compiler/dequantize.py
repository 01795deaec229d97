"""Integer circuit -> float network: what the integers stand for, to be run in floats.

The difference between a circuit and its dequantized network is what quantization changed; the difference
between the dequantized network and the program is what rounding in every tick adds. Decoders stay the
author's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from myco import arith
from mycoflux.circuit import neurons as asked
from mycoflux.circuit.network import FloatNetwork, Synapses
from mycoflux.circuit.parts import Population, SensorPort
from mycoflux.circuit.ports import Rate
from mycoflux.compiler import quantize_neurons, scale
from mycoflux.compiler.flat import FlatCircuit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection, IntegerSensor
from mycoflux.compiler.membrane import membrane_factors, time_constant
from mycoflux.program import neurons as got

_STATE_ONE = float(1 << arith.STATE_SHIFT)  # units of v in one of vth or of `a`
_LEAST_V = 1e-12  # a threshold that became 0, which no float neuron can have


def dequantize(flat: FlatCircuit, integer: IntegerCircuit) -> FloatNetwork:
    """The network that `integer`, made of `flat` by `quantize`, stands for; ticks of the same length."""
    dt_s = flat.dt_s
    populations = {
        p.name: replace(p, neuron=_neuron(p, q, dt_s))
        for p, q in zip(flat.populations, integer.populations, strict=True)
    }
    units = {q.name: q for q in integer.populations}
    return FloatNetwork(
        flat.name,
        dt_s,
        tuple(populations.values()),
        tuple(_sensor(s, q, dt_s) for s, q in zip(flat.sensors, integer.sensors, strict=True)),
        tuple(_synapses(q, populations, units, dt_s) for q in integer.projections),
        flat.actuators,
    )


def _sensor(sensor: SensorPort, integer: IntegerSensor, dt_s: float) -> SensorPort:
    if not isinstance(sensor.encoder, Rate):
        return sensor
    return replace(sensor, encoder=Rate(integer.rate / 4096 / dt_s))


def _synapses(
    q: IntegerProjection,
    populations: dict[str, Population],
    integers: dict[str, IntegerPopulation],
    dt_s: float,
) -> Synapses:
    target = populations[q.target]
    gain = quantize_neurons.gains(target, dt_s)[q.receptor]
    unit_v = 1.0  # what a spike of value 1 stands for
    if q.source in populations and quantize_neurons.is_graded(populations[q.source].neuron):
        unit_v = integers[q.source].volts_per_unit
    drives = scale.got_drives(q.weights, q.shift, q.graded) * _volts_of_input(target, integers[q.target])
    return Synapses(
        q.name,
        q.source,
        q.target,
        q.sources.astype(np.int64),
        q.targets.astype(np.int64),
        q.sign * drives / ((gain.graded if q.graded else gain.spike) * unit_v),
        np.full(len(q.sources), (q.delay + 1) * dt_s),
        asked.receptor_names(target.neuron)[q.receptor],
    )


def _volts_of_input(target: Population, integer: IntegerPopulation) -> float:
    """What 1 of `a` adds to u: volts, or volts a second in Izhikevich's neuron."""
    if isinstance(target.neuron, asked.Izhikevich):
        return _STATE_ONE / quantize_neurons.IZHIKEVICH_UNITS
    if isinstance(target.neuron, asked.Graded):
        return integer.volts_per_unit
    return _STATE_ONE * integer.volts_per_unit


def _neuron(population: Population, integer: IntegerPopulation, dt_s: float) -> asked.Neuron:
    neuron = population.neuron
    if not isinstance(neuron, asked.Membrane):
        other: asked.Neuron = _OTHERS[type(neuron)](neuron, integer.neuron, integer.volts_per_unit, dt_s)
        return other
    n, unit_v = integer.neuron, integer.volts_per_unit
    further = n.receptor_du if isinstance(n, got.GeneralLif) else ()
    decays = integer.decays or tuple(float(du + 1) for du in (n.du, *further))
    taus = [time_constant(decay, dt_s) for decay in decays]
    leaky: Any = replace(
        neuron,
        tau_m_s=time_constant(n.dv, dt_s),
        tau_syn_s=taus[0],
        receptors=dict(zip(neuron.receptors, taus[1:], strict=True)),
    )
    mantissas = np.array(n.biases if isinstance(n, got.GeneralLif) and n.biases else (n.bias_mant,))
    biases_v = mantissas * 2.0**n.bias_exp * unit_v / membrane_factors(leaky, dt_s).bias_gain
    bias_v = float(biases_v[0]) if len(biases_v) == 1 else tuple(biases_v.tolist())
    fields = _FIELDS[type(neuron)](neuron, n, unit_v, dt_s)
    made: asked.Neuron = replace(leaky, bias_v=bias_v, **fields)
    return made


def _threshold(vth: int, unit_v: float) -> float:
    return max(vth * _STATE_ONE * unit_v, _LEAST_V)


def _lif(neuron: asked.LIF, n: got.Neuron, unit_v: float, dt_s: float) -> dict[str, Any]:
    fields: dict[str, Any] = {"threshold_v": _threshold(n.vth, unit_v)}
    if isinstance(n, got.GeneralLif):
        fields |= {"refractory_s": n.refractory * dt_s, "restart_every_s": n.interval * dt_s}
        if neuron.reset == "value":
            fields["reset_v"] = min(n.v_reset * unit_v, fields["threshold_v"])
    else:
        fields["reset_v"] = 0.0
    return fields


def _integrator(neuron: asked.LeakyIntegrator, n: got.Neuron, unit_v: float, dt_s: float) -> dict[str, Any]:
    return {"range_v": arith.V_LIMIT * unit_v}


def _adaptive(neuron: asked.AdaptiveLIF, n: got.Neuron, unit_v: float, dt_s: float) -> dict[str, Any]:
    assert isinstance(n, got.AdaptiveLif)
    return {
        "threshold_v": _threshold(n.vth, unit_v),
        "threshold_step_v": (n.theta_step << arith.STATE_SHIFT) * unit_v,
        "tau_threshold_s": time_constant(n.delta_theta, dt_s),
        "tau_refractory_s": time_constant(n.delta_r, dt_s),
    }


def _ternary(neuron: asked.TernaryLIF, n: got.Neuron, unit_v: float, dt_s: float) -> dict[str, Any]:
    assert isinstance(n, got.TernaryLif)
    return {
        "threshold_v": _threshold(n.vth, unit_v),
        "negative_threshold_v": _threshold(-n.vth_lo, unit_v),
    }


def _resonator(neuron: asked.ResonateAndFire, n: got.Neuron, unit_v: float, dt_s: float) -> asked.Neuron:
    assert isinstance(n, got.ResonateFire)
    left = math.hypot(n.cosine, n.sine) / arith.DECAY_ONE
    return replace(
        neuron,
        frequency_hz=math.atan2(n.sine, n.cosine) / (2 * math.pi * dt_s),
        tau_s=-dt_s / math.log(left) if left < 1 else math.inf,
        threshold_v=n.vth * unit_v,
    )


def _izhikevich(neuron: asked.Izhikevich, n: got.Neuron, unit_v: float, dt_s: float) -> asked.Neuron:
    assert isinstance(n, got.Izhikevich)
    a_second = quantize_neurons.IZHIKEVICH_UNITS  # units of a volt a second
    return replace(
        neuron,
        a_hz=n.a / arith.DECAY_ONE / dt_s,
        b_hz=n.b / arith.DECAY_ONE * 1000,
        reset_v=n.v_reset * unit_v,
        recovery_step_v_s=n.w_step / a_second,
        peak_v=n.peak * unit_v,
        bias_v_s=n.bias / a_second,
        tau_syn_s=time_constant(n.du + 1, dt_s),
    )


def _graded(neuron: asked.Graded, n: got.Neuron, unit_v: float, dt_s: float) -> asked.Neuron:
    return replace(neuron, threshold_v=n.vth * unit_v)


_FIELDS: dict[type, Callable[[Any, got.Neuron, float, float], dict[str, Any]]] = {
    asked.LIF: _lif,
    asked.LeakyIntegrator: _integrator,
    asked.AdaptiveLIF: _adaptive,
    asked.TernaryLIF: _ternary,
}
_OTHERS: dict[type, Callable[[Any, got.Neuron, float, float], asked.Neuron]] = {
    asked.ResonateAndFire: _resonator,
    asked.Izhikevich: _izhikevich,
    asked.Graded: _graded,
}
