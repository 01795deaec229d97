"""The half-centre: two groups of neurons that take turns."""

from __future__ import annotations

from collections.abc import Sequence

from mycoflux.circuit.circuit import Circuit, Handle
from mycoflux.circuit.generators.parameters import check
from mycoflux.circuit.neurons import AdaptiveLIF


class HalfCentre(Circuit):
    """Two populations, `left` and `right`, that inhibit each other and tire.

    T. G. Brown, "On the nature of the fundamental activity of the nervous centres", J. Physiol. 48 (1914):
    the one that is active silences the other until it has tired, which here is that every spike raises its
    threshold (`AdaptiveLIF`); then the other takes its turn. The smaller `fatigue`, the longer a turn: from
    0.1 s at 0.2 to over a second at 0.025; with too little to outweigh the inhibition one side wins for good.

    Attributes:
        group: neurons of each population.
        drive: what v would settle at without synapses, in thresholds.
        inhibition: what v would be lowered by if all of the other side spiked at 100 Hz, in thresholds.
        head_start: by which share the first population's drive is larger, so that it begins.
        fatigue: what a spike adds to the threshold, in thresholds.
        tau_fatigue_s: in which it recovers.
        tau_m_s, tau_syn_s, threshold_v: of the neurons.
    """

    group: int = 4
    drive: float = 3.0
    inhibition: float = 2.0
    head_start: float = 0.01
    fatigue: float = 0.05
    tau_fatigue_s: float = 0.5
    tau_m_s: float = 0.020
    tau_syn_s: float = 0.020
    threshold_v: float = 0.015

    def build(self) -> None:
        """Add both sides."""
        left, right = self._tiring(("left", "right"))
        self._inhibit(left, right)
        self._inhibit(right, left)

    def _tiring(self, names: Sequence[str]) -> list[Handle]:
        """Populations of neurons that tire, the first with its head start."""
        check(
            self,
            counts=("group",),
            positive=("drive", "tau_syn_s", "threshold_v"),
            not_negative=("inhibition", "head_start", "fatigue"),
        )
        made = []
        for i, name in enumerate(names):
            ahead = 1 + self.head_start * (i == 0)
            neuron = AdaptiveLIF(
                tau_m_s=self.tau_m_s,
                tau_syn_s=self.tau_syn_s,
                threshold_v=self.threshold_v,
                threshold_step_v=self.fatigue * self.threshold_v,
                tau_threshold_s=self.tau_fatigue_s,
                bias_v=self.drive * self.threshold_v * ahead,
            )
            made.append(self.population(name, self.group, neuron))
        return made

    def _inhibit(self, source: Handle, target: Handle) -> None:
        # Spikes at rate r through weight w settle v at w r tau_s, as the mean of u.
        all_at_100_hz = self.inhibition * self.threshold_v / (100 * self.tau_syn_s)
        self.connect(source, target, weight_v=-all_at_100_hz / self.group)
