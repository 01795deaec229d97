"""The integer circuit: quantized, not yet laid out; and the table of what was asked and what was got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from myco import arith
from mycoflux.program.convolution import Convolution
from mycoflux.program.neurons import Neuron

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class IntegerPopulation:
    """Neurons of one model (docs/semantics.md); `volts_per_unit` is what 1 of v stands for.

    expected: spikes a tick of a neuron in the mean. vouched: ticks from a spike to the next, at least, on the
    author's word (`max_rate_hz`). at_once: the share of a neuron's inputs that its currents must hold at
    once; 0 for any, where they were measured. decays: that the receptors' currents stand for, of 4096,
    truncation counted; empty for those of `neuron`.
    """

    name: str
    size: int
    neuron: Neuron
    volts_per_unit: float
    origin: str
    expected: float = 0.01
    vouched: int = 1
    at_once: float = 1.0
    decays: tuple[float, ...] = ()


@dataclass(frozen=True)
class IntegerSensor:
    """Encoder numbers: `rate` in spikes a tick at full scale, in 1/4096 (0 unless a rate encoder).

    expected: spikes, or readings that are not zero, a tick of a channel in the mean. vouched: as of an
    `IntegerPopulation`.
    """

    name: str
    size: int
    encoder: int
    rate: int
    origin: str
    expected: float = 0.01
    vouched: int = 1


@dataclass(frozen=True, eq=False)
class IntegerProjection:
    """One delay, one sign, one exponent; sorted by source, then target; weights 1..255."""

    name: str
    source: str
    target: str
    graded: bool
    sign: int
    shift: int
    delay: int
    sources: NDArray[np.integer]
    targets: NDArray[np.integer]
    weights: Integers
    origin: str
    receptor: int = 0
    shared: Convolution | None = None  # the same synapses, where they are a convolution
    stretch: bool = False  # whether the delay may be lengthened

    @property
    def drives(self) -> Integers:
        """The most that each synapse adds to its target's `a` in one tick, without the sign."""
        if self.graded:
            return np.asarray((arith.SENSOR_MAX * self.weights) >> self.shift)
        return self.weights << self.shift


@dataclass(frozen=True)
class IntegerActuator:
    """Decoder numbers (myco_hal.decoders)."""

    name: str
    source: str
    decoder: int
    decay: int
    before: int
    gain: int
    after: int
    ceiling: int
    origin: str


@dataclass(frozen=True)
class IntegerCircuit:
    """A circuit in a program's integers, its parts still by name."""

    name: str
    dt_us: int
    populations: tuple[IntegerPopulation, ...]
    sensors: tuple[IntegerSensor, ...]
    projections: tuple[IntegerProjection, ...]
    actuators: tuple[IntegerActuator, ...]

    @property
    def sources(self) -> tuple[IntegerPopulation | IntegerSensor, ...]:
        """All that spikes come from, in the order of their numbers: populations, then sensors."""
        return *self.populations, *self.sensors


@dataclass(frozen=True)
class Asked:
    """One parameter: what was asked, what the integers give, in the same unit."""

    part: str
    parameter: str
    unit: str
    asked: float
    got: float
    note: str = ""

    @property
    def error(self) -> float:
        """Relative error; absolute where 0 was asked."""
        return abs(self.got - self.asked) / abs(self.asked) if self.asked else abs(self.got)


@dataclass(frozen=True)
class QuantizeWarning:
    """Something that the integers say badly. kind: "weight", "zero weights", "time constant" or "delay"."""

    kind: str
    part: str
    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}" if self.where else f"{self.what}. {self.remedy}"


@dataclass(frozen=True)
class QuantizeReport:
    """Everything the quantizer chose, parameter by parameter, and what it warns of.

    units: of v a volt, by population, what `scale.Scales` keeps.
    """

    entries: tuple[Asked, ...]
    warnings: tuple[QuantizeWarning, ...] = ()
    units: Mapping[str, float] = field(default_factory=dict)

    @property
    def worst(self) -> Asked | None:
        """The entry with the largest relative error."""
        return max(self.entries, key=lambda e: e.error, default=None)
