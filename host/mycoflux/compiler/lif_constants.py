"""From an LIF neuron's differential equations to the factors of one exact tick.

Between two ticks `tau_m dv/dt = -v + u + bias`, `tau_s du/dt = -u` has the solution (Rotter and
Diesmann, "Exact digital simulation of time-invariant linear systems", Biol. Cybern. 81, 1999)

    u' = keep_u * u,   v' = keep_v * v + current_gain * u + (1 - keep_v) * bias

with u taken after this tick's input was added, which is the order of the integer contract.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from myco import arith
from mycoflux.circuit.neurons import LIF


@dataclass(frozen=True)
class LifConstants:
    """Factors of one tick, floats.

    keep_v, keep_u: what decay leaves. current_gain: volts of v a tick for each volt of u.
    du, dv: the nearest decays of the contract.
    """

    keep_v: float
    keep_u: float
    current_gain: float
    du: int
    dv: int

    @property
    def graded_gain(self) -> float:
        """What a constant current of 1 V adds to u (in volts of v) a tick, so that v settles at 1 V."""
        return (1 - self.keep_u) * (1 - self.keep_v)

    @property
    def bias_gain(self) -> float:
        """What a bias of 1 V adds to v a tick."""
        return 1 - self.keep_v


def lif_constants(neuron: LIF, dt_s: float) -> LifConstants:
    """The factors of one tick of `dt_s` seconds, and the decays that stand for them."""
    keep_v = math.exp(-dt_s / neuron.tau_m_s)
    dv = round(arith.DECAY_ONE * (1 - keep_v))
    if neuron.tau_syn_s == 0:
        return LifConstants(keep_v, 0.0, 1.0, arith.DECAY_ONE - 1, dv)
    keep_u = math.exp(-dt_s / neuron.tau_syn_s)
    if math.isclose(neuron.tau_syn_s, neuron.tau_m_s, rel_tol=1e-6):
        gain = dt_s / neuron.tau_m_s * keep_v
    else:
        gain = neuron.tau_syn_s / (neuron.tau_syn_s - neuron.tau_m_s) * (keep_u - keep_v)
    # The contract adds 1 to du: du + 1 is the decay.
    return LifConstants(keep_v, keep_u, gain, round(arith.DECAY_ONE * (1 - keep_u)) - 1, dv)


def time_constant(decay: int, dt_s: float) -> float:
    """The time constant, in seconds, that a decay of `decay`/4096 a tick stands for; 0 for all at once."""
    left = 1 - decay / arith.DECAY_ONE
    return 0.0 if left <= 0 else math.inf if left >= 1 else -dt_s / math.log(left)
