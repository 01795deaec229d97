"""A cortex-like random network that keeps itself going: the current-based network of Vogels and Abbott.

T. P. Vogels and L. F. Abbott, "Signal propagation and logic gating in networks of integrate-and-fire
neurons", J. Neurosci. 25 (2005), in the form of benchmark 2 of Brette et al., J. Comput. Neurosci. 23 (2007),
with the numbers of brian2's example `CUBA.py`. Potentials here are relative to the reset: its -60 mV (reset),
-50 mV (threshold) and -49 mV (rest) are 0, 10 and a bias of 11 mV.

The network is started by `stimulus`: Poisson spikes into random neurons for 50 ms. (brian2's example draws
potentials at random instead; a circuit of ours begins at zero.)
"""

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit import LIF, Circuit, Random, Spike


class Cuba(Circuit):
    """3,200 excitatory and 800 inhibitory neurons, each pair joined with a probability of 2 %."""

    dt_s = 0.0001
    seed = 1
    excitatory = 3200
    inhibitory = 800
    probability = 0.02
    weight_exc_v = 60 * 0.27e-3 / 10  # brian2's: 60 * 0.27 / 10 mV
    weight_inh_v = -20 * 4.5e-3 / 10  # brian2's: -20 * 4.5 / 10 mV
    tau_exc_s = 0.005
    tau_inh_s = 0.010  # where it is tau_exc_s, both share one receptor
    refractory_s = 0.005
    start_channels = 100
    start_probability = 0.05

    def build(self) -> None:
        inh = "inh" if self.tau_inh_s != self.tau_exc_s else ""
        neuron = LIF(
            tau_m_s=0.020,
            tau_syn_s=self.tau_exc_s,
            receptors={inh: self.tau_inh_s} if inh else {},
            threshold_v=0.010,
            bias_v=0.011,
            refractory_s=self.refractory_s,
        )
        start = self.sensor("start", Spike(), self.start_channels)
        exc = self.population("exc", self.excitatory, neuron)
        inhibitory = self.population("inh", self.inhibitory, neuron)
        seeds = iter(int(s) for s in np.random.SeedSequence(self.seed).generate_state(6))
        for target in (exc, inhibitory):
            pattern = Random(self.start_probability, seed=next(seeds))
            self.connect(start, target, weight_v=self.weight_exc_v, pattern=pattern)
            for source, weight_v, receptor in (
                (exc, self.weight_exc_v, ""),
                (inhibitory, self.weight_inh_v, inh),
            ):
                pattern = Random(self.probability, seed=next(seeds))
                self.connect(source, target, weight_v=weight_v, pattern=pattern, receptor=receptor)


def stimulus(circuit: Cuba, ticks: int, seed: int) -> NDArray[np.int64]:
    """Readings (ticks, channels) of the sensor `start`: Poisson spikes of 100 Hz for 50 ms, then silence."""
    spikes = np.random.default_rng(seed).random((ticks, circuit.start_channels)) < 100 * circuit.dt_s
    spikes[round(0.050 / circuit.dt_s) :] = False
    return spikes.astype(np.int64)
