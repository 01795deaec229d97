"""How a tick is solved, as far as more than one room must know it."""

from __future__ import annotations

import math


def current_gain(tau_m_s: float, tau_syn_s: float, dt_s: float) -> float:
    """Volts that v gains in a tick for each volt of u at its beginning (see `compiler.membrane`).

    `tau_s / (tau_s - tau_m) * (e^(-dt/tau_s) - e^(-dt/tau_m))`, and its limits; 1 for delta synapses.
    """
    if tau_syn_s == 0:
        return 1.0
    keep_u = math.exp(-dt_s / tau_syn_s)
    if tau_m_s == math.inf:
        return 1 - keep_u
    keep_v = math.exp(-dt_s / tau_m_s)
    if math.isclose(tau_syn_s, tau_m_s, rel_tol=1e-6):
        return dt_s / tau_m_s * keep_v
    return tau_syn_s / (tau_syn_s - tau_m_s) * (keep_u - keep_v)


def euler_steps(dt_s: float) -> int:
    """Euler steps of at most half a millisecond in a tick of Izhikevich's neuron."""
    return math.ceil(dt_s / 0.0005)
