"""Feed-forward layers: what comes in at one end is passed on from layer to layer."""

from __future__ import annotations

from mycoflux.circuit import checks
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.generators.parameters import check
from mycoflux.circuit.generators.potentials import peak
from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.origin import origin
from mycoflux.circuit.patterns import AllToAll, FixedInDegree, OneToOne, Pattern
from mycoflux.circuit.ports import Spike
from mycoflux.errors import CircuitError


class Layers(Circuit):
    """Populations `layer 0`, `layer 1`, ..., each driven by the one before; the first by the sensor `input`.

    A synfire chain: M. Diesmann, M.-O. Gewaltig and A. Aertsen, "Stable propagation of synchronous spiking in
    cortical neural networks", Nature 402 (1999). A volley of spikes in which a share of more than about
    1 / `gain` of a layer takes part goes through all layers and comes out sharp; a smaller one dies out.

    Attributes:
        sizes: neurons of each layer; the sensor has as many channels as the first.
        in_degree: inputs of each neuron from the layer before, drawn at random; 0 for all of it.
        gain: what all inputs of a neuron, spiking at once, raise v by, in thresholds.
        delay_s: from layer to layer.
        tau_m_s, tau_syn_s, threshold_v, refractory_s: of the neurons.
        seed: of the synapses.
    """

    sizes: tuple[int, ...] = (20, 20, 20, 20)
    in_degree: int = 0
    gain: float = 2.0
    delay_s: float = 0.002
    tau_m_s: float = 0.010
    tau_syn_s: float = 0.002
    threshold_v: float = 0.015
    refractory_s: float = 0.020
    seed: int = 1

    def build(self) -> None:
        """Add the layers, one behind the other."""
        check(self, positive=("gain", "delay_s", "threshold_v"))
        checks.seed(self.seed)
        if self.in_degree != 0:
            checks.count(self.in_degree, "in_degree")
        if not isinstance(self.sizes, tuple | list) or not self.sizes:
            raise CircuitError(
                f"sizes is {self.sizes!r}", where=origin(), remedy="Give the neurons of each layer: (20, 20)"
            )
        neuron = LIF(
            tau_m_s=self.tau_m_s,
            tau_syn_s=self.tau_syn_s,
            threshold_v=self.threshold_v,
            refractory_s=self.refractory_s,
        )
        each = self.threshold_v / peak(neuron)  # the weight of a spike that just reaches the threshold
        before = self.sensor("input", Spike(), checks.count(self.sizes[0], "sizes"))
        for i, size in enumerate(self.sizes):
            layer = self.population(f"layer {i}", size, neuron)
            if i == 0:
                self.connect(before, layer, weight_v=1.5 * each, pattern=OneToOne())
            else:
                inputs = self.in_degree or self.sizes[i - 1]
                self.connect(
                    before,
                    layer,
                    weight_v=self.gain * each / inputs,
                    pattern=self._pattern(i),
                    delay_s=self.delay_s,
                )
            before = layer

    def _pattern(self, layer: int) -> Pattern:
        if self.in_degree == 0:
            return AllToAll()
        return FixedInDegree(self.in_degree, seed=self.seed + layer)
