"""The shape of what enters and leaves each node, from the graph's inputs onward.

NIR leaves shapes open: parameters may be scalars that stand for a whole layer, and pools and some
convolutions do not say what they are applied to. Only the number of elements must agree along an edge: they
are numbered in C order everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mycoflux.circuit.nir.convolutions import output_shape, wanted_channels
from mycoflux.circuit.nir.flatten import FlatGraph, Key, shown
from mycoflux.circuit.nir.refusals import Refusals

Shape = tuple[int, ...]
LARGEST = 50_000_000  # elements between two nodes

# Where a node acts on each element alone: the parameter that says how many there are.
_ELEMENTWISE = {
    "LIF": "v_threshold",
    "CubaLIF": "v_threshold",
    "LI": "v_leak",
    "CubaLI": "v_leak",
    "I": "r",
    "IF": "v_threshold",
    "Threshold": "threshold",
    "Scale": "scale",
    "Delay": "delay",
}
_CONVOLUTIONS = ("Conv1d", "Conv2d", "SumPool2d", "AvgPool2d")


@dataclass(frozen=True)
class Shapes:
    """What enters and what leaves each node."""

    entering: dict[Key, Shape]
    leaving: dict[Key, Shape]

    def size(self, key: Key) -> int:
        """How many values leave the node."""
        return math.prod(self.leaving[key])


def find_shapes(graph: FlatGraph, refusals: Refusals) -> Shapes:
    """The shapes of all nodes; nodes that have none, and edges whose ends differ, go to `refusals`."""
    shapes = Shapes({}, {})
    followers: dict[Key, list[Key]] = {key: [] for key in graph.nodes}
    for key, sources in graph.feeds.items():
        for source in sources:
            followers[source].append(key)
    for alone in (False, True):  # then also by the nodes' own parameters, where no neighbour says more
        waiting = list(graph.nodes)
        while waiting:
            key = waiting.pop(0)
            try:
                found = key not in shapes.leaving and _find(key, graph, shapes, alone)
            except (TypeError, ValueError, OverflowError, IndexError, AttributeError) as error:
                kind = type(graph.nodes[key]).__name__
                remedy = "See NIR's documentation of the node"
                refusals.add(shown(key), f"has parameters that make no {kind} ({error})", remedy)
                continue
            if found:
                waiting += followers[key]
    if not len(refusals):
        _check(graph, shapes, refusals)
    return shapes


def _find(key: Key, graph: FlatGraph, shapes: Shapes, alone: bool) -> bool:
    node = graph.nodes[key]
    arriving = next((shapes.leaving[s] for s in graph.feeds[key] if s in shapes.leaving), None)
    entering = _entering(node, arriving, alone or not graph.feeds[key])
    if entering is None:
        return False
    leaving = _leaving(node, entering)
    if leaving is None or min((*leaving, 1)) < 1:
        return False
    shapes.entering[key], shapes.leaving[key] = entering, leaving
    return True


def _entering(node: Any, arriving: Shape | None, alone: bool) -> Shape | None:
    kind = type(node).__name__
    if kind in ("Affine", "Linear"):
        weight = np.shape(node.weight)
        return (*weight[:-2], weight[-1]) if len(weight) >= 2 else None
    if kind in _CONVOLUTIONS:
        return _entering_convolution(node, arriving)
    if kind in _ELEMENTWISE:
        return _elementwise(np.shape(getattr(node, _ELEMENTWISE[kind])), arriving, alone)
    if arriving is not None:
        return arriving
    declared = (node.input_type or {}).get("input")
    return None if declared is None else tuple(int(n) for n in np.atleast_1d(declared))


def _elementwise(own: Shape, arriving: Shape | None, alone: bool) -> Shape | None:
    if arriving is None:
        return own or (1,) if math.prod(own) > 1 or alone else None
    if math.prod(own) == math.prod(arriving):
        return arriving if len(arriving) >= len(own) else own
    try:  # a scalar, or one value a channel, such as (channels, 1, 1)
        broadcast = np.broadcast_shapes(own, arriving)
    except ValueError:
        broadcast = ()
    return arriving if broadcast == arriving or math.prod(own) == 1 else own


def _entering_convolution(node: Any, arriving: Shape | None) -> Shape | None:
    """(channels, height, width), or (channels, length) for Conv1d."""
    rank = 2 if type(node).__name__ == "Conv1d" else 3
    channels = wanted_channels(node)
    declared = getattr(node, "input_shape", None)
    if declared is not None and channels:
        return (channels, *(int(n) for n in np.atleast_1d(declared)))
    if arriving is None:
        return None
    while len(arriving) > rank and arriving[0] == 1:  # a batch of one
        arriving = arriving[1:]
    fits = len(arriving) == rank and channels in (None, arriving[0])
    return arriving if fits else None


def _leaving(node: Any, entering: Shape) -> Shape | None:
    kind = type(node).__name__
    if kind in ("Affine", "Linear"):
        return tuple(np.shape(node.weight)[:-1])
    if kind in _CONVOLUTIONS:
        return output_shape(node, entering)
    if kind == "Flatten":
        return _flattened(entering, int(node.start_dim), int(node.end_dim))
    return entering


def _flattened(shape: Shape, start: int, end: int) -> Shape:
    """As torch does; all in one where the dimensions counted a batch that is not here."""
    rank = len(shape)
    start, end = (n + rank if n < 0 else n for n in (start, end))
    if not 0 <= start <= end < rank:
        return (math.prod(shape),)
    return (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])


def _check(graph: FlatGraph, shapes: Shapes, refusals: Refusals) -> None:
    for key in graph.nodes:
        if key not in shapes.leaving:
            unknown = [s for s in graph.feeds[key] if s not in shapes.leaving]
            if not unknown or key in unknown:  # else the one before it is the one to name
                refusals.add(
                    shown(key),
                    f"({type(graph.nodes[key]).__name__}) does not say what it is applied to, nor do the "
                    "nodes before it",
                    "Give it an input_shape that fits, or the graph's Input its full shape",
                )
            continue
        size = math.prod(shapes.entering[key])
        if max(size, shapes.size(key)) > LARGEST:
            refusals.add(shown(key), f"has {size:,} values", f"{LARGEST:,} is the most; use fewer")
        for source in graph.feeds[key]:
            if source in shapes.leaving and shapes.size(source) != size:
                refusals.add(
                    f"{shown(source)} -> {shown(key)}",
                    f"carries {shapes.size(source)} values to a node that takes {size}",
                    "Correct the weights' shape or the Input's",
                )
