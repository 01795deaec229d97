"""Routes: paths of fewest links, what each link carries, and the ticks it takes."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.compiler.cost import link_bytes
from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.compiler.numbering import number
from mycoflux.compiler.route import Demand, demand, route
from tests.meshes import random_mesh
from tests.programs import ALL_MODELS, random_circuit


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), boards=st.integers(1, 7))
def test_paths_are_shortest_and_links_carry_what_passes_them(seed: int, boards: int) -> None:
    rng = np.random.default_rng(seed)
    mesh = random_mesh(random.Random(seed), boards)
    most = np.where(rng.random((boards, boards)) < 0.5, rng.integers(0, 40, (boards, boards)), 0) * 1.0
    np.fill_diagonal(most, 0)
    routes = route(mesh, Demand(most / 3, most), 1000)
    carried = dict.fromkeys(routes.loads, 0.0)
    for (a, b), path in routes.paths.items():
        assert path[0] == a and path[-1] == b and len(path) - 1 == mesh.hops[a, b]
        assert all(mesh.hops[x, y] == 1 for x, y in pairwise(path))
        for link in pairwise(path):
            carried[link] += most[a, b]
        assert routes.latency[a, b] == sum(
            max(1, math.ceil(routes.loads[link].most / routes.loads[link].passes)) for link in pairwise(path)
        )
    assert set(routes.paths) == {*zip(*map(np.ndarray.tolist, np.nonzero(most)), strict=True)}
    for link, load in routes.loads.items():
        assert np.isclose(load.most, carried[link]) and np.isclose(load.expected, carried[link] / 3)
        assert load.sure == (load.most <= load.passes)


def test_two_ways_of_one_length_share_the_load() -> None:
    """A square: two boards send to the one opposite; what they send passes different corners."""
    names = "abcd"
    mesh = Mesh(
        tuple(Node(n, "sim", 0) for n in names),
        tuple(Edge(x, y, 1_000_000) for x, y in ("ab", "bd", "ac", "cd")),
    )
    most = np.zeros((4, 4))
    most[0, 3], most[0, 1] = 10.0, 50.0
    routes = route(mesh, Demand(most, most), 1000)
    assert routes.paths[0, 3] == (0, 2, 3)  # a - b is busy


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), boards=st.integers(2, 4))
def test_demand_counts_each_source_once_a_board_that_listens(seed: int, boards: int) -> None:
    circuit = random_circuit(seed, models=ALL_MODELS)
    numbers = number(circuit)
    board_of = np.random.default_rng(seed).integers(0, boards, numbers.units)
    sent: dict[tuple[int, int], set[int]] = {}
    for p in circuit.projections:
        for s, t in zip(
            p.sources + numbers.first[p.source], p.targets + numbers.first[p.target], strict=True
        ):
            ends = int(board_of[numbers.unit[s]]), int(board_of[t])
            if ends[0] != ends[1]:
                sent.setdefault(ends, set()).add(int(s))
    values = {numbers.first[s.name] + i for s in circuit.sensors if s.encoder == 1 for i in range(s.size)}
    found = demand(circuit, numbers, board_of, boards)
    for a in range(boards):
        for b in range(boards):
            sources = sent.get((a, b), set())
            readings = len(sources & values)
            assert found.most[a, b] == link_bytes(len(sources) - readings, len(sources), readings)
            assert found.expected[a, b] <= found.most[a, b]
