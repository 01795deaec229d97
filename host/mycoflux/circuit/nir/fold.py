"""Everything between neurons -> links: which source reaches which neurons (or Output), by what weights."""

from __future__ import annotations

import graphlib
from dataclasses import dataclass

import numpy as np

from mycoflux.circuit.nir.flatten import FlatGraph, Key, shown
from mycoflux.circuit.nir.linear import NEURONS, operator
from mycoflux.circuit.nir.link import Link
from mycoflux.circuit.nir.matrix import Floats
from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.circuit.nir.sizes import Shapes


@dataclass(frozen=True, eq=False)
class Arriving:
    """What arrives at a node: links from neurons and Inputs, and a constant."""

    links: tuple[tuple[Key, Link], ...]
    constant: Floats


def fold(graph: FlatGraph, shapes: Shapes, time_unit_s: float, refusals: Refusals) -> dict[Key, Arriving]:
    """For each neuron node and each Output of the graph, what arrives there."""
    neurons = {k for k, node in graph.nodes.items() if type(node).__name__ in NEURONS}
    ends, sources = neurons | set(graph.outputs()), neurons | set(graph.inputs())
    between = [k for k in graph.nodes if k not in ends and k not in sources]
    leaving = {k: _itself(k, shapes.size(k)) for k in sources}
    order = _in_order(between, graph, refusals)
    steps = {
        k: operator(graph.nodes[k], k, shapes.entering[k], shapes.leaving[k], time_unit_s, refusals)
        for k in order
    }
    refusals.raise_if_any()
    for key in order:
        step = steps[key]
        arriving = _gathered(key, graph, leaving, shapes)
        merged: dict[Key, Link] = {}
        for source, link in arriving.links:
            merged[source] = merged[source].plus(link) if source in merged else link
        links = tuple((source, step.link(link)) for source, link in merged.items())
        leaving[key] = Arriving(links, step.constant(arriving.constant))
    return {key: _gathered(key, graph, leaving, shapes) for key in graph.nodes if key in ends}


def _gathered(key: Key, graph: FlatGraph, leaving: dict[Key, Arriving], shapes: Shapes) -> Arriving:
    """All that the node's edges bring; edges that merge add up."""
    links: list[tuple[Key, Link]] = []
    constant = np.zeros(int(np.prod(shapes.entering[key])))
    for source in graph.feeds[key]:
        links += [(begin, link) for begin, link in leaving[source].links if not link.nothing]
        constant = constant + leaving[source].constant
    return Arriving(tuple(links), constant)


def _itself(key: Key, size: int) -> Arriving:
    return Arriving(((key, Link(size)),), np.zeros(size))


def _in_order(between: list[Key], graph: FlatGraph, refusals: Refusals) -> list[Key]:
    inside = set(between)
    sorter = graphlib.TopologicalSorter({k: [s for s in graph.feeds[k] if s in inside] for k in between})
    try:
        return list(sorter.static_order())
    except graphlib.CycleError as error:
        circle = " -> ".join(shown(key) for key in reversed(error.args[1]))
        refusals.add(circle, "is a circle without a neuron in it", "Put a neuron into the circle")
    refusals.raise_if_any()
    return []
