"""Distance-dependent connectivity on sheets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.patterns.base import Block, Floats, Streamed
from mycoflux.circuit.patterns.sheet import Grid, sheet

FAINT = 1e-3  # of its peak: where a profile counts as having ended
PROFILES = ("gaussian", "exponential", "disc")


@dataclass(frozen=True)
class DistanceDependent(Streamed):
    """Each pair with a probability that falls with its distance d, on sheets (see `sheet`).

    ```
    gaussian:     p(d) = probability * exp(-d^2 / (2 width^2))
    exponential:  p(d) = probability * exp(-d / width)
    disc:         p(d) = probability where d <= width, else 0
    ```

    and 0 beyond max_radius. These are the profiles of NEST's spatial networks (Senk et al., "Connectivity
    concepts in neuronal network modeling", PLoS Comput. Biol. 18, 2022).

    Attributes:
        source_grid: (rows, columns) of the source.
        target_grid: of the target; None for as the source.
        profile: "gaussian", "exponential" or "disc".
        width: in spacings of the source's grid, above 0.
        probability: at distance 0.
        max_radius: in spacings; 0 for where the profile has fallen to a thousandth.
        torus: whether opposite edges are joined.
        allow_self: whether i may be joined to i, which is a neuron itself where the target is the source.
        delay_s_per_unit: seconds to be added to delay_s for each spacing of distance.
        seed: what all is drawn from.
    """

    ordered: ClassVar[bool] = True

    source_grid: Grid
    target_grid: Grid | None = None
    profile: str = "gaussian"
    width: float = 2.0
    probability: float = 1.0
    max_radius: float = 0.0
    torus: bool = False
    allow_self: bool = True
    delay_s_per_unit: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        sheet(self.source_grid, self.target_grid, self.torus)
        checks.one_of(self.profile, PROFILES, "profile")
        checks.positive(self.width, "width")
        checks.share(self.probability, "probability")
        checks.not_negative(self.max_radius, "max_radius")
        checks.not_negative(self.delay_s_per_unit, "delay_s_per_unit")
        checks.seed(self.seed)

    @property
    def reach(self) -> float:
        """The largest distance at which there are synapses, in spacings."""
        ends = {
            "gaussian": math.sqrt(-2 * math.log(FAINT)),
            "exponential": -math.log(FAINT),
            "disc": 1.0,
        }
        end = self.width * ends[self.profile]
        if not self.max_radius:
            return end
        return min(end, self.max_radius) if self.profile == "disc" else self.max_radius

    def most(self, sources: int, targets: int) -> float:
        """As many as there are on an endless sheet, or all pairs."""
        a, w = self.reach, self.width
        area = {
            "gaussian": 2 * math.pi * w * w * -math.expm1(-a * a / (2 * w * w)),
            "exponential": 2 * math.pi * w * (w - (w + a) * math.exp(-a / w)),
            "disc": math.pi * a * a,
        }[self.profile]
        return sources * min(area * targets / max(math.prod(self.source_grid), 1), targets) * self.probability

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Source by source."""
        grids = sheet(self.source_grid, self.target_grid, self.torus)
        grids.check_sizes(sources, targets)
        rng = np.random.default_rng(self.seed)
        for near in grids.near(self.reach, lambda squares: rng.random(squares.shape) < self._chance(squares)):
            if not self.allow_self:
                near = near.where(near.sources != near.targets)
            delays_s: Floats | float = 0.0
            if self.delay_s_per_unit:
                delays_s = near.distance * self.delay_s_per_unit
            yield Block(near.sources, near.targets, delays_s=delays_s)

    def _chance(self, squares: Floats) -> Floats | float:
        """The probability of pairs at these squared distances, within reach."""
        if self.profile == "disc":
            return self.probability
        if self.profile == "gaussian":
            falls = np.exp(squares * (-0.5 / self.width**2))
        else:
            falls = np.exp(np.sqrt(squares) * (-1 / self.width))
        return np.asarray(self.probability * falls, dtype=np.float64)
