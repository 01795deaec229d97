"""Neuron models as an author writes them. The docstring of each is its equation.

In all of them `u` is the current that synapses make, in volts of v, and `dt` is the circuit's tick. Every
parameter is checked when the neuron is made; CircuitError says what is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mycoflux.circuit import checks
from mycoflux.circuit.origin import origin
from mycoflux.errors import CircuitError

DEFAULT_RECEPTOR = ""


@dataclass(frozen=True, kw_only=True)
class Membrane:
    """What leaky neurons have in common.

    ```
    tau_m dv/dt = -v + u + u_1 + ... + bias
    tau_s du/dt = -u                 on a presynaptic spike: u = u + weight
    ```

    With `tau_syn_s = 0` a synapse is a delta pulse instead: on a presynaptic spike v = v + weight. With
    `tau_m_s = inf` nothing leaks: dv/dt = u / tau_s + bias, so that a spike raises v by its weight in the
    end, and the bias and constant currents are in volts a second.

    Attributes:
        tau_m_s: membrane time constant, seconds, above 0; may be infinite.
        tau_syn_s: synaptic time constant, seconds; 0 for delta synapses.
        bias_v: constant drive in volts, what v would settle at without threshold and input; one number
            for all neurons, or one each.
        receptors: further synaptic time constants by name, at most three; `connect(receptor=...)`
            chooses one.
    """

    tau_m_s: float = 0.020
    tau_syn_s: float = 0.005
    bias_v: float | Sequence[float] = 0.0
    receptors: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tau_m_s != math.inf:
            checks.positive(self.tau_m_s, "tau_m_s")
        checks.not_negative(self.tau_syn_s, "tau_syn_s")
        for bias in self.biases_v:
            checks.finite(bias, "bias_v")
        if len(self.receptors) > 3:
            raise CircuitError(
                f"a neuron has {len(self.receptors)} receptors besides its first",
                where=origin(),
                remedy="Three more is the most; use several populations",
            )
        for name, tau_s in self.receptors.items():
            checks.not_negative(tau_s, f"the time constant of receptor '{name}'")

    @property
    def biases_v(self) -> tuple[float, ...]:
        """The biases given: one, or one a neuron."""
        return tuple(self.bias_v) if isinstance(self.bias_v, Sequence) else (self.bias_v,)

    @property
    def taus_syn_s(self) -> tuple[float, ...]:
        """Synaptic time constants: the first receptor's, then those of `receptors`."""
        return (self.tau_syn_s, *self.receptors.values())


@dataclass(frozen=True, kw_only=True)
class LIF(Membrane):
    """Current-based leaky integrate-and-fire neuron: `Membrane`, and a spike when v > threshold.

    After a spike v = reset_v and is held there for refractory_s; with reset="subtract", v = v - threshold.

    Attributes:
        threshold_v: firing threshold in volts above rest, above 0.
        refractory_s: seconds, in whole ticks.
        reset: "value" or "subtract".
        reset_v: volts, at most the threshold.
        restart_every_s: u and v of all neurons go to zero this often, seconds; 0 for never.
    """

    threshold_v: float = 0.015
    refractory_s: float = 0.0
    reset: str = "value"
    reset_v: float = 0.0
    restart_every_s: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive(self.threshold_v, "threshold_v")
        checks.not_negative(self.refractory_s, "refractory_s")
        checks.not_negative(self.restart_every_s, "restart_every_s")
        checks.one_of(self.reset, ("value", "subtract"), "reset")
        if checks.finite(self.reset_v, "reset_v") > self.threshold_v:
            raise CircuitError(
                f"reset_v is {self.reset_v:g}, above the threshold of {self.threshold_v:g}",
                where=origin(),
                remedy="Give the threshold or less",
            )


@dataclass(frozen=True, kw_only=True)
class LeakyIntegrator(Membrane):
    """A readout: `Membrane` that never spikes; read v with `Potential` or `Strongest`.

    Attributes:
        range_v: v is held in -range_v..range_v, volts; 0 for as far as its inputs can drive it.
    """

    range_v: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.not_negative(self.range_v, "range_v")


@dataclass(frozen=True, kw_only=True)
class AdaptiveLIF(Membrane):
    """LIF with adaptive threshold and refractoriness (Lava's ATRLIF; Bellec et al. 2018 use the like).

    ```
    tau_theta dtheta/dt = threshold - theta     tau_r dr/dt = -r
    spike when v - r >= theta, then r = r + 2 theta, theta = theta + threshold_step; v goes on
    ```

    Attributes:
        threshold_v: resting threshold in volts, above 0.
        threshold_step_v: what a spike adds to the threshold, volts.
        tau_threshold_s: how fast the threshold forgets, seconds, above 0.
        tau_refractory_s: how fast the refractory state decays, seconds, above 0.
    """

    threshold_v: float = 0.015
    threshold_step_v: float = 0.002
    tau_threshold_s: float = 0.100
    tau_refractory_s: float = 0.005

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive(self.threshold_v, "threshold_v")
        checks.not_negative(self.threshold_step_v, "threshold_step_v")
        checks.positive(self.tau_threshold_s, "tau_threshold_s")
        checks.positive(self.tau_refractory_s, "tau_refractory_s")


@dataclass(frozen=True, kw_only=True)
class TernaryLIF(Membrane):
    """LIF with two thresholds: a spike of +1 when v > threshold, of -1 when v < -negative; then v = 0.

    A spike of -1 acts through a weight as one of +1 through its negative.

    Attributes:
        threshold_v: volts, above 0.
        negative_threshold_v: volts below rest, above 0.
    """

    threshold_v: float = 0.015
    negative_threshold_v: float = 0.015

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive(self.threshold_v, "threshold_v")
        checks.positive(self.negative_threshold_v, "negative_threshold_v")


@dataclass(frozen=True, kw_only=True)
class ResonateAndFire:
    """Resonate-and-fire neuron (Izhikevich, Neural Networks 14, 2001) in the form of Lava's RF and RF_IZ.

    ```
    dz/dt = (-1 / tau + 2 pi i frequency) z      on a presynaptic spike: Re z = Re z + weight
    ```

    It spikes when Im z rises through zero while Re z >= threshold; with `resets`, when Im z >= threshold,
    and then Re z = 0 and Im z is set just below the threshold.

    Attributes:
        frequency_hz: above 0, below half the tick rate.
        tau_s: decay, seconds, above 0; may be infinite.
        threshold_v: volts, above 0.
        resets: see above.
    """

    frequency_hz: float = 50.0
    tau_s: float = 0.050
    threshold_v: float = 0.015
    resets: bool = False

    def __post_init__(self) -> None:
        checks.positive(self.frequency_hz, "frequency_hz")
        if self.tau_s != math.inf:
            checks.positive(self.tau_s, "tau_s")
        checks.positive(self.threshold_v, "threshold_v")


@dataclass(frozen=True, kw_only=True)
class Izhikevich:
    """Izhikevich's quadratic neuron (IEEE Trans. Neural Networks 14, 2003), in SI units.

    ```
    dv/dt = 0.04 v^2 + 5 v + 140 - w + u + bias      (v in mV, slopes in mV/ms = V/s)
    dw/dt = a (b v - w)        tau_s du/dt = -u      on a presynaptic spike: u = u + weight
    spike when v >= peak, then v = reset, w = w + step
    ```

    solved by Euler steps of at most half a millisecond. A weight is in volts a second here: what one
    spike adds to the slope of v. v begins at reset_v, w at b * reset_v.

    Attributes:
        a_hz: rate of recovery (the paper's a, per second).
        b_hz: coupling of recovery to v (the paper's b, per second).
        reset_v: volts (the paper's c).
        recovery_step_v_s: what a spike adds to w, volts a second (the paper's d).
        peak_v: volts.
        bias_v_s: constant drive, volts a second (the paper's I).
        tau_syn_s: seconds; 0 for a drive that lasts one tick.
    """

    a_hz: float = 20.0
    b_hz: float = 200.0
    reset_v: float = -0.065
    recovery_step_v_s: float = 8.0
    peak_v: float = 0.030
    bias_v_s: float = 0.0
    tau_syn_s: float = 0.005

    def __post_init__(self) -> None:
        for name in ("a_hz", "b_hz", "reset_v", "recovery_step_v_s", "peak_v", "bias_v_s"):
            checks.finite(getattr(self, name), name)
        checks.not_negative(self.tau_syn_s, "tau_syn_s")
        if not -0.120 <= self.reset_v < self.peak_v <= 0.120:
            raise CircuitError(
                f"reset_v is {self.reset_v:g} and peak_v {self.peak_v:g}",
                where=origin(),
                remedy="Give -0.120 <= reset_v < peak_v <= 0.120",
            )


@dataclass(frozen=True, kw_only=True)
class Graded:
    """A relay of values (Lava's GradedVec): what arrives in a tick is sent on where |sum| > threshold.

    The sum of arriving weights (times values, from graded sources) is in volts; through a projection of
    weight w it acts like `sum / 1 V` spikes of that weight.

    Attributes:
        threshold_v: volts, 0 or more.
        rectified: only sums above the threshold are sent, none below minus it (Lava's GradedReluVec).
    """

    threshold_v: float = 0.0
    rectified: bool = False

    def __post_init__(self) -> None:
        checks.not_negative(self.threshold_v, "threshold_v")


Neuron = LIF | LeakyIntegrator | AdaptiveLIF | TernaryLIF | ResonateAndFire | Izhikevich | Graded


def receptor_names(neuron: Neuron) -> tuple[str, ...]:
    """The names of a neuron's receptors, in order; the first has none."""
    return (DEFAULT_RECEPTOR, *neuron.receptors) if isinstance(neuron, Membrane) else (DEFAULT_RECEPTOR,)
