"""Synfire4: a volley of spikes that runs round a chain of four groups, cut short by inhibition, for ever.

Each group has 200 excitatory and 50 inhibitory neurons. Each neuron is driven by 60 excitatory neurons of the
group before, those of the first group by the last, and held back by 25 inhibitory neurons of its own group;
200 inputs start the chain, one to each excitatory neuron of the first group. 1,200 neurons and inputs, 85,000
synapses between neurons. The chain is that of the benchmark which L. Niedermeier and J. L. Krichmar run on a
microcontroller (arXiv 2604.16474), after J. Kremkow, A. Aertsen and A. Kumar, "Gating of signal propagation
in spiking neural networks by balanced and correlated excitation and inhibition", J. Neurosci. 30 (2010);
neurons, weights and delays are ours: leaky integrate-and-fire, weights spread by a fifth.
"""

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit import LIF, Circuit, FixedInDegree, OneToOne, Spike
from mycoflux.circuit.generators.potentials import peak


class Synfire4(Circuit):
    """Groups `exc 0`, `inh 0`, ..., `exc 3`, `inh 3`, and the sensor `input`."""

    dt_s = 0.001
    seed = 1
    groups = 4
    excitatory = 200
    inhibitory = 50
    in_exc = 60
    in_inh = 25
    threshold_v = 0.015
    gain = 1.8  # what all excitatory inputs, spiking at once, raise v by, in thresholds
    g = 0.5  # all inhibitory inputs over all excitatory ones
    onward_s = 0.010
    within_s = 0.003

    def build(self) -> None:
        """Add the groups, then the projections."""
        neuron = LIF(tau_m_s=0.010, tau_syn_s=0.003, threshold_v=self.threshold_v)
        each = self.threshold_v / peak(neuron)
        world = self.sensor("input", Spike(), self.excitatory)
        exc = [self.population(f"exc {i}", self.excitatory, neuron) for i in range(self.groups)]
        inh = [self.population(f"inh {i}", self.inhibitory, neuron) for i in range(self.groups)]
        self.connect(world, exc[0], weight_v=2 * each, pattern=OneToOne())
        rng = np.random.default_rng(self.seed)
        for i in range(self.groups):
            for target, size in ((exc[i], self.excitatory), (inh[i], self.inhibitory)):
                for source, inputs, total, delay_s in (
                    (exc[i - 1], self.in_exc, self.gain, self.onward_s),
                    (inh[i], self.in_inh, -self.gain * self.g, self.within_s),
                ):
                    weights = total * each / inputs * rng.uniform(0.8, 1.2, inputs * size)
                    drawn = FixedInDegree(inputs, seed=int(rng.integers(1 << 30)))
                    self.connect(source, target, weight_v=weights.tolist(), pattern=drawn, delay_s=delay_s)


def stimulus(circuit: Synfire4, ticks: int) -> NDArray[np.int64]:
    """Readings (ticks, channels) of the sensor `input`: a spike of each, spread over the first ten ticks."""
    readings = np.zeros((ticks, circuit.excitatory), np.int64)
    when = np.random.default_rng(circuit.seed).normal(5, 1.5, circuit.excitatory).round().clip(0, 10)
    readings[when.astype(int), np.arange(circuit.excitatory)] = 1
    return readings
