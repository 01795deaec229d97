"""Routes between boards, what passes over each link, and how many ticks a spike takes.

What one board sends another in a tick goes together (`cost.link_bytes`), the way of fewest links and, of
those, over the links that carry least so far. A hop takes a tick, and where all sources at once need more
bytes than the link passes in a tick, as many ticks as they need. So what a tick sends is there before it is
due even if every neuron spikes in it; where that may happen in every tick, too, the link is `sure`.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.cost import link_bytes
from mycoflux.compiler.integer import IntegerCircuit, Integers
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.nets import listeners
from mycoflux.compiler.numbering import Numbering
from mycoflux.compiler.weigh import Floats


@dataclass(frozen=True, eq=False)
class Demand:
    """Bytes a tick from each board to each, (boards, boards): as expected, and if every source sends."""

    expected: Floats
    most: Floats


@dataclass(frozen=True, eq=False)
class Load:
    """One way over a link: bytes a tick as expected and at most, bytes that pass in one, ticks it takes."""

    source: int
    target: int
    edge: int
    expected: float
    most: float
    passes: float
    ticks: int

    @property
    def over(self) -> float:
        """By what share the expected bytes exceed what passes."""
        return max(0.0, self.expected / self.passes - 1.0)

    @property
    def sure(self) -> bool:
        """Whether nothing is late even if every source sends in every tick."""
        return self.most <= self.passes


@dataclass(frozen=True, eq=False)
class Routes:
    """paths: boards by (from, to), both ends included, where there is anything to send.

    loads: by (from, to) of neighbours. latency: (boards, boards) ticks from each to each on its path, or at
    least; 0 on the diagonal.
    """

    paths: dict[tuple[int, int], tuple[int, ...]]
    loads: dict[tuple[int, int], Load]
    latency: Integers

    @property
    def over(self) -> float:
        """The largest share by which a link is overloaded."""
        return max((load.over for load in self.loads.values()), default=0.0)


def demand(circuit: IntegerCircuit, numbers: Numbering, board_of: Integers, boards: int) -> Demand:
    """What has to be sent with units on the boards `board_of`."""
    heard = listeners(circuit, numbers, board_of[: numbers.neurons], boards)
    home = board_of[numbers.unit]
    heard[np.arange(numbers.sources), home] = False
    values = np.zeros(numbers.sources, np.bool_)
    for name in {p.source for p in circuit.projections if p.graded}:
        values[numbers.first[name] : numbers.first[name] + numbers.size[name]] = True

    def between(weights: NDArray[np.floating[Any]]) -> Floats:
        total = np.zeros((boards, boards))
        np.add.at(total, home, weights[:, None] * heard)
        return total

    spikes, readings = between(numbers.rates * ~values), between(numbers.rates * values)
    channels, inputs = between(~values * 1.0), between(values * 1.0)
    expected, most = np.zeros((boards, boards)), np.zeros((boards, boards))
    for a, b in zip(*map(np.ndarray.tolist, np.nonzero(channels + inputs)), strict=True):
        sources = int(channels[a, b] + inputs[a, b])
        # Where less than one is sent a tick, a frame is as rare.
        often = min(1.0, spikes[a, b] + readings[a, b])
        if often:
            expected[a, b] = often * link_bytes(spikes[a, b] / often, sources, readings[a, b] / often)
        most[a, b] = link_bytes(channels[a, b], sources, inputs[a, b])
    return Demand(expected, most)


def route(mesh: Mesh, demand: Demand, dt_us: int) -> Routes:
    """Paths for what is to be sent, the largest demand first."""
    passes = {}
    for number, edge in enumerate(mesh.edges):
        a, b = mesh.index[edge.a], mesh.index[edge.b]
        passes[a, b] = passes[b, a] = (number, edge.bytes_a_tick(dt_us))
    expected = dict.fromkeys(passes, 0.0)
    most = dict.fromkeys(passes, 0.0)
    pairs = sorted(zip(*map(np.ndarray.tolist, np.nonzero(demand.most)), strict=True))
    paths = {}
    for a, b in sorted(pairs, key=lambda pair: -demand.most[pair]):
        relative = {link: (most[link] + demand.most[a, b]) / passes[link][1] for link in passes}
        path = paths[a, b] = _shortest(mesh, a, b, relative)
        for link in pairwise(path):
            expected[link] += float(demand.expected[a, b])
            most[link] += float(demand.most[a, b])
    loads = {
        link: Load(*link, number, expected[link], most[link], room, max(1, math.ceil(most[link] / room)))
        for link, (number, room) in passes.items()
    }
    latency = mesh.hops.copy()
    for (a, b), path in paths.items():
        latency[a, b] = sum(loads[link].ticks for link in pairwise(path))
    return Routes(paths, loads, latency)


def _shortest(mesh: Mesh, start: int, end: int, load: dict[tuple[int, int], float]) -> tuple[int, ...]:
    """Dijkstra's way by links, then by what they carry, then by the boards' numbers."""
    queue: list[tuple[int, float, tuple[int, ...]]] = [(0, 0.0, (start,))]
    done = set()
    while True:
        hops, carried, path = heapq.heappop(queue)
        at = path[-1]
        if at == end:
            return path
        if at in done:
            continue
        done.add(at)
        for to, _ in mesh.neighbours[at]:
            if to not in done and mesh.hops[to, end] == mesh.hops[at, end] - 1:
                heapq.heappush(queue, (hops + 1, carried + load[at, to], (*path, to)))
