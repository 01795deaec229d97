"""A ring attractor: a bump of activity that stays where it was put, and turns when it is pushed."""

from __future__ import annotations

import math

from mycoflux.circuit.circuit import Circuit, Handle
from mycoflux.circuit.generators.parameters import check
from mycoflux.circuit.generators.potentials import peak
from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.patterns import Explicit, GaussianField, OneToOne
from mycoflux.circuit.ports import Rate


class RingAttractor(Circuit):
    """Neurons on a ring that excite their neighbours slowly, and inhibit all through a pool.

    Excitation outlasts the intervals of the neurons that make it, as with NMDA receptors, so a bump keeps
    itself up without input: A. Compte, N. Brunel, P. S. Goldman-Rakic and X.-J. Wang, "Synaptic mechanisms
    and network dynamics underlying spatial working memory in a cortical network model", Cereb. Cortex 10
    (2000). Two further rings, which spike only where the bump is and while they are driven, excite the ring
    `shift` places on and so turn the bump: W. E. Skaggs, J. J. Knierim, H. S. Kudrimoti and B. L.
    McNaughton, "A model of the neural basis of the rat's sense of direction", NIPS 7 (1995).

    Channel i of the sensor `cue` drives neurons around place i; the sensors `left` and `right`, of one
    channel each, turn the bump to lower and to higher numbers.

    Attributes:
        size: places on the ring, neurons of population `ring`.
        pool: inhibitory neurons.
        width: of a bump's excitation, standard deviation in places.
        excitation: what v would settle at if all neighbours spiked at 100 Hz, in thresholds.
        inhibition: what v would be lowered by if all of the pool spiked at 100 Hz, in thresholds.
        recruiting: what v of the pool would settle at if a bump of 2 width places spiked at 100 Hz, in
            thresholds.
        shift: places by which the turning rings push.
        push: their excitation, as `excitation`.
        cue_hz: spikes a second of a sensor's channel at full reading.
        tau_slow_s: of excitation within the ring.
        tau_m_s, tau_syn_s, threshold_v, refractory_s: of the neurons.
    """

    size: int = 64
    pool: int = 16
    width: float = 4.0
    excitation: float = 12.0
    inhibition: float = 7.5
    recruiting: float = 3.0
    shift: int = 4
    push: float = 4.0
    cue_hz: float = 400.0
    tau_slow_s: float = 0.100
    tau_m_s: float = 0.020
    tau_syn_s: float = 0.005
    threshold_v: float = 0.015
    refractory_s: float = 0.003

    def build(self) -> None:
        """Add the rings, the pool, and the sensors."""
        check(self, counts=("size", "pool", "shift"), positive=("width", "cue_hz", "threshold_v"))
        check(self, positive=("tau_syn_s", "tau_slow_s"))
        check(self, not_negative=("excitation", "inhibition", "recruiting", "push"))
        neuron = LIF(
            tau_m_s=self.tau_m_s,
            tau_syn_s=self.tau_syn_s,
            threshold_v=self.threshold_v,
            refractory_s=self.refractory_s,
            receptors={"slow": self.tau_slow_s},
        )
        ring = self.population("ring", self.size, neuron)
        pool = self.population("pool", self.pool, neuron)
        # Spikes at rate r through weight w settle v at w r tau_s, as the mean of u.
        slow_v = self.threshold_v / (100 * self.tau_slow_s)
        fast_v = self.threshold_v / (100 * self.tau_syn_s)
        around = GaussianField((1, self.size), width=self.width, torus=True)
        nearby_v = self.excitation * slow_v / (self.width * math.sqrt(2 * math.pi))  # the sum of its factors
        self.connect(ring, ring, weight_v=nearby_v, pattern=around, receptor="slow")
        self.connect(ring, pool, weight_v=self.recruiting * fast_v / (2 * self.width))
        self.connect(pool, ring, weight_v=-self.inhibition * fast_v / self.pool)
        cue = self.sensor("cue", Rate(self.cue_hz), self.size)
        here = GaussianField((1, self.size), width=self.width / 2, torus=True)
        self.connect(cue, ring, weight_v=0.5 * self.threshold_v / peak(neuron), pattern=here)
        for name, step in (("left", -self.shift), ("right", self.shift)):
            self._turning(name, step, ring, neuron)

    def _turning(self, name: str, step: int, ring: Handle, neuron: LIF) -> None:
        """A ring that pushes the bump by `step` places while its sensor drives it."""
        turning = self.population(f"turn {name}", self.size, neuron)
        drive = self.sensor(name, Rate(self.cue_hz))
        each = self.threshold_v / peak(neuron)
        # Neither the bump nor the sensor reaches the threshold alone.
        self.connect(ring, turning, weight_v=0.3 * each, pattern=OneToOne())
        self.connect(drive, turning, weight_v=0.85 * self.threshold_v / (self.cue_hz * self.tau_syn_s))
        on = Explicit(tuple((i, (i + step) % self.size) for i in range(self.size)))
        fast_v = self.threshold_v / (100 * self.tau_syn_s)
        self.connect(turning, ring, weight_v=self.push * fast_v, pattern=on)
