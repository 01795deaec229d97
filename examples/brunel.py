"""Sparse random balance: irregular firing driven by a Poisson world.

N. Brunel, "Dynamics of sparsely connected networks of excitatory and inhibitory spiking neurons", J. Comput.
Neurosci. 8 (2000), model A, at a tenth of its size: 1,250 neurons in place of 12,500, a tenth of the inputs
to each, and J = 0.5 mV in place of 0.1 mV. Connection probability (10 %), g, nu_ext / nu_thr, neuron and
delay are the paper's; with nu_thr = threshold / (J C_E tau_m) = 20 Hz rates are higher than there.

The world is 1,000 Poisson channels, of which each neuron hears 100. They are shared like the neurons of the
network are, where the paper's external inputs are independent; so neurons have more in common here.
"""

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit import LIF, Circuit, Explicit, Spike


class Brunel(Circuit):
    """1,000 excitatory and 250 inhibitory neurons with delta synapses and a fixed number of inputs each."""

    dt_s = 0.0001
    seed = 1
    excitatory = 1000
    inhibitory = 250
    world = 1000
    in_exc = 100
    in_inh = 25
    weight_v = 0.5e-3  # J
    g = 5.0  # inhibition is -g J
    drive = 2.0  # nu_ext / nu_thr
    tau_m_s = 0.020
    threshold_v = 0.020

    @property
    def world_hz(self) -> float:
        """The rate of each channel of the world."""
        return self.drive * self.threshold_v / (self.weight_v * self.in_exc * self.tau_m_s)

    def build(self) -> None:
        neuron = LIF(
            tau_m_s=self.tau_m_s,
            tau_syn_s=0.0,
            threshold_v=self.threshold_v,
            reset_v=0.010,
            refractory_s=0.002,
        )
        world = self.sensor("world", Spike(), self.world)
        exc = self.population("exc", self.excitatory, neuron)
        inh = self.population("inh", self.inhibitory, neuron)
        rng = np.random.default_rng(self.seed)
        for target, size in ((exc, self.excitatory), (inh, self.inhibitory)):
            for source, sources, inputs, weight_v, delay_s in (
                (world, self.world, self.in_exc, self.weight_v, None),
                (exc, self.excitatory, self.in_exc, self.weight_v, 0.0015),
                (inh, self.inhibitory, self.in_inh, -self.g * self.weight_v, 0.0015),
            ):
                pattern = Explicit(fixed_in_degree(rng, sources, size, inputs))
                self.connect(source, target, weight_v=weight_v, pattern=pattern, delay_s=delay_s)


def fixed_in_degree(
    rng: np.random.Generator, sources: int, targets: int, inputs: int
) -> list[tuple[int, int]]:
    """For each target `inputs` different sources."""
    return [(int(s), t) for t in range(targets) for s in rng.choice(sources, inputs, replace=False)]


def stimulus(circuit: Brunel, ticks: int, seed: int) -> NDArray[np.int64]:
    """Readings (ticks, channels) of the sensor `world`: independent Poisson spikes, at most one a tick."""
    rate = circuit.world_hz * circuit.dt_s
    return (np.random.default_rng(seed).random((ticks, circuit.world)) < rate).astype(np.int64)
