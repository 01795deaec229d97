"""Neuron models as an author writes them. The docstring of each is its equation."""

from __future__ import annotations

from dataclasses import dataclass

from mycoflux.circuit import checks


@dataclass(frozen=True, kw_only=True)
class LIF:
    """Current-based leaky integrate-and-fire neuron, reset to zero.

    ```
    tau_m dv/dt = -v + u + bias        spike when v > threshold, then v = 0
    tau_s du/dt = -u                   on a presynaptic spike: u = u + weight
    ```

    With `tau_syn_s = 0` a synapse is a delta pulse instead: on a presynaptic spike v = v + weight.

    Attributes:
        tau_m_s: membrane time constant, seconds, above 0.
        tau_syn_s: synaptic time constant, seconds; 0 for delta synapses.
        threshold_v: firing threshold in volts above rest, above 0.
        bias_v: constant drive in volts: what v would settle at without threshold and input.

    Raises:
        CircuitError: a parameter is not finite or out of its range.
    """

    tau_m_s: float = 0.020
    tau_syn_s: float = 0.005
    threshold_v: float = 0.015
    bias_v: float = 0.0

    def __post_init__(self) -> None:
        checks.positive(self.tau_m_s, "tau_m_s")
        checks.not_negative(self.tau_syn_s, "tau_syn_s")
        checks.positive(self.threshold_v, "threshold_v")
        checks.finite(self.bias_v, "bias_v")
