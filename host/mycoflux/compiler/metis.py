"""METIS, if it is installed (`pymetis`, extra `mesh`): a weighted graph in parts, few edges between them.

Karypis and Kumar, "A fast and high quality multilevel scheme for partitioning irregular graphs", 1998.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.integer import Integers
from mycoflux.errors import ExtraMissing

_EDGES = 1 << 40  # METIS sums weights in 64 bits
_WEIGHT = 1 << 20  # the heaviest edge or vertex


@dataclass(frozen=True, eq=False)
class Graph:
    """Undirected, in compressed sparse rows: neighbours of i are `adjacent[starts[i]:starts[i + 1]]`."""

    starts: Integers
    adjacent: Integers
    weights: NDArray[np.float64]  # one an entry of `adjacent`

    @property
    def vertices(self) -> int:
        """How many vertices it has."""
        return len(self.starts) - 1


def undirected(vertices: int, left: Integers, right: Integers, weights: NDArray[np.float64]) -> Graph:
    """The graph of these edges, each given once; edges of one pair are added up, loops left out."""
    apart = left != right
    left, right, weights = left[apart], right[apart], weights[apart]
    keys = np.concatenate((left * vertices + right, right * vertices + left))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts = np.flatnonzero(np.diff(keys, prepend=-1))
    total = np.add.reduceat(np.concatenate((weights, weights))[order], firsts) if len(keys) else weights
    keys = keys[firsts]
    starts = np.concatenate(([0], np.cumsum(np.bincount(keys // vertices, minlength=vertices))))
    return Graph(starts.astype(np.int64), keys % vertices, total)


def divide(
    graph: Graph, weights: NDArray[np.float64], parts: int, seed: int, shares: Sequence[float] = ()
) -> Integers:
    """The part 0..parts-1 of each vertex; parts may be empty where vertices are few or heavy.

    Args:
        graph: what to cut few edges of.
        weights: (vertices,) what the parts are balanced by.
        parts: how many.
        seed: the same one gives the same parts.
        shares: of the weight for each part, their sum 1; even shares if left out.

    Raises:
        ExtraMissing: pymetis is not installed.
    """
    if parts == 1 or graph.vertices <= 1:
        return np.zeros(graph.vertices, np.int64)
    try:
        import pymetis
    except ImportError as error:
        raise ExtraMissing("cutting needs METIS", remedy="pip install 'mycoflux[mesh]'") from error
    _, part = pymetis.part_graph(
        parts,
        pymetis.CSRAdjacency(graph.starts, graph.adjacent),
        vweights=_whole(weights),
        eweights=_whole(graph.weights),
        tpwgts=list(shares) or None,
        recursive=parts <= 8,
        options=pymetis.Options(seed=seed % (1 << 31)),
    )
    return np.asarray(part, np.int64)


def _whole(weights: NDArray[np.float64]) -> Integers:
    """Weights as METIS takes them: whole, from 1 on, in proportion."""
    if not len(weights):
        return np.zeros(0, np.int64)
    unit = max(float(weights.max()) / _WEIGHT, float(weights.sum()) / _EDGES, 1e-300)
    unit = max(unit, float(weights.mean()) / 1000)
    whole: Integers = np.maximum(np.rint(weights / unit), 1).astype(np.int64)
    return whole
