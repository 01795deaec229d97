"""Neuron models as brian2 code: the author's equations, one function a model.

Order of a tick, in brian2's slots (see `backend`): restart (start), what arrived is added to currents
(before_groups), state over dt (groups), delta pulses and refractoriness (before_thresholds), thresholds,
resets, synapses.
A spike is thereby seen at the end of its tick, and acts from the beginning of a later one, as in a program.

brian2's method `exact` solves the linear equations. It refuses those whose matrix has no inverse (no leak) or
complex eigenvalues (resonators); these have their closed-form step written out in `step`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mycoflux.backends.brian2.library import brian2 as b
from mycoflux.circuit import neurons
from mycoflux.circuit.exact import euler_steps
from mycoflux.circuit.parts import Population

_ALIKE = 1e-6  # time constants nearer than this share are pulled apart: equal ones have no inverse


@dataclass(frozen=True)
class Model:
    """What makes a brian2 NeuronGroup of a population; code per tick, empty where there is nothing to do.

    arrive: adds in_0, in_1, ... to currents and clears them. step: advances the state, where `equations` do
    not. settle: between step and threshold; adds the pulses of delta synapses. restart: every
    `restart_every_s` seconds, ahead of the tick.
    values: whether spikes carry one, in value_0 .. value_n (n ticks ago).
    """

    equations: str
    threshold: str
    reset: str = ""
    arrive: str = ""
    step: str = ""
    settle: str = ""
    restart: str = ""
    restart_every_s: float = 0.0
    namespace: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    values: int = 0


def model(population: Population, currents: frozenset[int], dt_s: float, values: int) -> Model:
    """The brian2 code of a population.

    Args:
        population: with the author's numbers. currents: receptors that constant currents drive; the group's
            namespace must hold `current_<r>(t, i)` for them, volts.
        currents: see above.
        dt_s: seconds.
        values: of how many earlier ticks the values of spikes are kept, for projections with delays.
    """
    neuron = population.neuron
    made = _MODELS[type(neuron)](neuron, population.size, currents, dt_s)
    inputs = len(neuron.taus_syn_s) if isinstance(neuron, neurons.Membrane) else 1
    lines = [made.equations, *(f"in_{r} : volt" for r in range(inputs))]
    lines += [f"i_{r} = current_{r}(t, i) : volt (constant over dt)" for r in sorted(currents)]
    if not isinstance(neuron, neurons.TernaryLIF | neurons.Graded):
        return replace(made, equations="\n".join(lines))
    lines += [f"value_{d} : 1" for d in range(values + 1)]
    shift = "\n".join(f"value_{d} = value_{d - 1}" for d in range(values, 0, -1))
    return replace(made, equations="\n".join(lines), settle=shift + "\n" + made.settle, values=values + 1)


def _add_currents(currents: frozenset[int], of: frozenset[int] | set[int]) -> str:
    return "".join(f" + i_{r}" for r in sorted(currents & of))


def _membrane(neuron: neurons.Membrane, size: int, currents: frozenset[int], dt_s: float) -> Model:
    """u and v of `Membrane`."""
    slow = {r: tau for r, tau in enumerate(neuron.taus_syn_s) if tau > 0}
    pulses = set(range(len(neuron.taus_syn_s))) - set(slow)
    leaks = neuron.tau_m_s != math.inf
    namespace: dict[str, Any] = {"tau_m": neuron.tau_m_s * b.second} if leaks else {}
    for r, tau in slow.items():
        alike = leaks and abs(tau / neuron.tau_m_s - 1) < _ALIKE
        namespace[f"tau_{r}"] = (neuron.tau_m_s * (1 + _ALIKE) if alike else tau) * b.second
    arrive = [line for r in slow for line in (f"u_{r} += in_{r}", f"in_{r} = 0*volt")]
    # The contract's delta synapse adds to v what is left of it at the end of the tick: all of it.
    settle = [line for r in pulses for line in (f"v += in_{r}", f"in_{r} = 0*volt")]
    restart = ["v = 0*volt", *(f"u_{r} = 0*volt" for r in slow)]
    bias = np.broadcast_to(np.array(neuron.biases_v), (size,))
    common = Model(
        "",
        "",
        arrive="\n".join(arrive),
        settle="\n".join(settle),
        restart="\n".join(restart),
        namespace=namespace,
        initial={"bias": bias * (b.volt if leaks else b.volt / b.second)},
    )
    if leaks:
        driven = "bias - v" + "".join(f" + u_{r}" for r in slow) + _add_currents(currents, pulses)
        lines = [f"dv/dt = ({driven}) / tau_m : volt", "bias : volt (constant)"]
        lines += [f"du_{r}/dt = (-u_{r}{_add_currents(currents, {r})}) / tau_{r} : volt" for r in slow]
        return replace(common, equations="\n".join(lines))
    lines = ["v : volt", "bias : volt/second (constant)", *(f"u_{r} : volt" for r in slow)]
    return replace(common, equations="\n".join(lines), step=_without_leak(set(slow), pulses, currents))


def _without_leak(slow: set[int], pulses: set[int], currents: frozenset[int]) -> str:
    """The solution over dt of dv/dt = bias + u / tau, tau du/dt = -u + i * tau; i in volts a second."""
    lines = ["v += bias * dt"]
    lines += [f"v += i_{r} * dt / second" for r in sorted(currents & pulses)]
    for r in sorted(slow):
        target = f"i_{r} * tau_{r} / second" if r in currents else "0*volt"
        lines += [
            f"aim_{r} = {target}",
            f"left_{r} = exp(-dt / tau_{r})",
            f"v += (u_{r} - aim_{r}) * (1 - left_{r}) + aim_{r} * dt / tau_{r}",
            f"u_{r} = aim_{r} + (u_{r} - aim_{r}) * left_{r}",
        ]
    return "\n".join(lines)


def _lif(neuron: neurons.LIF, size: int, currents: frozenset[int], dt_s: float) -> Model:
    made = _membrane(neuron, size, currents, dt_s)
    after = "v - threshold" if neuron.reset == "subtract" else "reset_v"
    made = replace(
        made,
        threshold="v > threshold",
        reset=f"v = {after}",
        restart_every_s=neuron.restart_every_s,
        namespace={
            **made.namespace,
            "threshold": neuron.threshold_v * b.volt,
            "reset_v": neuron.reset_v * b.volt,
        },
    )
    ticks = round(neuron.refractory_s / dt_s)
    return _with_refractory_ticks(made, ticks, after) if ticks else made


def _with_refractory_ticks(made: Model, ticks: int, after: str) -> Model:
    """After a spike v is put back to `after` for some ticks, at the end of each.

    brian2's own `(unless refractory)` drops what is added to v ahead of the step in the first tick that is
    free again: it learns of that only with the step.
    """
    return replace(
        made,
        equations=made.equations + "\nheld : integer\nfree : integer\nkept : volt",
        settle=made.settle
        + "\nfree = int(held == 0)\nv = v * free + kept * (1 - free)\nheld = held - 1 + free",
        threshold=made.threshold + " and free > 0",
        reset=f"kept = {after}\nv = kept\nheld = {ticks}",
        restart=made.restart + "\nheld = 0",
    )


def _integrator(neuron: neurons.LeakyIntegrator, size: int, currents: frozenset[int], dt_s: float) -> Model:
    made = _membrane(neuron, size, currents, dt_s)
    if not neuron.range_v:
        return made
    namespace = {**made.namespace, "range_v": neuron.range_v * b.volt}
    return replace(made, settle=made.settle + "\nv = clip(v, -range_v, range_v)", namespace=namespace)


def _adaptive(neuron: neurons.AdaptiveLIF, size: int, currents: frozenset[int], dt_s: float) -> Model:
    made = _membrane(neuron, size, currents, dt_s)
    lines = [made.equations]
    step = made.step
    if step:  # no leak: brian2 has nothing to solve in the group, so these are stepped with the rest
        lines += ["theta : volt", "r : volt"]
        step += "\ntheta = resting + (theta - resting) * exp(-dt / tau_theta)\nr *= exp(-dt / tau_r)"
    else:
        lines += ["dtheta/dt = (resting - theta) / tau_theta : volt", "dr/dt = -r / tau_r : volt"]
    return replace(
        made,
        equations="\n".join(lines),
        step=step,
        threshold="v - r >= theta",
        reset="r += 2 * theta\ntheta += raise_by",
        namespace={
            **made.namespace,
            "resting": neuron.threshold_v * b.volt,
            "raise_by": neuron.threshold_step_v * b.volt,
            "tau_theta": neuron.tau_threshold_s * b.second,
            "tau_r": neuron.tau_refractory_s * b.second,
        },
        initial={**made.initial, "theta": neuron.threshold_v * b.volt},
    )


def _ternary(neuron: neurons.TernaryLIF, size: int, currents: frozenset[int], dt_s: float) -> Model:
    made = _membrane(neuron, size, currents, dt_s)
    namespace = {
        **made.namespace,
        "high": neuron.threshold_v * b.volt,
        "low": -neuron.negative_threshold_v * b.volt,
    }
    settle = made.settle + "\nvalue_0 = int(v > high) - int(v < low)"
    return replace(made, settle=settle, threshold="value_0 != 0", reset="v = 0*volt", namespace=namespace)


def _resonator(neuron: neurons.ResonateAndFire, size: int, currents: frozenset[int], dt_s: float) -> Model:
    """z = x + iv. What arrives in a tick is added at its end, as in Lava's models."""
    step = [
        "before = v",
        "x_turned = left * (x * cosine - v * sine)" + _add_currents(currents, {0}),
        "v = left * (x * sine + v * cosine)",
        "x = x_turned + in_0",
        "in_0 = 0*volt",
    ]
    turn = 2 * math.pi * neuron.frequency_hz * dt_s
    return Model(
        "x : volt\nv : volt\nbefore : volt",
        threshold="v >= threshold" if neuron.resets else "x >= threshold and v >= 0*volt and before < 0*volt",
        reset="x = 0*volt\nv = threshold" if neuron.resets else "",
        step="\n".join(step),
        namespace={
            "left": math.exp(-dt_s / neuron.tau_s),
            "cosine": math.cos(turn),
            "sine": math.sin(turn),
            "threshold": neuron.threshold_v * b.volt,
        },
    )


def _izhikevich(neuron: neurons.Izhikevich, size: int, currents: frozenset[int], dt_s: float) -> Model:
    """Euler steps of at most half a millisecond, of v; one of w a tick; the drive's mean over the tick."""
    steps = euler_steps(dt_s)
    aim = "i_0" if 0 in currents else "0*volt"
    if neuron.tau_syn_s:
        drive = [
            f"mean = {aim} + (u - {aim}) * tau / dt * (1 - exp(-dt / tau))",
            f"u = {aim} + (u - {aim}) * exp(-dt / tau)",
        ]
    else:
        drive = [f"mean = u + {aim}", "u = 0*volt"]
    quadratic = "0.04 * (v / mV)**2 + 5 * v / mV + 140"
    step = f"v = clip(v + h * (({quadratic}) * volt/second - w + mean / second + bias), -128*mV, peak)"
    return Model(
        "v : volt\nw : volt/second\nu : volt",
        threshold="v >= peak",
        reset="v = reset_v\nw += raise_by",
        arrive="u += in_0\nin_0 = 0*volt",
        step="\n".join([*drive, *[step] * steps, "w += a * dt * (b_ * v - w)"]),
        namespace={
            "mV": b.mV,
            "h": dt_s / steps * b.second,
            "tau": neuron.tau_syn_s * b.second,
            "a": neuron.a_hz / b.second,
            "b_": neuron.b_hz / b.second,
            "peak": neuron.peak_v * b.volt,
            "reset_v": neuron.reset_v * b.volt,
            "raise_by": neuron.recovery_step_v_s * b.volt / b.second,
            "bias": neuron.bias_v_s * b.volt / b.second,
        },
        initial={
            "v": neuron.reset_v * b.volt,
            "w": neuron.b_hz * neuron.reset_v * b.volt / b.second,
        },
    )


def _graded(neuron: neurons.Graded, size: int, currents: frozenset[int], dt_s: float) -> Model:
    total = "in_0" + _add_currents(currents, {0})
    sent = "int(total > threshold)" if neuron.rectified else "int(abs(total) > threshold)"
    return Model(
        "v : volt",
        threshold="value_0 != 0",
        settle=f"total = {total}\nvalue_0 = total / volt * {sent}\nin_0 = 0*volt",
        namespace={"threshold": neuron.threshold_v * b.volt},
    )


_MODELS: dict[type, Callable[[Any, int, frozenset[int], float], Model]] = {
    neurons.LIF: _lif,
    neurons.LeakyIntegrator: _integrator,
    neurons.AdaptiveLIF: _adaptive,
    neurons.TernaryLIF: _ternary,
    neurons.ResonateAndFire: _resonator,
    neurons.Izhikevich: _izhikevich,
    neurons.Graded: _graded,
}
