"""Where a mesh's boards are drawn."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import numpy as np
import pytest

from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.compiler.mesh_pipeline import compile_for_mesh
from mycoflux.compiler.spread import Options, Spread
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.resources import data_folder
from mycoflux.validate.drawing import draw
from mycoflux.validate.mesh_drawing import CIRCLE, draw_mesh, positions


def test_boards_in_a_line_are_drawn_in_a_line() -> None:
    places = positions(load_mesh("5xpico"))
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert steps == pytest.approx(1.0) and np.linalg.norm(places[4] - places[0]) == pytest.approx(4.0)


@pytest.mark.parametrize("boards", [1, 2, 3, 6])
def test_no_board_hides_another(boards: int) -> None:
    nodes = tuple(Node(f"b{i}", "sim", 0) for i in range(boards))
    star = Mesh(nodes, tuple(Edge("b0", n.name, 9600) for n in nodes[1:]))
    places = positions(star)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert (apart[~np.eye(boards, dtype=bool)] > 0.2).all()


def walker() -> Spread:
    """On two boards, with ports pinned; what passes one way is made to differ from what passes the other."""
    examples = data_folder("examples")
    mesh = load_mesh(str(examples / "two_picos.toml"))
    made = compile_for_mesh(load_circuit(str(examples / "walker.yaml")), mesh, Options(stretch=True)).spread
    loads = {
        way: dataclasses.replace(load, expected=load.expected + 10 * way[0])
        for way, load in made.routes.loads.items()
    }
    return dataclasses.replace(made, routes=dataclasses.replace(made.routes, loads=loads))


def drawn(made: Spread) -> list[Any]:
    """The texts in the picture as (text, box in pixels), and the circles' boxes under the text "circle"."""
    found: list[Any] = []

    def look(figure: Any) -> None:
        places = positions(made.mesh)
        draw_mesh(figure, made, places)
        figure.canvas.draw()
        axes = figure.axes[0]
        found.extend((text.get_text(), text.get_window_extent()) for text in axes.texts if text.get_text())
        radius = CIRCLE / 2 * figure.dpi / 72
        found.extend(("circle", (x, y, radius)) for x, y in axes.transData.transform(places))

    draw(look, (5.5, 4.0), io.BytesIO())
    return found


def test_both_ways_of_a_link_have_their_bytes() -> None:
    made = walker()
    texts = [text for text, _ in drawn(made)]
    bytes_each_way = [f"{load.expected:,.1f}" for load in made.routes.loads.values()]
    assert len(set(bytes_each_way)) == 2 and set(bytes_each_way) <= set(texts)


def test_no_name_is_written_over_a_circle() -> None:
    found = drawn(walker())
    circles = [box for text, box in found if text == "circle"]
    names = {text: box for text, box in found if text[0].isalpha() and text != "circle"}
    assert {"front", "back", "legs[4]/hip"} <= set(names)
    for box in names.values():
        for x, y, radius in circles:
            nearest = np.clip([x, y], [box.x0, box.y0], [box.x1, box.y1])
            assert np.hypot(*(nearest - (x, y))) > 0.8 * radius  # beside it: the rim may be touched
