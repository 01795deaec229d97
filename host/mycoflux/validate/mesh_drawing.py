"""A picture of a mesh build: boards, laid out by their links; how full they are; what passes between."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.spread import Spread
from mycoflux.errors import InvalidInput
from mycoflux.validate.drawing import draw

FORMATS = ("svg", "png")
MARGIN = 0.8  # around the boards, in lengths of a link


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
    draw(partial(_mesh, made=made, places=places), (width + 1.5, height), picture, kind)
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


def _mesh(figure: Any, made: Spread, places: NDArray[np.float64]) -> None:
    axes = figure.subplots()
    _links(axes, made, places)
    full = _fullness(made)
    idle = [share is None for share in full]
    axes.scatter(*places[idle].T, s=900, color="0.93", edgecolor="0.6", zorder=2)
    dots = axes.scatter(
        *places[np.logical_not(idle)].T,
        s=900,
        c=[share for share in full if share is not None],
        cmap="YlGn",
        vmin=0,
        vmax=1,
        edgecolor="0.3",
        zorder=2,
    )
    figure.colorbar(dots, label="memory in use, of what the board has", shrink=0.7)
    for node, place in zip(made.mesh.nodes, places, strict=True):
        axes.annotate(_label(made, node.name), place, ha="center", va="center", fontsize=6, zorder=3)
    axes.set(title=f"{made.program.whole.name}: expected bytes a tick on each link")
    axes.set_axis_off()
    low, high = places.min(axis=0) - MARGIN, places.max(axis=0) + MARGIN
    axes.set(aspect="equal", xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _links(axes: Any, made: Spread, places: NDArray[np.float64]) -> None:
    """Lines as dark as their links are busy, the busier way counts; with that way's bytes."""
    for edge in made.mesh.edges:
        a, b = made.mesh.index[edge.a], made.mesh.index[edge.b]
        load = max((made.routes.loads[a, b], made.routes.loads[b, a]), key=lambda load: load.expected)
        busy = min(load.expected / load.passes, 1.0)
        axes.plot(*places[[a, b]].T, color=str(0.8 * (1 - busy) ** 2), linewidth=1 + 4 * busy, zorder=1)
        if load.most:
            axes.annotate(f"{load.expected:,.1f}", places[[a, b]].mean(axis=0), fontsize=5.5, color="crimson")


def _fullness(made: Spread) -> list[float | None]:
    """Of each board, what share of its memory is used; 0 where nothing bounds it, None where nothing runs."""
    full: list[float | None] = [None] * len(made.mesh.nodes)
    for share, use in zip(made.program.shares, made.use, strict=True):
        board = made.mesh.index[share.board]
        capacity = made.capacity[board, 0]
        full[board] = float(use[0] / capacity) if np.isfinite(capacity) else 0.0
    return full


def _label(made: Spread, board: str) -> str:
    share = next((s for s in made.program.shares if s.board == board), None)
    pinned = [port for port, where in made.mesh.ports.items() if where == board]
    size = f"{share.program.neurons:,}" if share is not None else "-"
    return "\n".join([board, size, *pinned])
