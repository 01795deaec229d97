"""How often a source can spike at most: the least number of ticks from one of its spikes to the next.

A neuron that is held for r ticks after a spike spikes in every (r + 1)th at most; a rate encoder's
sigma-delta is even to within a tick. This is what lets `scale` and `bound` leave a current more room than
"every input in every tick", which nothing with a refractory period can do.

An author's `max_rate_hz` is taken as the least interval, 1 / max_rate_hz, not as a mean: a mean of 10 Hz
allows a burst in consecutive ticks, which a bound must hold. Such an interval is *vouched* for by the author;
nothing enforces it, and what rests on it says so (`Bounds.assuming`).
"""

from __future__ import annotations

import math

from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.parts import TYPICAL_RATE_HZ, Population, SensorPort
from mycoflux.circuit.ports import ConstantCurrent, Rate
from mycoflux.compiler.integer import IntegerPopulation, IntegerSensor
from mycoflux.program.neurons import GeneralLif

_LONGEST = 1e9  # ticks
_FULL = 4096  # of a rate encoder's `rate`: a spike a tick


def least_interval_asked(source: Population | SensorPort, dt_s: float) -> int:
    """Of a part of a circuit, ticks; as `least_interval` will say of what it is quantized to."""
    return max(_of_kind_asked(source, dt_s), vouched(source, dt_s))


def vouched(source: Population | SensorPort, dt_s: float) -> int:
    """Ticks from a spike to the next, at least, on the author's word; 1 where nothing was said.

    A reading is a current in every tick, which no rate bounds.
    """
    reading = isinstance(source, SensorPort) and isinstance(source.encoder, ConstantCurrent)
    if source.max_rate_hz is None or reading:
        return 1
    # What is whole but for its last bit is taken as whole. No current remembers the longest interval.
    return max(1, math.floor(min(1 / (source.max_rate_hz * dt_s) * (1 + 1e-9), _LONGEST)))


def _of_kind_asked(source: Population | SensorPort, dt_s: float) -> int:
    if isinstance(source, SensorPort):
        encoder = source.encoder
        return _of_rate(round(encoder.max_rate_hz * dt_s * _FULL)) if isinstance(encoder, Rate) else 1
    neuron = source.neuron
    if isinstance(neuron, LIF) and not neuron.restart_every_s:
        return 1 + round(neuron.refractory_s / dt_s)
    return 1


def least_interval(source: IntegerPopulation | IntegerSensor) -> int:
    """Of a part of an integer circuit, ticks."""
    return max(of_kind(source), source.vouched)


def of_kind(source: IntegerPopulation | IntegerSensor) -> int:
    """What the part itself enforces. A restart ends a refractory period early."""
    if isinstance(source, IntegerSensor):
        return _of_rate(source.rate)
    neuron = source.neuron
    return 1 + neuron.refractory if isinstance(neuron, GeneralLif) and not neuron.interval else 1


def _of_rate(rate: int) -> int:
    """The accumulator keeps less than one tick's share from spike to spike."""
    return max(1, -(-_FULL // rate) - 1) if rate else 1


def expected(source: Population | SensorPort, dt_s: float) -> float:
    """Spikes a tick that are expected of each neuron or channel in the mean; 1 at most."""
    if isinstance(source, SensorPort) and isinstance(source.encoder, ConstantCurrent):
        return 1.0  # a reading acts in every tick
    rate_hz = source.expected_rate_hz
    if rate_hz is None and isinstance(source, SensorPort) and isinstance(source.encoder, Rate):
        rate_hz = source.encoder.max_rate_hz / 2
    return min((TYPICAL_RATE_HZ if rate_hz is None else rate_hz) * dt_s, 1.0)


def summed(decay: int, interval: int) -> float:
    """What spikes of 1 every `interval` ticks add up to at most, where each tick keeps 1 - decay / 4096."""
    return 1 / (1 - (1 - decay / 4096) ** interval)
