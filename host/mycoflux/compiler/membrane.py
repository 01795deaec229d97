"""From a leaky membrane's differential equations to the factors of one exact tick.

Between two ticks `tau_m dv/dt = -v + u + bias`, `tau_s du/dt = -u` has the solution (Rotter and
Diesmann, "Exact digital simulation of time-invariant linear systems", Biol. Cybern. 81, 1999)

    u' = keep_u * u,   v' = keep_v * v + current_gain * u + bias_gain * bias

with u taken after this tick's input was added, which is the order of the integer contract. Without a leak
(`dv/dt = u / tau_s + bias`) keep_v is 1, and the gains are the limits of the same integrals.

What lasts (a bias, a current from a sensor) is scaled by the decays as they are got, not as asked, so that v
settles where the author said: a decay of 20 / 4096 for an asked 20.4 would else bring a bias 2 % too high,
which moved the rates of a network that a bias drives by 6 % (docs/networks.md). A spike's share of v keeps
the exact gain, and with it the height of a postsynaptic potential; `truncation` then mends its charge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from myco import arith
from mycoflux.circuit.exact import current_gain
from mycoflux.circuit.neurons import Membrane


@dataclass(frozen=True)
class ReceptorFactors:
    """Factors of one tick of one receptor's current.

    keep_u: what decay leaves. current_gain: volts of v a tick for each volt of u. graded_gain: what a
    constant current of 1 V adds to u (in volts of v) a tick, so that v settles at 1 V (without a leak:
    rises by 1 V a second). du: the nearest decay of the contract.
    """

    keep_u: float
    current_gain: float
    graded_gain: float
    du: int


@dataclass(frozen=True)
class MembraneFactors:
    """Factors of one tick: what decay leaves of v, volts a volt of bias, the nearest decay, the receptors."""

    keep_v: float
    bias_gain: float
    dv: int
    receptors: tuple[ReceptorFactors, ...]


def membrane_factors(neuron: Membrane, dt_s: float) -> MembraneFactors:
    """The factors of one tick of `dt_s` seconds, and the decays that stand for them."""
    keep_v = math.exp(-dt_s / neuron.tau_m_s)
    dv = nearest_decay(keep_v)
    bias_gain = dt_s if neuron.tau_m_s == math.inf else dv / arith.DECAY_ONE
    receptors = tuple(_receptor(tau, neuron.tau_m_s, bias_gain, dt_s) for tau in neuron.taus_syn_s)
    return MembraneFactors(keep_v, bias_gain, dv, receptors)


def _receptor(tau_syn_s: float, tau_m_s: float, bias_gain: float, dt_s: float) -> ReceptorFactors:
    if tau_syn_s == 0:
        return ReceptorFactors(0.0, 1.0, bias_gain, arith.DECAY_ONE - 1)
    keep_u = math.exp(-dt_s / tau_syn_s)
    gain = current_gain(tau_m_s, tau_syn_s, dt_s)
    decay = nearest_decay(keep_u)
    # The contract adds 1 to du: du + 1 is the decay.
    return ReceptorFactors(keep_u, gain, decay / arith.DECAY_ONE * bias_gain, decay - 1)


def nearest_decay(keep: float) -> int:
    """The decay of the contract, 0..4096, that leaves most nearly the share `keep` a tick."""
    return round(int(arith.DECAY_ONE) * (1 - keep))


def time_constant(decay: float, dt_s: float) -> float:
    """The time constant, in seconds, that a decay of `decay`/4096 a tick stands for; 0 for all at once."""
    left = 1 - decay / arith.DECAY_ONE
    return 0.0 if left <= 0 else math.inf if left >= 1 else -dt_s / math.log(left)
