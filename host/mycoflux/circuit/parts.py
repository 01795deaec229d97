"""The parts of a circuit, as frozen data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mycoflux.circuit.neurons import DEFAULT_RECEPTOR, Neuron
from mycoflux.circuit.patterns import Pattern
from mycoflux.circuit.ports import Decoder, Encoder


@dataclass(frozen=True)
class Population:
    """`size` neurons of one model."""

    name: str
    size: int
    neuron: Neuron
    origin: str


@dataclass(frozen=True)
class SensorPort:
    """`size` channels of readings through one encoder."""

    name: str
    size: int
    encoder: Encoder
    origin: str


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
    first.
    """

    name: str
    source: str
    target: str
    pattern: Pattern
    weight_v: float | Sequence[float]
    delay_s: float | Sequence[float] | None
    origin: str
    receptor: str = DEFAULT_RECEPTOR
