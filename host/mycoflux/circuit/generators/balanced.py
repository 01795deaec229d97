"""Balance of excitation and inhibition: irregular, asynchronous firing without any noise."""

from __future__ import annotations

import math

from mycoflux.circuit import checks
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.generators.parameters import check
from mycoflux.circuit.generators.potentials import peak
from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.origin import origin
from mycoflux.circuit.patterns import FixedInDegree, SparseRandom
from mycoflux.errors import CircuitError


class BalancedNetwork(Circuit):
    """Populations `exc` and `inh`, sparsely joined at random, driven by a constant current.

    With K inputs a neuron, of which a share `excitatory` excites, an excitatory spike raises v by

    ```
    strength * threshold_v / sqrt(K)         (an inhibitory one lowers it by g times that)
    ```

    so that excitation and inhibition, each far above threshold, cancel in the mean, and what is left between
    them is a fluctuation of the order of the threshold: C. van Vreeswijk and H. Sompolinsky, "Chaos in
    neuronal networks with balanced excitatory and inhibitory activity", Science 274 (1996). The membrane and
    the share of inhibition are those of N. Brunel, J. Comput. Neurosci. 8 (2000), with exponential currents.

    Excitatory inputs are drawn pair by pair, so that no two neurons are alike: with equal numbers of inputs
    and no noise all would spike as one. Inhibitory ones, whose numbers weigh g times as much, are equally
    many at each neuron, or a third of all would never spike. With the numbers given, 400 to 20,000 neurons
    have CVs of 0.8 to 1.3 and pairwise correlations below 0.02.

    Attributes:
        neurons: of both populations.
        excitatory: share of them that excites.
        inputs: K, from within the network, to each neuron.
        strength: of a synapse, see above.
        g: inhibition over excitation; above excitatory / (1 - excitatory) inhibition wins.
        drive: what v would settle at without synapses, in thresholds; above 1 the network starts by itself.
        tau_m_s, tau_syn_s, threshold_v, reset_v, refractory_s: of the neurons.
        seed: of the synapses.
    """

    neurons: int = 1000
    excitatory: float = 0.8
    inputs: int = 100
    strength: float = 0.2
    g: float = 8.0
    drive: float = 2.0
    tau_m_s: float = 0.020
    tau_syn_s: float = 0.005
    threshold_v: float = 0.020
    reset_v: float = 0.010
    refractory_s: float = 0.002
    seed: int = 1

    def build(self) -> None:
        """Add the populations and their four projections."""
        check(self, counts=("neurons", "inputs"), positive=("threshold_v",), shares=("excitatory",))
        check(self, not_negative=("strength", "g", "drive"))
        exciting = round(self.neurons * self.excitatory)
        inhibiting = self.neurons - exciting
        from_inh = round(self.inputs * (1 - self.excitatory))
        from_exc = self.inputs - from_inh
        if not (0 < from_exc <= exciting and 0 < from_inh <= inhibiting):
            raise CircuitError(
                f"{exciting} excitatory and {inhibiting} inhibitory neurons cannot make {from_exc} and "
                f"{from_inh} inputs at each",
                where=origin(),
                remedy="Give fewer inputs than neurons, and at least one of both kinds",
            )
        neuron = LIF(
            tau_m_s=self.tau_m_s,
            tau_syn_s=self.tau_syn_s,
            threshold_v=self.threshold_v,
            reset_v=self.reset_v,
            refractory_s=self.refractory_s,
            bias_v=self.drive * self.threshold_v,
        )
        weight_v = self.strength * self.threshold_v / math.sqrt(self.inputs) / peak(neuron)
        exc = self.population("exc", exciting, neuron)
        inh = self.population("inh", inhibiting, neuron)
        seed = 4 * checks.seed(self.seed)
        for target in (exc, inh):
            drawn = SparseRandom(from_exc / exciting, seed=seed)
            self.connect(exc, target, weight_v=weight_v, pattern=drawn)
            counted = FixedInDegree(from_inh, seed=seed + 1)
            self.connect(inh, target, weight_v=-self.g * weight_v, pattern=counted)
            seed += 2
