"""What each unit will cost the board that it is placed on: estimates, additive, for partition and placement.

The exact figures of an emitted share are `cost`'s; these differ by what neurons share (tables, channels).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myco import layout
from mycoflux.compiler.integer import IntegerCircuit, IntegerProjection
from mycoflux.compiler.lacking import lacks_decoder, lacks_neuron
from mycoflux.compiler.numbering import Numbering
from mycoflux.program.tables import RECORD

Floats = NDArray[np.float64]

WORD = 4  # bytes of an entry of u, v, a ring, an encoder's or a decoder's state
FIRED = 2  # bytes of an entry of the list of what spiked
WIDE_SYNAPSE = 3  # bytes: a target of 16 bits, a weight of 8
PACKED_SYNAPSE = 2  # bytes: in tables of at most 256 targets each, with a row for each source in all of them
CHANNEL = 2 + WORD + FIRED  # bytes: a reading, the encoder's state, an entry in the list
ROW = 2  # bytes of a source's row start in a table: its first is counted where the source is
TABLE = RECORD + 17 * WORD  # bytes of a further table's record: in the image, and as the runtime keeps it


@dataclass(frozen=True)
class UnitWork:
    """Instructions of a neuron in a tick, of a synapse that a spike passes, of a spike sent."""

    neuron: float
    event: float
    spike: float


# Where no board's own are known, in proportion: what the runtime does for each, in bytecode.
ALIKE = UnitWork(neuron=4.0, event=1.0, spike=4.0)


@dataclass(frozen=True, eq=False)
class Weights:
    """bytes: (units,) of memory. work: (units,) expected instructions a tick.

    needs_full: (units,) whether the smallest runtime lacks it (`lacking`).
    """

    bytes: Floats
    work: Floats
    needs_full: NDArray[np.bool_]


def weigh(circuit: IntegerCircuit, numbers: Numbering, unit: UnitWork = ALIKE) -> Weights:
    """The cost of each unit: of a neuron with the synapses that reach it, of a sensor with its channels."""
    arriving = np.zeros(numbers.neurons)  # bytes of synapses
    events = np.zeros(numbers.neurons)  # a tick
    depth = np.ones(len(circuit.populations), np.int64)
    place = {p.name: i for i, p in enumerate(circuit.populations)}
    rates = {part.name: part.expected for part in circuit.sources}
    for projection in circuit.projections:
        first, size = numbers.first[projection.target], numbers.size[projection.target]
        count = np.bincount(projection.targets, minlength=size)
        arriving[first : first + size] += count * _synapse(projection, numbers.size[projection.source], size)
        events[first : first + size] += count * rates[projection.source]
        at = place[projection.target]
        depth[at] = max(depth[at], projection.delay + 1)
    of = np.repeat
    sizes = [p.size for p in circuit.populations]
    words = np.array([2 + p.neuron.words for p in circuit.populations], np.int64)
    words += depth * np.array([p.neuron.receptors for p in circuit.populations], np.int64)
    channels = np.array([s.size for s in circuit.sensors], np.float64)
    work = unit.neuron + events * unit.event + numbers.rates[: numbers.neurons] * unit.spike
    return Weights(
        np.concatenate((of(words, sizes) * WORD + FIRED + arriving, channels * CHANNEL)),
        np.concatenate((work, channels * unit.neuron)),
        np.concatenate((of(_need_full(circuit), sizes), np.zeros(len(channels), np.bool_))),
    )


def _synapse(projection: IntegerProjection, sources: int, size: int) -> float:
    """Bytes of a synapse, its part of what tables take; of a projection from `sources` to `size` neurons."""
    synapses = max(len(projection.targets), 1)
    dense = sources * size / synapses
    return min(WIDE_SYNAPSE, PACKED_SYNAPSE + _further(projection) / synapses, dense)


def _further(projection: IntegerProjection) -> int:
    """Bytes of what packed tables have in all beyond one row a source and one record."""
    block = projection.targets // layout.PACKED_MAX
    blocks = int(block.max(initial=0)) + 1
    if blocks == 1:
        return 0
    low, high = np.full(blocks, np.iinfo(np.int64).max), np.full(blocks, -1)
    np.minimum.at(low, block, projection.sources)
    np.maximum.at(high, block, projection.sources)
    used = high >= 0
    rows = int((high - low + 1)[used].sum()) - int(high.max() - low.min() + 1)
    return int(ROW * max(rows, 0) + TABLE * (int(used.sum()) - 1))


def _need_full(circuit: IntegerCircuit) -> NDArray[np.bool_]:
    """Whether each population needs the full runtime: for itself, or for what reads it."""
    read = {a.source for a in circuit.actuators if lacks_decoder(a.decoder)}
    return np.array([lacks_neuron(p.neuron) or p.name in read for p in circuit.populations], np.bool_)
