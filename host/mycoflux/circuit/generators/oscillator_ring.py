"""A ring of oscillators that are active one after the other: a rhythm of as many phases."""

from __future__ import annotations

from mycoflux.circuit import checks
from mycoflux.circuit.generators.half_centre import HalfCentre
from mycoflux.circuit.origin import origin
from mycoflux.errors import CircuitError


class OscillatorRing(HalfCentre):
    """Populations `phase 0`, `phase 1`, ..., each of which inhibits all others but the next.

    Recurrent cyclic inhibition: W. O. Friesen and G. S. Stent, "Generation of a locomotory rhythm by a
    neural network with recurrent cyclic inhibition", Biol. Cybern. 28 (1977). The population that is active
    lets go of its successor alone, so activity travels around the ring, and population i lags the first by
    i / phases of a period: 4 phases for the legs of a walking animal, more for a body that undulates.
    Tested for 3 to 8; in larger rings several waves can travel at once.

    Attributes:
        phases: populations, at least 3; for 2 use `HalfCentre`.
        group, drive, fatigue, tau_fatigue_s, tau_m_s, tau_syn_s, threshold_v: as of `HalfCentre`.
        inhibition: what v would be lowered by if all of one population spiked at 100 Hz, in thresholds.
        head_start: by which share the first population's drive is larger, so that it begins.
    """

    phases: int = 4
    inhibition: float = 4.0
    head_start: float = 0.03

    def build(self) -> None:
        """Add the populations and who inhibits whom."""
        if checks.count(self.phases, "phases") < 3:
            raise CircuitError(
                f"phases is {self.phases}", where=origin(), remedy="Give 3 or more, or use HalfCentre"
            )
        ring = self._tiring([f"phase {i}" for i in range(self.phases)])
        for i, source in enumerate(ring):
            for j, target in enumerate(ring):
                if j not in (i, (i + 1) % self.phases):
                    self._inhibit(source, target)
