"""A picture of a mesh build: boards, laid out by their links; how full they are; what passes between."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.route import Load
from mycoflux.compiler.spread import Spread
from mycoflux.errors import InvalidInput
from mycoflux.validate.drawing import draw

FORMATS = ("svg", "png")
MARGIN = 0.8  # around the boards, in lengths of a link
LANE = 0.06  # from a link's middle to the arrow of either way, in lengths of a link
CIRCLE = 26  # points across
PORTS = 6  # of a board, that are written
PAPER = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}


def picture_kind(file: Path) -> str:
    """Either "svg" or "png", by the file's ending.

    Raises:
        InvalidInput: another ending.
    """
    kind = file.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise InvalidInput(
            "a picture is SVG or PNG", where=str(file), remedy="Let its name end in .svg or .png"
        )
    return kind


def mesh_picture(made: Spread, kind: str) -> bytes:
    """The picture as "svg" or "png"; the same bytes for the same build.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    places = positions(made.mesh)
    width, height = (np.clip(1.4 * (np.ptp(places, axis=0) + 2 * MARGIN), 4.0, 40.0)).tolist()
    picture = io.BytesIO()
    draw(partial(draw_mesh, made=made, places=places), (width + 1.5, height), picture, kind)
    return picture.getvalue()


def positions(mesh: Mesh) -> NDArray[np.float64]:
    """A place in the plane for each board, (boards, 2), far apart where many links are between them.

    Classical scaling of the hops (Torgerson, "Multidimensional scaling", 1952): with J = 1 - 1/n, the two
    largest eigenvectors of -J hops^2 J / 2, times the roots of their eigenvalues.
    """
    count = len(mesh.nodes)
    middle = np.eye(count) - 1.0 / count
    values, vectors = np.linalg.eigh(-middle @ (mesh.hops**2.0) @ middle / 2)
    places = np.zeros((count, 2))
    for axis, which in enumerate(range(count - 1, max(count - 3, -1), -1)):
        places[:, axis] = vectors[:, which] * np.sqrt(max(values[which], 0.0))
    # Boards that hops cannot tell apart lie on a small circle around their place.
    _, same = np.unique(np.round(places, 6), axis=0, return_inverse=True)
    for group in range(same.max(initial=-1) + 1):
        mine = np.flatnonzero(same.ravel() == group)
        if len(mine) > 1:
            turn = 2 * np.pi * np.arange(len(mine)) / len(mine)
            places[mine] += 0.4 * np.stack((np.cos(turn), np.sin(turn)), axis=1)
    return places


def draw_mesh(figure: Any, made: Spread, places: NDArray[np.float64]) -> None:
    """Draw it on an empty figure; `places` of its boards as of `positions`."""
    axes = figure.subplots()
    _links(axes, made, places)
    full = _fullness(made)
    idle = [share is None for share in full]
    axes.scatter(*places[idle].T, s=CIRCLE**2, color="0.93", edgecolor="0.6", zorder=2)
    dots = axes.scatter(
        *places[np.logical_not(idle)].T,
        s=CIRCLE**2,
        c=[share for share in full if share is not None],
        cmap="YlGn",
        vmin=0,
        vmax=1,
        edgecolor="0.3",
        zorder=2,
    )
    bar = figure.colorbar(dots, shrink=0.7)
    bar.set_label("memory in use, of what the board has", fontsize=7)
    bar.ax.tick_params(labelsize=7)
    for node, place in zip(made.mesh.nodes, places, strict=True):
        _board(axes, made, node.name, place)
    name = made.program.whole.name
    axes.set_title(f"{name}\nneurons on each board, expected bytes a tick each way", fontsize=8)
    axes.set_axis_off()
    low, high = places.min(axis=0) - MARGIN, places.max(axis=0) + MARGIN
    axes.set(aspect="equal", xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _board(axes: Any, made: Spread, board: str, place: NDArray[np.float64]) -> None:
    """Its neurons in the circle; beside it, where a grid has no links, its name and pinned ports."""
    share = next((s for s in made.program.shares if s.board == board), None)
    size = f"{share.program.neurons:,}" if share is not None else "-"
    axes.annotate(size, place, ha="center", va="center", fontsize=7, zorder=3)
    beside = {"textcoords": "offset points", "ha": "left", "zorder": 3, "bbox": PAPER}
    above, below = (CIRCLE * 0.4, CIRCLE * 0.4), (CIRCLE * 0.4, -CIRCLE * 0.4)
    axes.annotate(board, place, above, va="bottom", fontsize=7, fontweight="bold", **beside)
    ports = [port for port, where in made.mesh.ports.items() if where == board]
    if ports:
        more = [f"and {len(ports) - PORTS:,} more"] if len(ports) > PORTS else []
        axes.annotate("\n".join(ports[:PORTS] + more), place, below, va="top", fontsize=6.5, **beside)


def _links(axes: Any, made: Spread, places: NDArray[np.float64]) -> None:
    """An arrow each way, side by side, as dark as it is busy, with its bytes; grey where nothing passes."""
    for edge in made.mesh.edges:
        a, b = made.mesh.index[edge.a], made.mesh.index[edge.b]
        for start, end in ((a, b), (b, a)):
            _way(axes, made.routes.loads[start, end], places[start], places[end])


def _way(axes: Any, load: Load, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    along = (end - start) / np.linalg.norm(end - start)
    aside = LANE * np.array([along[1], -along[0]])  # to the right of its direction
    busy = min(load.expected / load.passes, 1.0)
    arrow = {
        "arrowstyle": "-|>",
        "color": str(0.8 * (1 - busy) ** 2),
        "linewidth": 0.8 + 3 * busy,
        "shrinkA": CIRCLE / 2,
        "shrinkB": CIRCLE / 2,
    }
    axes.annotate("", end + aside, start + aside, arrowprops=arrow, zorder=1)
    if load.most:
        middle = (start + end) / 2 + 2.2 * aside
        place = {"ha": "center", "va": "center", "zorder": 2.5}
        axes.annotate(f"{load.expected:,.1f}", middle, fontsize=6.5, color="crimson", **place)


def _fullness(made: Spread) -> list[float | None]:
    """Of each board, what share of its memory is used; 0 where nothing bounds it, None where nothing runs."""
    full: list[float | None] = [None] * len(made.mesh.nodes)
    for share, use in zip(made.program.shares, made.use, strict=True):
        board = made.mesh.index[share.board]
        capacity = made.capacity[board, 0]
        full[board] = float(use[0] / capacity) if np.isfinite(capacity) else 0.0
    return full
