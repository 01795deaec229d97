"""Numbers for what is placed: sources are neurons, then channels; units are neurons, then whole sensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.integer import IntegerCircuit, IntegerProjection, Integers


@dataclass(frozen=True, eq=False)
class Numbering:
    """How the parts of one integer circuit are numbered; the same numbers as its uncut program's.

    first, size: of each population and sensor, among the sources.
    unit: (sources,) what moves with the source: itself, or its sensor.
    population: (neurons,) the number of each neuron's population.
    rates: (sources,) expected spikes, or readings that are not zero, a tick.
    """

    neurons: int
    sources: int
    units: int
    first: Mapping[str, int]
    size: Mapping[str, int]
    unit: Integers
    population: Integers
    rates: NDArray[np.float64]

    def ends(self, projection: IntegerProjection) -> tuple[Integers, Integers]:
        """Source numbers and target neurons of a projection's synapses."""
        return (
            projection.sources.astype(np.int64) + self.first[projection.source],
            projection.targets.astype(np.int64) + self.first[projection.target],
        )


def number(circuit: IntegerCircuit) -> Numbering:
    """The numbers of `circuit`'s parts."""
    parts = circuit.sources
    sizes = [part.size for part in parts]
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    neurons = sum(p.size for p in circuit.populations)
    sensors = np.repeat(np.arange(len(circuit.sensors)), [s.size for s in circuit.sensors])
    return Numbering(
        neurons,
        int(starts[-1]),
        neurons + len(circuit.sensors),
        {part.name: int(at) for part, at in zip(parts, starts[:-1], strict=True)},
        {part.name: part.size for part in parts},
        np.concatenate((np.arange(neurons), neurons + sensors)).astype(np.int64),
        np.repeat(np.arange(len(circuit.populations)), [p.size for p in circuit.populations]),
        np.repeat([part.expected for part in parts], sizes).astype(np.float64),
    )
