"""Nested graph -> flat graph: every node by its path, every edge between nodes that compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mycoflux.circuit.nir.library import nir
from mycoflux.circuit.nir.read import KNOWN
from mycoflux.circuit.nir.refusals import Refusals

Key = tuple[str, ...]  # the keys from the outermost graph inward
_DEEPEST = 50


@dataclass(frozen=True)
class FlatGraph:
    """Nodes by path, in the graph's order, and who feeds whom.

    The Input and Output nodes of nested graphs stay, as nodes that hand on what they get.
    """

    nodes: dict[Key, Any]
    feeds: dict[Key, tuple[Key, ...]]  # for each node, the nodes whose outputs arrive at it

    def inputs(self) -> tuple[Key, ...]:
        """The graph's own Input nodes."""
        return tuple(k for k, node in self.nodes.items() if len(k) == 1 and isinstance(node, nir.Input))

    def outputs(self) -> tuple[Key, ...]:
        """The graph's own Output nodes."""
        return tuple(k for k, node in self.nodes.items() if len(k) == 1 and isinstance(node, nir.Output))


def shown(key: Key) -> str:
    """A path as messages show it."""
    return "/".join(key)


def flatten(graph: Any, refusals: Refusals) -> FlatGraph:
    """The flat form of `graph`; what has none goes to `refusals`."""
    work = _Flattener(refusals)
    work.graph(graph, ())
    return FlatGraph(work.nodes, {key: tuple(work.feeds[key]) for key in work.nodes})


class _Flattener:
    def __init__(self, refusals: Refusals) -> None:
        self.nodes: dict[Key, Any] = {}
        self.feeds: dict[Key, list[Key]] = {}
        self._refusals = refusals

    def graph(self, graph: Any, prefix: Key) -> None:
        """Take over a graph's nodes and edges."""
        ends: dict[str, tuple[Key | None, Key | None]] = {}  # where an edge to, and from, a node goes
        for name, node in graph.nodes.items():
            key = (*prefix, str(name))
            if isinstance(node, nir.NIRGraph):
                ends[name] = self._nested(node, key)
                continue
            if type(node).__name__ not in KNOWN:
                kind = type(node).__name__
                self._refusals.add(shown(key), f"is a {kind}", f"These are known: {', '.join(KNOWN)}")
            self.nodes[key] = node
            self.feeds[key] = []
            ends[name] = (key, key)
        for source, target in graph.edges:
            self._edge(str(source), str(target), ends, prefix)

    def _nested(self, graph: Any, key: Key) -> tuple[Key | None, Key | None]:
        if len(key) > _DEEPEST:
            self._refusals.add(shown(key[:3]), f"is nested {_DEEPEST} deep", "Unfold it")
            return None, None
        self.graph(graph, key)
        found: list[Key | None] = []
        for kind in (nir.Input, nir.Output):
            ports = [name for name, node in graph.nodes.items() if isinstance(node, kind)]
            found.append((*key, ports[0]) if len(ports) == 1 else None)
        return found[0], found[1]

    def _edge(
        self, source: str, target: str, ends: dict[str, tuple[Key | None, Key | None]], prefix: Key
    ) -> None:
        edge = f"{shown((*prefix, source))} -> {shown((*prefix, target))}"
        missing = [name for name in (source, target) if name not in ends]
        if missing:
            self._refusals.add(edge, f"names '{missing[0]}', which is no node", "Correct the edge")
            return
        begin, end = ends[source][1], ends[target][0]
        if begin is None or end is None:
            self._refusals.add(
                edge,
                "joins a nested graph that has not exactly one "
                + ("Output" if begin is None else "Input")
                + ", so that where it goes is open",
                "Unfold the nested graph, or give it one Input and one Output",
            )
        elif begin in self.feeds[end]:
            self._refusals.add(edge, "is there twice", "Keep one edge, with the sum of the weights")
        else:
            self.feeds[end].append(begin)
