"""How high a spike raises a membrane: what generators choose their weights by."""

from __future__ import annotations

import math

from mycoflux.circuit.neurons import Membrane


def peak(neuron: Membrane, tau_syn_s: float | None = None) -> float:
    """The largest v after one spike through a weight of 1 V, volts; at rest, without threshold.

    With `tau_m dv/dt = -v + u` and `u = e^(-t / tau_s)` that is at `t = ln(m / s) m s / (m - s)` (m, s for
    tau_m, tau_s), where `v = s / (s - m) (e^(-t/s) - e^(-t/m))`.

    Args:
        neuron: whose membrane it is.
        tau_syn_s: of the receptor; None for the first.
    """
    m, s = neuron.tau_m_s, neuron.tau_syn_s if tau_syn_s is None else tau_syn_s
    if s == 0 or m == math.inf:
        return 1.0
    if math.isclose(m, s, rel_tol=1e-6):
        return math.exp(-1)
    t = math.log(m / s) * m * s / (m - s)
    return s / (s - m) * (math.exp(-t / s) - math.exp(-t / m))
