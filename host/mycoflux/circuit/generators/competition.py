"""Competition: of several groups of neurons the one with the strongest input silences the others."""

from __future__ import annotations

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.generators.parameters import check
from mycoflux.circuit.generators.potentials import peak
from mycoflux.circuit.neurons import LIF, LeakyIntegrator
from mycoflux.circuit.patterns import Groups
from mycoflux.circuit.ports import Rate, Strongest


class Competition(Circuit):
    """Groups of neurons that excite themselves and, through a pool of inhibitory ones, inhibit all.

    Winner-take-all, as in W. Maass, "On the computational power of winner-take-all", Neural Comput. 12
    (2000): the group that is driven hardest spikes first, and its volley recruits the pool, which holds all
    groups down until its inhibition has faded and they race again; so the circuit follows when its input
    changes. Channel i of the sensor `input` drives group i of the population `choices`; the actuator
    `winner` is the number of the group that spikes most.

    Attributes:
        choices: groups, and channels of the sensor.
        group: neurons of each.
        pool: inhibitory neurons.
        drive: v that full input would settle at in the mean, in thresholds.
        excitation: what all spikes of a group at once add to v of its members, in thresholds.
        inhibition: what all spikes of the pool at once take away from v, in thresholds.
        recruiting: what all spikes of a group at once add to v of the pool, in thresholds.
        input_hz: spikes a second of a channel at full reading.
        tau_m_s, tau_syn_s, threshold_v, refractory_s: of the neurons.
        tau_inh_s: time constant of inhibition, long enough to bridge the winner's intervals.
    """

    choices: int = 4
    group: int = 8
    pool: int = 8
    drive: float = 2.5
    excitation: float = 0.3
    inhibition: float = 2.0
    recruiting: float = 4.8
    input_hz: float = 500.0
    tau_m_s: float = 0.020
    tau_syn_s: float = 0.005
    tau_inh_s: float = 0.020
    threshold_v: float = 0.015
    refractory_s: float = 0.003

    def build(self) -> None:
        """Add the ports, the groups and the pool."""
        check(self, counts=("choices", "group", "pool"), positive=("input_hz", "tau_syn_s", "threshold_v"))
        check(self, not_negative=("drive", "excitation", "inhibition", "recruiting"))
        neuron = LIF(
            tau_m_s=self.tau_m_s,
            tau_syn_s=self.tau_syn_s,
            threshold_v=self.threshold_v,
            refractory_s=self.refractory_s,
            receptors={"pool": self.tau_inh_s},
        )
        each = self.threshold_v / peak(neuron)  # the weight of a spike that just reaches the threshold
        inputs = self.sensor("input", Rate(self.input_hz), self.choices)
        choices = self.population("choices", self.choices * self.group, neuron)
        pool = self.population("pool", self.pool, neuron)
        readout = self.population("readout", self.choices, LeakyIntegrator(tau_m_s=0.050))
        own = Groups(self.choices)
        # Spikes at rate r through weight w settle v at w r tau_s, as the mean of u.
        steady = self.drive * self.threshold_v / (self.input_hz * self.tau_syn_s)
        self.connect(inputs, choices, weight_v=steady, pattern=own)
        self.connect(choices, choices, weight_v=self.excitation * each / self.group, pattern=own)
        self.connect(choices, pool, weight_v=self.recruiting * each / self.group)
        strongest = self.threshold_v / peak(neuron, self.tau_inh_s)
        self.connect(pool, choices, weight_v=-self.inhibition * strongest / self.pool, receptor="pool")
        self.connect(choices, readout, weight_v=self.threshold_v / self.group, pattern=own)
        self.actuator("winner", readout, Strongest())
