"""A flat circuit of one kind of LIF neuron, laid out for simulators that work in floats.

They get the author's floats and the resolved synapses; nothing of the compiler behind `resolve` is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit import LIF
from mycoflux.compiler.flat import FlatCircuit, Synapses

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Synapses of one weight, delay and receptor, from neurons or from sensor channels."""

    from_sensors: bool
    sources: Integers
    targets: Integers
    weight_v: float
    delay: int  # ticks beyond the one that every synapse takes
    receptor: int


@dataclass(frozen=True, eq=False)
class FloatNetwork:
    """`size` equal neurons and `channels` sensor channels, numbered through; `ranges`: by population."""

    dt_s: float
    neuron: LIF
    size: int
    channels: int
    ranges: dict[str, range]
    bundles: tuple[Bundle, ...]


def float_network(flat: FlatCircuit) -> FloatNetwork:
    """The network of a flat circuit whose neurons are all of one kind and whose sensors send spikes."""
    neuron = flat.populations[0].neuron
    assert isinstance(neuron, LIF) and all(p.neuron == neuron for p in flat.populations)
    first_neuron = _firsts((p.name, p.size) for p in flat.populations)
    first_channel = _firsts((s.name, s.size) for s in flat.sensors)
    return FloatNetwork(
        flat.dt_s,
        neuron,
        sum(p.size for p in flat.populations),
        sum(s.size for s in flat.sensors),
        {p.name: range(first_neuron[p.name], first_neuron[p.name] + p.size) for p in flat.populations},
        tuple(_bundles(flat.projections, neuron, first_neuron, first_channel)),
    )


def _firsts(sizes: Iterator[tuple[str, int]]) -> dict[str, int]:
    firsts, at = {}, 0
    for name, size in sizes:
        firsts[name] = at
        at += size
    return firsts


def _bundles(
    projections: tuple[Synapses, ...], neuron: LIF, neurons: dict[str, int], channels: dict[str, int]
) -> Iterator[Bundle]:
    receptors = ("", *neuron.receptors)
    found: dict[tuple[bool, float, int, int], list[tuple[Integers, Integers]]] = {}
    for p in projections:
        from_sensors = p.source in channels
        sources = p.sources + (channels if from_sensors else neurons)[p.source]
        for weight in np.unique(p.weights_v):
            for delay in np.unique(p.delays):
                keep = (p.weights_v == weight) & (p.delays == delay)
                key = (from_sensors, float(weight), int(delay), receptors.index(p.receptor))
                found.setdefault(key, []).append((sources[keep], p.targets[keep] + neurons[p.target]))
    for (from_sensors, weight, delay, receptor), parts in found.items():
        sources, targets = (np.concatenate(side) for side in zip(*parts, strict=True))
        yield Bundle(from_sensors, sources, targets, weight, delay, receptor)
