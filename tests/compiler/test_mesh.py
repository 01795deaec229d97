"""Meshes: what is refused, and how far boards are from one another."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.errors import MeshError
from tests.meshes import random_mesh

A, B, C = (Node(name, "sim", 0) for name in "abc")


@pytest.mark.parametrize(
    ("nodes", "edges", "says"),
    [
        ((), (), "no boards"),
        ((A, A), (), "one name"),
        ((A, B), (), "no link leads from 'a' to 'b'"),
        ((A, B, C), (Edge("a", "b", 9600),), "to 'c'"),
        ((A, B), (Edge("a", "b", 9600), Edge("a", "a", 9600)), "'a' to itself"),
        ((A, B), (Edge("a", "b", 9600), Edge("b", "a", 9600)), "two links join"),
        ((A, B), (Edge("a", "d", 9600),), "'d', which is no board"),
    ],
)
def test_what_is_no_mesh_is_refused(nodes: tuple[Node, ...], edges: tuple[Edge, ...], says: str) -> None:
    with pytest.raises(MeshError, match=says) as caught:
        Mesh(nodes, edges, where="robot.toml")
    assert caught.value.where == "robot.toml" and caught.value.remedy


@pytest.mark.parametrize("balance", [0.9, -1.0, float("inf"), float("nan")])
def test_no_board_can_have_less_than_an_even_share_at_most(balance: float) -> None:
    with pytest.raises(MeshError, match="the balance is"):
        Mesh((A,), (), balance=balance)


def test_a_byte_is_ten_bits_on_the_line() -> None:
    assert Edge("a", "b", 1_000_000).bytes_a_tick(1000) == 100.0


@given(seed=st.integers(0, 2**32), boards=st.integers(1, 9))
def test_hops_are_a_distance_and_links_are_one(seed: int, boards: int) -> None:
    mesh = random_mesh(random.Random(seed), boards)
    hops = mesh.hops
    linked = {(mesh.index[e.a], mesh.index[e.b]) for e in mesh.edges}
    for a in range(boards):
        for b in range(boards):
            assert hops[a, b] == hops[b, a]
            assert (hops[a, b] == 0) == (a == b)
            assert (hops[a, b] == 1) == ((a, b) in linked or (b, a) in linked)
            assert all(hops[a, b] <= hops[a, by] + hops[by, b] for by in range(boards))
