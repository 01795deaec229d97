"""How far a program may be from its circuit: limits that an author sets and `mycoflux validate` checks."""

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
    """

    rate_error: float | None = 0.10
    coincidence: float | None = None
    potential_error: float | None = None
    output_error: float | None = 0.10

    def __post_init__(self) -> None:
        for name in ("rate_error", "coincidence", "potential_error", "output_error"):
            value = getattr(self, name)
            if value is not None:
                checks.not_negative(value, name)
        if self.coincidence is not None and self.coincidence > 1:
            raise CircuitError(
                f"coincidence is {self.coincidence:g}", where=origin(), remedy="1 is the most there is"
            )
