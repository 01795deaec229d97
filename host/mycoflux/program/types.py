"""The program: the integer-only form of a circuit that machines run. Frozen data, no behaviour.

Names are those of the author's circuit; `origin` is the author's file and line and does not travel in
an image (it takes no part in comparisons).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from myco import layout
from mycoflux.program.convolution import Convolution
from mycoflux.program.neurons import Neuron

IntArray = NDArray[np.int64]

MAX_SYNAPSES = 50_000_000  # of one projection: some 3 GB while it is compiled

ENCODERS = {
    layout.ENCODE_CURRENT: "current",
    layout.ENCODE_RATE: "rate",
    layout.ENCODE_SPIKE: "spike",
}
DECODERS = {
    layout.DECODE_LEVEL: "level",
    layout.DECODE_WINNER: "winner",
    layout.DECODE_POTENTIAL: "potential",
    layout.DECODE_STRONGEST: "strongest",
}


@dataclass(frozen=True)
class Population:
    """Neurons `first` .. `first + size - 1` of one model with common parameters (docs/semantics.md)."""

    name: str
    first: int
    size: int
    neuron: Neuron
    depth: int  # ring slots: longest incoming delay + 1
    ring_at: int  # where its ring begins among the accumulators
    origin: str = field(default="", compare=False)


@dataclass(frozen=True)
class Sensor:
    """Input channels `first` .. `first + size - 1` through one kind of encoder."""

    name: str
    encoder: int  # layout.ENCODE_*
    first: int
    size: int
    rate: int  # rate encoder: spikes a tick at full scale, in 1/4096; else 0
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, eq=False)
class Projection:
    """A synapse table with one delay, one exponent and one sign, in compressed sparse rows.

    Row r holds the synapses of source `first + r`: targets[rows[r]:rows[r + 1]], relative to the target
    population and ascending, with weights 1..255. They are all in its block of targets, `first_target` ..
    `first_target + target_count - 1`. A spike adds sign * (weight << shift), one with a value
    sign * ((value << shift) * weight); from a `current` sensor a reading x adds
    sign * ((x * weight) >> shift) every tick.
    """

    group: int  # source group: population index, or number of populations + sensor index
    target: int  # population index
    first: int  # first source
    sources: int
    first_target: int  # relative to the target population
    target_count: int
    delay: int  # 0..62 further ticks beyond the one every synapse takes
    sign: int  # +1 or -1
    shift: int
    rows: IntArray  # (sources + 1,)
    targets: IntArray  # (synapses,)
    weights: IntArray  # (synapses,)
    receptor: int = 0  # of the target, 0..3
    shared: Convolution | None = (
        None  # where the table is a convolution: rows, targets, weights follow from it
    )
    hot: bool = False  # a hint that straight-line code is worth its RAM here; changes no result
    origin: str = ""

    @property
    def synapses(self) -> int:
        """How many synapses the table holds."""
        return len(self.weights)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Projection):
            return NotImplemented
        # `shared` is how the same synapses may be stored, no part of what they are.
        return self._scalars() == other._scalars() and all(
            np.array_equal(a, b)
            for a, b in (
                (self.rows, other.rows),
                (self.targets, other.targets),
                (self.weights, other.weights),
            )
        )

    def __hash__(self) -> int:
        return hash((self._scalars(), self.weights.tobytes()))

    def _scalars(self) -> tuple[int, ...]:
        return (
            self.group,
            self.target,
            self.first,
            self.sources,
            self.first_target,
            self.target_count,
            self.delay,
            self.sign,
            self.shift,
            self.receptor,
            self.hot,
        )


@dataclass(frozen=True)
class Actuator:
    """A decoder over neurons `first` .. `first + size - 1`; its output has the actuator's own index."""

    name: str
    decoder: int  # layout.DECODE_*
    first: int
    size: int
    decay: int  # 0..4096 a tick
    before: int
    gain: int
    after: int
    ceiling: int
    trace_at: int
    origin: str = field(default="", compare=False)

    @property
    def traces(self) -> int:
        """How many leaky traces it keeps."""
        return {layout.DECODE_WINNER: self.size, layout.DECODE_LEVEL: 1}.get(self.decoder, 0)


@dataclass(frozen=True)
class Program:
    """Everything a machine needs to run a circuit, in integers."""

    name: str
    dt_us: int
    populations: tuple[Population, ...]
    sensors: tuple[Sensor, ...]
    projections: tuple[Projection, ...]
    actuators: tuple[Actuator, ...]

    @cached_property
    def neurons(self) -> int:
        """Number of neurons."""
        return sum(p.size for p in self.populations)

    @cached_property
    def channels(self) -> int:
        """Number of sensor channels."""
        return sum(s.size for s in self.sensors)

    @cached_property
    def synapses(self) -> int:
        """Number of synapses."""
        return sum(p.synapses for p in self.projections)

    @cached_property
    def accumulators(self) -> int:
        """Number of ring entries of all populations."""
        return sum(p.size * p.depth * p.neuron.receptors for p in self.populations)

    @cached_property
    def traces(self) -> int:
        """Number of decoder traces."""
        return sum(a.traces for a in self.actuators)

    def group_name(self, group: int) -> str:
        """The name of a source group, for messages."""
        groups: tuple[Population | Sensor, ...] = (*self.populations, *self.sensors)
        return groups[group].name

    @property
    def sensor_channels(self) -> tuple[str, ...]:
        """A name for each channel: the port's own, with [i] where it has several."""
        return tuple(s.name if s.size == 1 else f"{s.name}[{i}]" for s in self.sensors for i in range(s.size))
