"""Neuron nodes -> the circuit's neurons, and what one unit of input is worth in volts.

```
LIF      tau dv/dt = (v_leak - v) + R I            spike when v > v_threshold, then v = v_reset
CubaLIF  tau_syn dI/dt = -I + w_in S,  tau_mem dv/dt = (v_leak - v) + R I            likewise
IF       dv/dt = R I                               likewise
LI, CubaLI, I                                      the same without a threshold
Threshold   1 where its input > threshold          a LIF that forgets everything within a step
```

A spike is an input of 1 for one step. Volts count from v_leak on: it is what the circuit calls zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mycoflux.circuit.neurons import LIF, LeakyIntegrator
from mycoflux.circuit.nir.linear import spread
from mycoflux.circuit.nir.matrix import Floats
from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.circuit.nir.sizes import Shape
from mycoflux.circuit.nir.steps import Steps

INTEGRATORS = ("LI", "CubaLI", "I")
_FORGETS = 8.0  # time constants in a step: e^-8 is less than the smallest share of v that decays keep


@dataclass(frozen=True)
class Reading:
    """What NIR leaves open: how it is stepped, the unit of time, how neurons reset, how far `I` reaches."""

    steps: Steps
    time_unit_s: float = 1.0
    reset: str = "value"
    range_v: float | None = None


@dataclass(frozen=True, eq=False)
class Cell:
    """A neuron node in the circuit's terms.

    spike_v: volts of weight for an input of 1 in one step, one each. held_v: volts of bias for a constant
    input of 1, one each. leak_v: bias beyond that, one each.
    """

    neuron: LIF | LeakyIntegrator
    spike_v: Floats
    held_v: Floats
    leak_v: Floats


class CellMaker:
    """Makes cells; notes in `refusals` what has none."""

    def __init__(self, reading: Reading, refusals: Refusals) -> None:
        self._reading = reading
        self._refusals = refusals
        self._name = ""
        self._shape: Shape = ()
        self._node: Any = None

    def make(self, node: Any, name: str, shape: Shape) -> Cell | None:
        """The cell of a node of that shape; None where there is none."""
        self._node, self._name, self._shape = node, name, shape
        kind = type(node).__name__
        if kind == "Threshold":
            return self._threshold()
        if kind in ("I", "IF"):
            return self._without_leak(kind == "IF")
        return self._leaky(kind)

    # --- the models --------------------------------------------------------------------------------

    def _leaky(self, kind: str) -> Cell | None:
        current_based, spikes = kind.startswith("Cuba"), kind.endswith("F")
        steps = self._reading.steps
        tau_s = self._time("tau_mem" if current_based else "tau")
        if tau_s is None:
            return None
        if not steps.fits(tau_s):
            self._refuse(
                f"has a time constant of {tau_s:g} s, no longer than the step",
                "Shorten dt, or step exactly (method='exact')",
            )
            return None
        resistance = self._each("r")
        gain: float | None = steps.input_gain(tau_s)
        tau_syn_s: float | None = 0.0
        if current_based:
            resistance = resistance * self._each("w_in")
            tau_syn_s, gain = self._synapse(tau_s)
        if tau_syn_s is None or gain is None:
            return None
        tau_m_s, tau_syn_s = tidy(steps.to_circuit(tau_s)), tidy(tau_syn_s)
        if not spikes:
            leak = self._each("v_leak")
            even = np.allclose(leak, leak[0], rtol=1e-6, atol=0)
            leak_v = np.zeros(len(leak)) if even else leak
            integrator = LeakyIntegrator(tau_m_s=tau_m_s, tau_syn_s=tau_syn_s)
            return Cell(integrator, resistance * gain, resistance, leak_v)
        levels = self._levels(self._each("v_leak"))
        if levels is None:
            return None
        threshold_v, reset_v, leak_v = levels
        neuron = LIF(
            tau_m_s=tau_m_s,
            tau_syn_s=tau_syn_s,
            threshold_v=threshold_v,
            reset=self._reading.reset,
            reset_v=reset_v,
        )
        return Cell(neuron, resistance * gain, resistance, leak_v)

    def _synapse(self, tau_mem_s: float) -> tuple[float | None, float | None]:
        """The circuit's synaptic time constant, and its weight for w_in R S = 1; None where there is none."""
        steps = self._reading.steps
        tau_s = self._time("tau_syn", least=0.0)
        if tau_s is None:
            return None, None
        if tau_s == 0:  # the equation says I = w_in S
            return 0.0, steps.input_gain(tau_mem_s)
        if steps.method == "euler" and math.isclose(tau_s, steps.dt_s, rel_tol=1e-6):
            return 0.0, steps.input_gain(tau_mem_s)  # nothing of I is left after a step
        if not steps.fits(tau_s):
            self._refuse(
                f"has a synaptic time constant of {tau_s:g} s, shorter than the step",
                "Shorten dt, or step exactly (method='exact')",
            )
            return None, None
        return steps.to_circuit(tau_s), steps.synaptic_gain(tau_mem_s, tau_s)

    def _without_leak(self, spikes: bool) -> Cell | None:
        per_second = self._each("r") / self._reading.time_unit_s
        gain = self._reading.steps.dt_s
        nothing = np.zeros(len(per_second))
        if not spikes:
            range_v = self._reading.range_v
            if range_v is None or not 0 < range_v < math.inf:
                self._refuse(
                    "is an integrator without a leak: nothing bounds its v",
                    "Give range_v: the largest |v| that matters, as in import_nir(..., range_v=10.0)",
                )
                return None
            neuron = LeakyIntegrator(tau_m_s=math.inf, tau_syn_s=0.0, range_v=range_v)
            return Cell(neuron, per_second * gain, per_second, nothing)
        levels = self._levels(nothing)
        if levels is None:
            return None
        threshold_v, reset_v, _ = levels
        fires = LIF(
            tau_m_s=math.inf,
            tau_syn_s=0.0,
            threshold_v=threshold_v,
            reset=self._reading.reset,
            reset_v=reset_v,
        )
        return Cell(fires, per_second * gain, per_second, nothing)

    def _threshold(self) -> Cell | None:
        threshold_v = self._one("threshold", self._each("threshold"))
        if threshold_v is None:
            return None
        if threshold_v <= 0:
            self._refuse(f"has a threshold of {threshold_v:g}", "Only thresholds above zero can be met")
            return None
        tau_s = self._reading.steps.dt_s / _FORGETS
        neuron = LIF(tau_m_s=tau_s, tau_syn_s=0.0, threshold_v=threshold_v)
        each = np.ones(math.prod(self._shape))
        return Cell(neuron, each, each / -math.expm1(-_FORGETS), 0 * each)

    # --- their parameters --------------------------------------------------------------------------

    def _levels(self, leak: Floats) -> tuple[float, float, Floats] | None:
        """Threshold and reset in volts from zero on, and the bias that makes up for it (see module)."""
        threshold, reset = self._each("v_threshold"), self._each("v_reset")
        if self._reading.reset == "subtract" and (leak.any() or reset.any()):
            self._refuse(
                "has a v_leak or v_reset other than 0: what a reset by subtraction takes off is open then",
                "Use reset='value', or levels that count from 0",
            )
            return None
        zero, leak_v = leak, np.zeros(len(leak))
        if not (_even(threshold - leak) and _even(reset - leak)) and _even(threshold) and _even(reset):
            zero, leak_v = reset, leak - reset
        levels = self._one("v_threshold", threshold - zero), self._one("v_reset", reset - zero)
        if levels[0] is None or levels[1] is None:
            return None
        threshold_v, reset_v = levels[0], levels[1]
        if threshold_v <= 0 or reset_v > threshold_v:
            self._refuse(
                f"has a threshold {threshold_v:g} above and a reset {reset_v:g} above v_leak: it would fire "
                "without end",
                "Give v_threshold > v_leak and v_reset <= v_threshold",
            )
            return None
        return threshold_v, reset_v, leak_v

    def _each(self, what: str) -> Floats:
        try:
            values = np.asarray(getattr(self._node, what), np.float64)
        except (TypeError, ValueError):
            values = np.full(1, math.nan)
        if not values.size or not np.all(np.isfinite(values)):
            self._refuse(f"has a {what} that is not finite", "Give finite numbers")
            values = np.ones(1)
        return spread(values, self._shape, self._name, what, self._refusals)

    def _time(self, what: str, least: float = 1e-12) -> float | None:
        """A time constant in seconds."""
        value = self._one(what, self._each(what))
        if value is not None and value < least:
            self._refuse(f"has a {what} of {value:g}", "Give a time above zero")
            return None
        return None if value is None else value * self._reading.time_unit_s

    def _one(self, what: str, values: Floats) -> float | None:
        if not _even(values):
            self._refuse(
                f"has neurons that differ in {what} ({values.min():g} to {values.max():g})",
                "A population has one value for all: split the node into one for each value",
            )
            return None
        return tidy(float(values[0]))

    def _refuse(self, why: str, remedy: str) -> None:
        self._refusals.add(self._name, why, remedy)


def _even(values: Floats) -> bool:
    # Files hold float32, in which what was equal may differ in the last place.
    return bool(np.allclose(values, values[0], rtol=1e-6, atol=1e-9 * float(np.abs(values).max())))


def tidy(number: float) -> float:
    """`number` to 12 digits.

    So factors that cancel (exporters choose R = tau / dt) leave the author's own number, not its neighbour.
    """
    return float(f"{number:.12g}")


def tidied(numbers: Floats) -> Floats:
    """`tidy` of each."""
    values, where = np.unique(numbers, return_inverse=True)
    return np.array([tidy(float(v)) for v in values], np.float64)[where.reshape(-1)].reshape(numbers.shape)
