"""Populations as sheets: neurons on two grids that cover the same area, and who is near whom.

Neurons are numbered row by row. Both grids, of any two resolutions, cover one sheet of as many units down and
across as the source's grid has rows and columns, each neuron in the middle of its own rectangle: source
(r, c) lies at (r + 1/2, c + 1/2), target (r, c) of R x C at ((r + 1/2) rows / R, (c + 1/2) columns / C). So
all lengths are in spacings of the source's grid. On a torus opposite edges of the sheet are joined, and the
way from one neuron to another is the shorter one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit import checks
from mycoflux.circuit.origin import origin
from mycoflux.circuit.patterns.base import Floats, Indices, row_blocks
from mycoflux.errors import CircuitError

Grid = tuple[int, int]
# From the squares of candidates' distances, infinite where there is no target, to which of them are wanted.
Keep = Callable[[Floats], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Near:
    """Pairs of neurons near one another, sorted by source, then target.

    Attributes:
        sources, targets: (n,) numbers.
        down, across: (n,) where the source lies as seen from the target, in spacings of the source's grid.
    """

    sources: Indices
    targets: Indices
    down: Floats
    across: Floats

    @property
    def distance(self) -> Floats:
        """(n,), in spacings of the source's grid."""
        return np.asarray(np.hypot(self.down, self.across), dtype=np.float64)

    def where(self, wanted: NDArray[np.bool_]) -> Near:
        """Those pairs alone."""
        return Near(self.sources[wanted], self.targets[wanted], self.down[wanted], self.across[wanted])


@dataclass(frozen=True)
class Sheet:
    """Two grids over one sheet, of (rows, columns) each."""

    source: Grid
    target: Grid
    torus: bool

    def check_sizes(self, sources: int, targets: int) -> None:
        """CircuitError where populations of these sizes do not fill the grids."""
        for what, size, grid in (("source", sources, self.source), ("target", targets, self.target)):
            if size != math.prod(grid):
                raise CircuitError(
                    f"a {what} of {size} neurons does not fill a grid of {grid[0]} x {grid[1]}",
                    remedy=f"Make it {math.prod(grid)}, or give {what}_grid=(rows, columns) of that many",
                )

    def within(self, reach: float) -> float:
        """About how many targets a source has within a square of `reach` to all sides."""
        return math.prod(self._window(axis, reach) for axis in (0, 1))

    def near(self, reach: float, keep: Keep) -> Iterator[Near]:
        """The pairs at most `reach` apart that `keep` wants, some at a time."""
        for rows in row_blocks(math.prod(self.source), self._window(0, reach) * self._window(1, reach)):
            row, column = np.divmod(rows, self.source[1])
            target_row, down = self._along(0, row, reach)
            target_column, across = self._along(1, column, reach)
            squares = down[:, :, None] ** 2 + across[:, None, :] ** 2
            source, i, j = np.nonzero((squares <= reach * reach) & keep(squares))
            targets = target_row[source, i] * self.target[1] + target_column[source, j]
            yield Near(rows[source], targets, down[source, i], across[source, j])

    def _window(self, axis: int, reach: float) -> int:
        """How many rows (columns) of targets are looked at for each source: all that can be within reach."""
        spacing = self.source[axis] / self.target[axis]
        return int(min(self.target[axis], 2 * reach / spacing + 2))

    def _along(self, axis: int, places: Indices, reach: float) -> tuple[Indices, Floats]:
        """For each source the rows (columns) of targets that may be near it, ascending, and how far it is.

        Both (sources, window); the distance is signed, source less target, and infinite where there is no
        target.
        """
        size, width = self.target[axis], self._window(axis, reach)
        length, spacing = self.source[axis], self.source[axis] / self.target[axis]
        first = np.ceil((places + 0.5 - reach) / spacing - 0.5 - 1e-9).astype(np.int64)
        if width == size:
            first = np.zeros_like(first)
        window = first[:, None] + np.arange(width)
        if self.torus:
            window = np.sort(window % size, axis=1)
        far = (places[:, None] + 0.5) - (window + 0.5) * spacing
        if self.torus:
            far -= length * np.rint(far / length)
        else:
            far = np.where((window >= 0) & (window < size), far, np.inf)
        return window, far


def sheet(source_grid: Grid, target_grid: Grid | None, torus: bool) -> Sheet:
    """The sheet of two grids; the target's is like the source's where it is None.

    Raises:
        CircuitError: a grid is no pair of whole numbers from 1 up.
    """
    grids: list[Grid] = []
    for name, grid in (("source_grid", source_grid), ("target_grid", target_grid or source_grid)):
        if not isinstance(grid, tuple | list) or len(grid) != 2:
            raise CircuitError(
                f"{name} is {grid!r}", where=origin(), remedy="Give (rows, columns), such as (32, 32)"
            )
        grids.append((checks.count(grid[0], f"rows of {name}"), checks.count(grid[1], f"columns of {name}")))
    return Sheet(grids[0], grids[1], bool(torus))
