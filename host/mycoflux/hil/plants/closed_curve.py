"""A smooth closed line on the floor: where along it a point is, and how far beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Beyond this distance a walk along the curve may end at a place that is near, but not nearest.
_TRUST_WALK_M = 0.05


@dataclass(frozen=True)
class Foot:
    """The point of a curve nearest to some point.

    Attributes:
        index: the vertex before it; where the next search may begin.
        arc_m: its distance from the curve's start along the curve, 0 <= arc_m < length.
        offset_m: distance of the point from it, positive to the left of the direction of travel.
    """

    index: int
    arc_m: float
    offset_m: float


class ClosedCurve:
    """A closed polyline with equal short segments."""

    def __init__(self, points: NDArray[np.float64], spacing_m: float = 0.002) -> None:
        """Args: points: (n, 2) metres in the direction of travel, first not repeated; spacing_m: of vertices."""
        closed = np.vstack([points, points[:1]])
        arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
        count = round(float(arc[-1]) / spacing_m)
        even = np.linspace(0.0, arc[-1], count, endpoint=False)
        self.x: NDArray[np.float64] = np.interp(even, arc, closed[:, 0])
        self.y: NDArray[np.float64] = np.interp(even, arc, closed[:, 1])
        self._dx = np.roll(self.x, -1) - self.x
        self._dy = np.roll(self.y, -1) - self.y
        lengths = np.hypot(self._dx, self._dy)
        self.length_m = float(lengths.sum())
        # Plain lists: reading one number from a list is several times faster than from an array.
        self._xs: list[float] = self.x.tolist()
        self._ys: list[float] = self.y.tolist()
        self._segments: list[tuple[float, float, float]] = list(
            zip((self._dx / lengths).tolist(), (self._dy / lengths).tolist(), lengths.tolist(), strict=True)
        )
        self._arcs: list[float] = (np.cumsum(lengths) - lengths).tolist()

    def pose(self, arc_m: float) -> tuple[float, float, float]:
        """x, y (m) and the direction of travel (rad) at `arc_m` along the curve."""
        arc_m %= self.length_m
        i = min(int(arc_m / self.length_m * len(self._xs)), len(self._xs) - 1)
        ux, uy, _ = self._segments[i]
        along = arc_m - self._arcs[i]
        return self._xs[i] + along * ux, self._ys[i] + along * uy, math.atan2(uy, ux)

    def nearest(self, x: float, y: float, near: int) -> Foot:
        """The point of the curve nearest to (x, y), in metres.

        Args:
            x, y: the point.
            near: index of an earlier foot close by. The search walks from there; where that ends too far
                from the curve to be trusted, it looks everywhere. Parts of the curve must be more than
                10 cm from each other.
        """
        i = self._walk(x, y, near)
        if self._squared(i, x, y) > _TRUST_WALK_M**2:
            i = int(np.argmin((self.x - x) ** 2 + (self.y - y) ** 2))
        before = self._project(i - 1 if i else len(self._xs) - 1, x, y)
        after = self._project(i, x, y)
        return before if abs(before.offset_m) < abs(after.offset_m) else after

    def _walk(self, x: float, y: float, i: int) -> int:
        """Downhill from vertex i to a vertex closer to (x, y) than its neighbours."""
        count = len(self._xs)
        best = self._squared(i, x, y)
        for direction in (1, -1):
            while True:
                j = (i + direction) % count
                squared = self._squared(j, x, y)
                if squared >= best:
                    break
                i, best = j, squared
        return i

    def _squared(self, i: int, x: float, y: float) -> float:
        return (self._xs[i] - x) ** 2 + (self._ys[i] - y) ** 2

    def _project(self, i: int, x: float, y: float) -> Foot:
        """The foot on segment i."""
        ux, uy, length = self._segments[i]
        dx, dy = x - self._xs[i], y - self._ys[i]
        along = min(max(dx * ux + dy * uy, 0.0), length)
        distance = math.hypot(dx - along * ux, dy - along * uy)
        arc = self._arcs[i] + along
        if arc >= self.length_m:
            arc -= self.length_m
        return Foot(i, arc, distance if ux * dy - uy * dx >= 0.0 else -distance)
