"""Placement: what a move costs is what the whole costs after it, and nothing is exceeded that need not be."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.compiler.arrangement import Layout, Terms
from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.compiler.nets import FAR, Nets
from mycoflux.compiler.partition import Cells
from mycoflux.compiler.place import _split_boards, place
from tests.meshes import random_mesh


def drawn(seed: int, cells: int, boards: int) -> tuple[Mesh, Cells, Nets, np.ndarray]:
    rng = np.random.default_rng(seed)
    mesh = random_mesh(random.Random(seed), boards)
    count = 3 * cells
    source = rng.integers(0, cells, count)
    listens = rng.random((count, cells)) < 0.3
    listens[np.arange(count), source] = False
    limits, wishes = (
        np.where(rng.random((cells, cells)) < 0.2, rng.integers(0, 3, (cells, cells)), FAR) for _ in range(2)
    )
    np.fill_diagonal(limits, FAR)
    np.fill_diagonal(wishes, FAR)
    nets = Nets(source, listens, rng.random(count), rng.integers(1, 9, count), limits, wishes)
    sizes = rng.random((2, cells)) * 1000
    made = Cells(np.arange(cells), cells, sizes[0], sizes[1], {}, rng.random(cells) < 0.3)
    capacity = np.stack((*(rng.random((2, boards)) * 4000 + 500), np.full(boards, 60.0)), axis=1)
    return mesh, made, nets, capacity


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), cells=st.integers(1, 9), boards=st.integers(1, 5))
def test_moves_cost_what_the_whole_costs_afterwards(seed: int, cells: int, boards: int) -> None:
    mesh, made, nets, capacity = drawn(seed, cells, boards)
    rng = np.random.default_rng(seed)
    small = rng.random(boards) < 0.5
    terms = Terms(made, nets, mesh.hops.astype(float), mesh.hops, capacity, small)
    layout = Layout(terms, rng.integers(0, boards, cells))
    for _ in range(6):
        cell = int(rng.integers(cells))
        before, (pull, overload) = layout.cost(), layout.moves(cell)
        for board in range(boards):
            after = layout.board.copy()
            after[cell] = board
            assert Layout(terms, after).cost() - before == pytest.approx(
                pull[board] + overload[board], rel=1e-6, abs=1e-6 * (1 + abs(before))
            )
        layout.move(cell, int(rng.integers(boards)))
        fresh = Layout(terms, layout.board)
        assert np.allclose(layout.use, fresh.use) and (layout.heard == fresh.heard).all()


def line(boards: int) -> Mesh:
    names = [f"b{i}" for i in range(boards)]
    return Mesh(
        tuple(Node(n, "sim", 0) for n in names),
        tuple(Edge(a, b, 115_200) for a, b in pairwise(names)),
    )


def chain(cells: int, sizes: np.ndarray) -> tuple[Cells, Nets]:
    """Each cell sends to the next."""
    listens = np.zeros((cells - 1, cells), bool)
    listens[np.arange(cells - 1), np.arange(1, cells)] = True
    free = np.full((cells, cells), FAR)
    each = np.ones(cells - 1, int)
    nets = Nets(np.arange(cells - 1), listens, each * 1.0, each, free, free)
    return Cells(np.arange(cells), cells, sizes, np.ones(cells), {}, np.zeros(cells, bool)), nets


def test_a_chain_goes_along_the_line_in_order() -> None:
    """Four cells on each of four boards: three spikes cross a link each, which is the least there is."""
    cells, nets = chain(16, np.full(16, 100.0))
    mesh = line(4)
    capacity = np.tile([440.0, np.inf, 65535.0], (4, 1))
    placed = place(mesh, cells, nets, capacity, mesh.hops.astype(float), mesh.hops, seed=1)
    assert placed.traffic == 3.0 and not placed.over.any() and not placed.late
    assert sorted(np.bincount(placed.board)) == [4, 4, 4, 4]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), boards=st.integers(2, 5))
def test_no_capacity_is_exceeded_where_there_is_room(seed: int, boards: int) -> None:
    """Cells that fill three quarters of all boards, none larger than a tenth of one."""
    rng = np.random.default_rng(seed)
    count = boards * 12
    sizes = rng.uniform(20, 80, count)
    cells, nets = chain(count, sizes)
    mesh = random_mesh(random.Random(seed), boards)
    room = sizes.sum() / 0.75 / boards
    capacity = np.tile([room, np.inf, 65535.0], (boards, 1))
    placed = place(mesh, cells, nets, capacity, mesh.hops.astype(float), mesh.hops, seed)
    assert not placed.over.any()
    again = place(mesh, cells, nets, capacity, mesh.hops.astype(float), mesh.hops, seed)
    assert (placed.board == again.board).all()
    assert placed.traffic < 0.6 * 1.0 * (count - 1)  # at random, (boards - 1) / boards of it would cross


def test_all_goes_on_one_board_where_it_fits_and_pins_stay() -> None:
    cells, nets = chain(8, np.full(8, 10.0))
    mesh = line(3)
    capacity = np.tile([1000.0, np.inf, 65535.0], (3, 1))
    free = place(mesh, cells, nets, capacity, mesh.hops.astype(float), mesh.hops, seed=3)
    assert free.traffic == 0 and len(set(free.board)) == 1
    pinned = replace(cells, pins={0: "b0", 7: "b2"})
    placed = place(mesh, pinned, nets, capacity, mesh.hops.astype(float), mesh.hops, seed=3)
    assert placed.board[0] == 0 and placed.board[7] == 2 and placed.traffic == 2.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 14))
def test_no_two_far_boards_split_the_rest_with_fewer_links_between(seed: int, boards: int) -> None:
    """Against every pair, each half counted link by link."""
    mesh = random_mesh(random.Random(seed), boards)
    some = np.sort(np.random.default_rng(seed).choice(boards, max(2, boards - 2), replace=False))
    near, far = _split_boards(mesh, some)
    assert sorted([*near, *far]) == some.tolist() and len(near) == (len(some) + 1) // 2

    def between(half: set[int]) -> int:
        return sum(mesh.hops[a, b] == 1 for a in half for b in set(some.tolist()) - half)

    least = min(
        between(set(sorted(some.tolist(), key=lambda c: mesh.hops[a, c] - mesh.hops[b, c])[: len(near)]))
        for i, a in enumerate(some)
        for b in some[i + 1 :]
    )
    assert between(set(near.tolist())) == least
