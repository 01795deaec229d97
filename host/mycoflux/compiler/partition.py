"""Integer circuit -> cells: what is placed as one, cut from the graph of expected traffic by METIS.

A vertex is a group of units that are never cut (`contract`), an edge weighs the spikes a tick that cross it,
once for each synapse: few heavy edges cut is few spikes sent, which placement then counts exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.contract import Groups
from mycoflux.compiler.integer import IntegerCircuit, Integers
from mycoflux.compiler.metis import Graph, divide, undirected
from mycoflux.compiler.numbering import Numbering
from mycoflux.compiler.weigh import Floats, Weights

FEW = 4  # groups a cell, below which every group is a cell: METIS needs some to choose among


@dataclass(frozen=True, eq=False)
class Cells:
    """of: (units,) the cell of each unit. bytes, work: (cells,) what each costs. pins: board by cell.

    needs_full: (cells,) whether some of it needs the full runtime.
    """

    of: Integers
    count: int
    bytes: Floats
    work: Floats
    pins: dict[int, str]
    needs_full: NDArray[np.bool_]

    @cached_property
    def need(self) -> Floats:
        """(cells, arrangement.RESOURCES) of the cells alone, without the channels of bonds."""
        return np.stack((self.bytes, self.work, np.zeros(self.count)), axis=1)


def partition(
    circuit: IntegerCircuit,
    numbers: Numbering,
    groups: Groups,
    weights: Weights,
    wanted: int,
    seed: int,
) -> Cells:
    """Some `wanted` cells of balanced cost; groups with a pinned port are cells of their own.

    Raises:
        ExtraMissing: pymetis is not installed, and there are groups enough to need it.
    """
    total = summed(groups.of, _scalar(weights), groups.count)
    pinned = np.array(sorted(groups.pins), np.int64)
    free = np.setdiff1d(np.arange(groups.count), pinned)
    of_group = np.zeros(groups.count, np.int64)
    of_group[pinned] = np.arange(len(pinned))
    if len(free) <= FEW * wanted:
        of_group[free] = len(pinned) + np.arange(len(free))
    else:
        graph = _without(traffic_graph(circuit, numbers, groups), free)
        of_group[free] = len(pinned) + divide(graph, total[free], wanted, seed)
    used, of_group = np.unique(of_group, return_inverse=True)
    of = of_group[groups.of]
    count = len(used)
    pins = {int(of_group[group]): board for group, board in groups.pins.items()}
    needs_full = np.zeros(count, np.bool_)
    needs_full[of[weights.needs_full]] = True
    return Cells(
        of, count, summed(of, weights.bytes, count), summed(of, weights.work, count), pins, needs_full
    )


def summed(of: Integers, weights: Floats, count: int) -> Floats:
    """The sum of the weights of each of `count` classes."""
    return np.bincount(of, weights, count).astype(np.float64)


def _scalar(weights: Weights) -> Floats:
    """The larger of a unit's shares in all memory and in all work."""
    shares = [each / max(float(each.sum()), 1.0) for each in (weights.bytes, weights.work)]
    return np.asarray(np.maximum(*shares))


def traffic_graph(circuit: IntegerCircuit, numbers: Numbering, groups: Groups) -> Graph:
    """Groups and the spikes a tick between them, over all synapses."""
    rates = {part.name: part.expected for part in circuit.sources}
    keys, weights = [np.zeros(0, np.int64)], [np.zeros(0)]
    for projection in circuit.projections:
        sources, targets = numbers.ends(projection)
        a, b = groups.of[numbers.unit[sources]], groups.of[targets]
        low, high = np.minimum(a, b), np.maximum(a, b)
        pairs, synapses = np.unique(low * groups.count + high, return_counts=True)
        keys.append(pairs)
        weights.append((synapses * max(rates[projection.source], 1e-6)).astype(np.float64))
    pairs = np.concatenate(keys)
    return undirected(groups.count, pairs // groups.count, pairs % groups.count, np.concatenate(weights))


def _without(graph: Graph, free: Integers) -> Graph:
    """The graph of the vertices `free` alone, renumbered in their order."""
    if len(free) == graph.vertices:
        return graph
    place = np.full(graph.vertices, -1)
    place[free] = np.arange(len(free))
    left = place[np.repeat(np.arange(graph.vertices), np.diff(graph.starts))]
    right = place[graph.adjacent]
    once = (left >= 0) & (right > left)
    return undirected(len(free), left[once], right[once], graph.weights[once])
