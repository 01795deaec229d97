"""METIS beats what does not look; cells are balanced, and all groups are in one."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mycoflux.compiler.contract import contract
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection
from mycoflux.compiler.metis import divide, undirected
from mycoflux.compiler.nets import traffic
from mycoflux.compiler.numbering import number
from mycoflux.compiler.partition import partition
from mycoflux.compiler.spread import Options, spread
from mycoflux.compiler.weigh import weigh
from mycoflux.errors import ExtraMissing
from mycoflux.program import neurons
from tests.compiler.test_spread import line


def sheet(side: int) -> IntegerCircuit:
    """Each neuron of a square sends to its four neighbours; delays of ten ticks."""
    at = np.arange(side * side).reshape(side, side)
    right, down = (at[:, :-1], at[:, 1:]), (at[:-1], at[1:])
    pairs = [(a.ravel(), b.ravel()) for a, b in (right, down, right[::-1], down[::-1])]
    sources, targets = np.concatenate(pairs, axis=1)
    order = np.lexsort((targets, sources))
    weights = np.ones(len(sources), np.int64)
    near = IntegerProjection("p>p", "p", "p", False, 1, 0, 9, sources[order], targets[order], weights, "")
    part = IntegerPopulation("p", side * side, neurons.Lif(vth=100), 1.0, "")
    return IntegerCircuit("sheet", 1000, (part,), (), (near,), ())


def test_edges_of_one_pair_are_added_up_and_loops_left_out() -> None:
    left, right = np.array([0, 1, 2, 2, 0]), np.array([1, 0, 2, 1, 2])
    graph = undirected(4, left, right, np.array([1.0, 2.0, 9.0, 4.0, 8.0]))
    told = {
        (a, int(b)): w
        for a in range(4)
        for b, w in zip(
            graph.adjacent[graph.starts[a] : graph.starts[a + 1]],
            graph.weights[graph.starts[a] : graph.starts[a + 1]],
            strict=True,
        )
    }
    assert told == {(0, 1): 3.0, (1, 0): 3.0, (1, 2): 4.0, (2, 1): 4.0, (0, 2): 8.0, (2, 0): 8.0}


def test_cells_hold_every_unit_and_are_balanced() -> None:
    circuit = sheet(40)
    numbers = number(circuit)
    groups = contract(circuit, numbers, {}, 0, 1)
    weights = weigh(circuit, numbers)
    cells = partition(circuit, numbers, groups, weights, 16, seed=3)
    assert cells.count == 16 and len(cells.of) == 1600
    assert set(cells.of) == set(range(16))
    assert cells.bytes.sum() == pytest.approx(weights.bytes.sum())
    assert cells.bytes.max() < 1.15 * cells.bytes.mean()
    again = partition(circuit, numbers, groups, weights, 16, seed=3)
    assert (again.of == cells.of).all()


def test_a_sheet_is_cut_a_third_as_often_as_neurons_dealt_out() -> None:
    """Of 40 x 40 on a line of four, some 40 neurons are at each edge of a share, of 400 in it."""
    circuit = sheet(40)
    mesh = line(4, balance=1.1)
    made = spread(circuit, mesh, Options(seed=1))
    dealt = np.arange(1600) % 4
    drawn = np.random.default_rng(1).integers(0, 4, 1600)
    ours = traffic(circuit, made.numbers, made.board_of, mesh.hops)
    for other in (dealt, drawn):
        assert traffic(circuit, made.numbers, other, mesh.hops) > 3 * ours
    assert max(np.bincount(made.board_of)) < 1.2 * 400


def test_without_metis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymetis", None)
    graph = undirected(3, np.array([0, 1]), np.array([1, 2]), np.ones(2))
    with pytest.raises(ExtraMissing, match="METIS") as caught:
        divide(graph, np.ones(3), 2, seed=0)
    assert "mycoflux[mesh]" in caught.value.remedy
