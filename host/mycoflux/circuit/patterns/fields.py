"""Receptive fields on sheets: all within reach are joined, with weights shaped by where the source lies."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.patterns.base import Block, Floats, Streamed
from mycoflux.circuit.patterns.sheet import Grid, Near, sheet

FAINT = 1e-2  # of the largest weight: what is left out; the program's weights have 8 bits


@dataclass(frozen=True)
class _Field(Streamed):
    """What fields have in common; the fields of both are said below."""

    ordered: ClassVar[bool] = True

    source_grid: Grid
    target_grid: Grid | None = None
    width: float = 2.0
    max_radius: float = 0.0
    torus: bool = False

    def __post_init__(self) -> None:
        sheet(self.source_grid, self.target_grid, self.torus)
        checks.positive(self.width, "width")
        checks.not_negative(self.max_radius, "max_radius")

    @property
    def reach(self) -> float:
        """The largest distance at which there are synapses, in spacings."""
        return self.max_radius or self._longest_width() * math.sqrt(-2 * math.log(FAINT))

    def _longest_width(self) -> float:
        """The envelope's width where it is longest."""
        return self.width

    def most(self, sources: int, targets: int) -> float:
        """All within reach on an endless sheet, or all pairs."""
        area = math.pi * self.reach**2
        return sources * min(area * targets / math.prod(self.source_grid), targets)

    def blocks(self, sources: int, targets: int) -> Iterator[Block]:
        """Source by source; those that would have less than a hundredth of the weight are left out."""
        grids = sheet(self.source_grid, self.target_grid, self.torus)
        grids.check_sizes(sources, targets)
        for near in grids.near(self.reach, lambda squares: np.ones(squares.shape, bool)):
            factors = self.factors(near)
            kept = np.abs(factors) >= FAINT * (1 - 1e-9)
            yield Block(near.sources[kept], near.targets[kept], factors[kept])

    @abstractmethod
    def factors(self, near: Near) -> Floats:
        """What each pair's weight is multiplied with: from -1 to 1."""


@dataclass(frozen=True)
class GaussianField(_Field):
    """Weights that fall with the distance d of source and target on their sheets (see `sheet`).

    ```
    weight = weight_v * exp(-d^2 / (2 width^2))
    ```

    Attributes:
        source_grid: (rows, columns) of the source.
        target_grid: of the target; None for as the source.
        width: in spacings of the source's grid, above 0.
        max_radius: in spacings; 0 for where the weight has fallen to a hundredth.
        torus: whether opposite edges are joined.
    """

    def factors(self, near: Near) -> Floats:
        """A Gaussian of the distance."""
        return np.asarray(np.exp(-(near.distance**2) / (2 * self.width**2)), dtype=np.float64)


@dataclass(frozen=True)
class GaborField(_Field):
    """Weights of a simple cell of the visual cortex (Jones and Palmer, J. Neurophysiol. 58, 1987).

    With the source x to the right of and y below the target, on their sheets (see `sheet`):

    ```
    x' = x cos(orientation) + y sin(orientation),  y' = -x sin(orientation) + y cos(orientation)
    weight = weight_v * exp(-(x'^2 + aspect^2 y'^2) / (2 width^2)) * cos(2 pi x' / wavelength + phase)
    ```

    Attributes:
        source_grid: (rows, columns) of the source.
        target_grid: of the target; None for as the source.
        width: of the envelope across the stripes, in spacings of the source's grid, above 0.
        max_radius: in spacings; 0 for where the envelope has fallen to a hundredth.
        torus: whether opposite edges are joined.
        wavelength: of the stripes, in spacings, above 0.
        orientation_deg: 0 for upright stripes; turns the axis across them from right to down.
        phase_deg: 0 for a positive stripe in the middle, -90 for a positive one to the right of it.
        aspect: how much shorter the envelope is along the stripes than across, above 0.
    """

    wavelength: float = 4.0
    orientation_deg: float = 0.0
    phase_deg: float = 0.0
    aspect: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive(self.wavelength, "wavelength")
        checks.finite(self.orientation_deg, "orientation_deg")
        checks.finite(self.phase_deg, "phase_deg")
        checks.positive(self.aspect, "aspect")

    def _longest_width(self) -> float:
        return self.width / min(self.aspect, 1.0)

    def factors(self, near: Near) -> Floats:
        """An envelope times a grating."""
        turn, phase = math.radians(self.orientation_deg), math.radians(self.phase_deg)
        across = near.across * math.cos(turn) + near.down * math.sin(turn)
        along = near.down * math.cos(turn) - near.across * math.sin(turn)
        envelope = np.exp(-(across**2 + (self.aspect * along) ** 2) / (2 * self.width**2))
        grating = np.cos(2 * math.pi * across / self.wavelength + phase)
        return np.asarray(envelope * grating, dtype=np.float64)
