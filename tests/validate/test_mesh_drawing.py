"""Where a mesh's boards are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.validate.mesh_drawing import positions


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
