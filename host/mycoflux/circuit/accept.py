"""How far a program may be from its circuit: limits that an author sets.

`mycoflux validate` checks those of a run, the compiler those of its integers.
"""

from __future__ import annotations

from dataclasses import dataclass

from mycoflux.circuit import checks
from mycoflux.circuit.origin import origin
from mycoflux.errors import CircuitError


@dataclass(frozen=True, kw_only=True)
class Accept:
    """Limits of the difference between a program and its circuit run in floats; None for no limit.

    Attributes:
        rate_error: of each population's number of spikes, as a share of the float run's; a difference of two
            spikes is always accepted.
        coincidence: the least coincidence factor of each population that spikes (1: every spike has its
            partner, 0: as many as chance gives), within 2 ms or 1 tick.
        potential_error: root mean square difference of v of each population, as a share of its threshold (of
            the range of v where there is none).
        output_error: mean difference of each actuator as a share of its full scale; of winner-take-all and
            strongest, the share of ticks with another winner.
        weight_error: of each weight, relative; what is beyond does not compile. None: a warning from 5 % on.
        tau_error: of each time constant, likewise.
        at_once: the author's word that no more than this share of a neuron's inputs spikes at once, above 0,
            up to 1. Currents are then held against that many of its strongest inputs instead of all
            (docs/quantizer.md), which leaves resolution to neurons of many inputs.
    """

    rate_error: float | None = 0.10
    coincidence: float | None = None
    potential_error: float | None = None
    output_error: float | None = 0.10
    weight_error: float | None = None
    tau_error: float | None = None
    at_once: float | None = None

    def __post_init__(self) -> None:
        for name in (
            "rate_error",
            "coincidence",
            "potential_error",
            "output_error",
            "weight_error",
            "tau_error",
        ):
            value = getattr(self, name)
            if value is not None:
                checks.not_negative(value, name)
        if self.coincidence is not None and self.coincidence > 1:
            raise CircuitError(
                f"coincidence is {self.coincidence:g}", where=origin(), remedy="1 is the most there is"
            )
        if self.at_once is not None and checks.positive(self.at_once, "at_once") > 1:
            raise CircuitError(
                f"at_once is {self.at_once:g}",
                where=origin(),
                remedy="1 is all inputs, and the most there is",
            )
