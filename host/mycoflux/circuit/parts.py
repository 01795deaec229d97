"""The parts of a circuit, as frozen data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mycoflux.circuit.neurons import DEFAULT_RECEPTOR, Neuron
from mycoflux.circuit.patterns import Pattern
from mycoflux.circuit.ports import Decoder, Encoder

TYPICAL_RATE_HZ = 10.0  # of a neuron or channel whose author says nothing


@dataclass(frozen=True)
class Population:
    """`size` neurons of one model.

    expected_rate_hz: spikes a second of each neuron that the author expects in the mean, for the costs that
    the compiler computes; None for `TYPICAL_RATE_HZ`. max_rate_hz: the author's word that two spikes of one
    neuron are never less than 1 / max_rate_hz apart, within a burst either, for the bounds; None for what the
    model's refractory period allows.
    """

    name: str
    size: int
    neuron: Neuron
    origin: str
    expected_rate_hz: float | None = None
    max_rate_hz: float | None = None


@dataclass(frozen=True)
class SensorPort:
    """`size` channels of readings through one encoder; rates as of a `Population`, of each channel."""

    name: str
    size: int
    encoder: Encoder
    origin: str
    expected_rate_hz: float | None = None
    max_rate_hz: float | None = None


@dataclass(frozen=True)
class ActuatorPort:
    """One value out of a population through a decoder."""

    name: str
    source: str
    decoder: Decoder
    origin: str


@dataclass(frozen=True)
class Projection:
    """Synapses from a population or sensor port to a population.

    weight_v: volts, one for all or one a synapse in the pattern's order. delay_s: seconds from spike to
    effect, likewise; None for the shortest there is, one tick. receptor: the target's, by name, "" for its
    first. stretch: whether the compiler may lengthen the delay where spikes have to go from board to board.
    """

    name: str
    source: str
    target: str
    pattern: Pattern
    weight_v: float | Sequence[float]
    delay_s: float | Sequence[float] | None
    origin: str
    receptor: str = DEFAULT_RECEPTOR
    stretch: bool = False
