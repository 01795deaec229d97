"""A reservoir: random recurrent neurons whose state holds a fading memory of the input."""

from __future__ import annotations

import math

from mycoflux.circuit import checks
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.generators.parameters import check
from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.origin import origin
from mycoflux.circuit.patterns import SparseRandom
from mycoflux.circuit.ports import Rate
from mycoflux.errors import CircuitError


class Reservoir(Circuit):
    """Populations `exc` and `inh`, joined at random, that hear the channels of the sensor `input`.

    A liquid state machine (W. Maass, T. Natschlaeger and H. Markram, "Real-time computing without stable
    states", Neural Comput. 14, 2002) with the spectral radius of an echo state network (H. Jaeger, GMD report
    148, 2001) in place of hand-set weights. What a spiking network's matrix is: far above threshold a neuron
    spikes once for each `tau_m_s * threshold_v` of current that it integrates, and a spike through w brings
    `w * tau_syn_s`, so that of one spike of j

    ```
    A[i, j] = w[i, j] * tau_syn_s / (tau_m_s * threshold_v)
    ```

    spikes of i follow. Excitation and inhibition cancel in the mean of a row, so the eigenvalues of A fill
    a disc of radius sqrt(N p (1 - p) (f a_exc^2 + (1 - f) a_inh^2)), f being the share that excites and p
    the probability of a synapse (K. Rajan and L. F. Abbott, Phys. Rev. Lett. 97, 188104, 2006); weights are
    chosen to make it `spectral_radius`. Below 1 a disturbance dies out; near 1 memory is longest. Readouts
    are the author's: connect `exc` and `inh` to what is to be trained.

    Attributes:
        neurons: of both populations.
        excitatory: share of them that excites.
        inputs: from within, to each neuron in the mean.
        spectral_radius: of A.
        channels: of the sensor.
        input_share: probability with which a neuron hears a channel.
        input_drive: what v would settle at in the mean if all channels were full, in thresholds.
        input_hz: spikes a second of a channel at full reading.
        bias: what v would settle at without any input, in thresholds; 0 for rest without input.
        tau_m_s, tau_syn_s, threshold_v, refractory_s: of the neurons.
        seed: of the synapses.
    """

    neurons: int = 200
    excitatory: float = 0.8
    inputs: int = 20
    spectral_radius: float = 0.9
    channels: int = 1
    input_share: float = 0.5
    input_drive: float = 3.0
    input_hz: float = 500.0
    bias: float = 0.0
    tau_m_s: float = 0.020
    tau_syn_s: float = 0.010
    threshold_v: float = 0.015
    refractory_s: float = 0.003
    seed: int = 1

    def build(self) -> None:
        """Add the populations, what joins them, and the sensor."""
        check(self, counts=("neurons", "inputs", "channels"), shares=("excitatory", "input_share"))
        check(self, positive=("input_share", "input_hz", "tau_syn_s", "threshold_v", "tau_m_s"))
        check(self, not_negative=("spectral_radius", "input_drive"))
        exciting = round(self.neurons * self.excitatory)
        if self.inputs >= self.neurons or not 0 < exciting < self.neurons:
            raise CircuitError(
                f"{self.neurons} neurons, {exciting} of them excitatory, with {self.inputs} inputs each",
                where=origin(),
                remedy="Both populations need neurons, and a neuron fewer inputs than there are neurons",
            )
        checks.finite(self.bias, "bias")
        neuron = LIF(
            tau_m_s=self.tau_m_s,
            tau_syn_s=self.tau_syn_s,
            threshold_v=self.threshold_v,
            refractory_s=self.refractory_s,
            bias_v=self.bias * self.threshold_v,
        )
        exc = self.population("exc", exciting, neuron)
        inh = self.population("inh", self.neurons - exciting, neuron)
        heard = self.sensor("input", Rate(self.input_hz), self.channels)
        # Spikes at rate r through weight w settle v at w r tau_s, as the mean of u.
        full_v = self.input_drive * self.threshold_v / (self.input_hz * self.tau_syn_s)
        heard_v = full_v / (self.input_share * self.channels)
        weight_v, ratio = self._weights(exciting / self.neurons)
        seed = 6 * checks.seed(self.seed)
        for target in (exc, inh):
            for source, probability, v in (
                (heard, self.input_share, heard_v),
                (exc, self.inputs / self.neurons, weight_v),
                (inh, self.inputs / self.neurons, -ratio * weight_v),
            ):
                self.connect(source, target, weight_v=v, pattern=SparseRandom(probability, seed=seed))
                seed += 1

    def _weights(self, f: float) -> tuple[float, float]:
        """Volts of an excitatory synapse, and how many times that an inhibitory one has."""
        ratio = f / (1 - f)
        p = self.inputs / self.neurons
        radius_of_one = math.sqrt(self.neurons * p * (1 - p) * (f + (1 - f) * ratio**2))
        a_exc = self.spectral_radius / radius_of_one
        return a_exc * self.tau_m_s * self.threshold_v / self.tau_syn_s, ratio
