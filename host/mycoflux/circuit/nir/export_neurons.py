"""Populations -> neuron nodes: the inverse of `neurons`; R and w_in are such that weights stay."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mycoflux.circuit.neurons import LIF, LeakyIntegrator
from mycoflux.circuit.nir.library import nir
from mycoflux.circuit.nir.neurons import tidy
from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.circuit.nir.sizes import Shape
from mycoflux.circuit.nir.steps import Steps
from mycoflux.circuit.parts import Population


@dataclass(frozen=True)
class Exported:
    """A neuron node, and the volts of bias that a constant input of 1 amounts to."""

    node: Any
    held_v: float


def export_neuron(population: Population, shape: Shape, steps: Steps, refusals: Refusals) -> Exported | None:
    """The node for a population; what NIR has no node for goes to `refusals`."""
    neuron = population.neuron
    if not isinstance(neuron, LIF | LeakyIntegrator):
        _refuse(population, f"is of {type(neuron).__name__}", refusals)
        return None
    before = len(refusals)
    if neuron.receptors:
        _refuse(population, "has several receptors", refusals)
    if isinstance(neuron, LIF):
        for field, what in (
            ("refractory_s", "a refractory period"),
            ("restart_every_s", "a restart at an interval"),
        ):
            if getattr(neuron, field):
                _refuse(population, f"has {what}", refusals)
    elif neuron.range_v and neuron.tau_m_s != math.inf:
        _refuse(population, "has a range_v that holds v", refusals)
    if neuron.tau_m_s == math.inf and neuron.tau_syn_s:
        _refuse(population, "has a synaptic current without a leak", refusals)
    if len(refusals) > before:
        return None
    return _integrating(neuron, shape, steps) if neuron.tau_m_s == math.inf else _leaky(neuron, shape, steps)


def _integrating(neuron: LIF | LeakyIntegrator, shape: Shape, steps: Steps) -> Exported:
    per_second = tidy(1 / steps.dt_s)
    resistance = np.full(shape, per_second)
    if isinstance(neuron, LIF):
        return Exported(nir.IF(r=resistance, **_levels(neuron, shape)), per_second)
    return Exported(nir.I(r=resistance), per_second)


def _leaky(neuron: LIF | LeakyIntegrator, shape: Shape, steps: Steps) -> Exported:
    tau_s = tidy(steps.to_equation(neuron.tau_m_s))
    fields = {"v_leak": np.zeros(shape)}
    if isinstance(neuron, LIF):
        fields.update(_levels(neuron, shape))
    if neuron.tau_syn_s == 0:
        resistance = 1 / steps.input_gain(tau_s)
        kind = nir.LIF if isinstance(neuron, LIF) else nir.LI
        return Exported(kind(tau=np.full(shape, tau_s), r=np.full(shape, resistance), **fields), resistance)
    tau_syn_s = tidy(steps.to_equation(neuron.tau_syn_s))
    w_in = tau_syn_s / steps.dt_s
    resistance = 1 / (steps.synaptic_gain(tau_s, tau_syn_s) * w_in)
    kind = nir.CubaLIF if isinstance(neuron, LIF) else nir.CubaLI
    node = kind(
        tau_mem=np.full(shape, tau_s),
        tau_syn=np.full(shape, tau_syn_s),
        r=np.full(shape, resistance),
        w_in=np.full(shape, w_in),
        **fields,
    )
    return Exported(node, resistance * w_in)


def _levels(neuron: LIF, shape: Shape) -> dict[str, Any]:
    reset_v = 0.0 if neuron.reset == "subtract" else neuron.reset_v
    return {"v_threshold": np.full(shape, neuron.threshold_v), "v_reset": np.full(shape, reset_v)}


def _refuse(population: Population, why: str, refusals: Refusals) -> None:
    refusals.add(population.name, why, "NIR has LIF, IF and leaky integrators, with one receptor each")
