"""A bump stays where it was cued, turns while it is driven, and stays where that left it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mycoflux.circuit.generators import RingAttractor
from tests.circuit.generators.runs import channel, program_of, rasters, readings

CUED, SEEN = 300, 2500


def place(raster: np.ndarray) -> float:
    """The mean direction of all spikes, as a place on the ring; Mardia, Directional Statistics, 2.2."""
    angles = np.exp(2j * np.pi * np.arange(raster.shape[1]) / raster.shape[1])
    return float(np.angle((raster @ angles).sum()) / (2 * np.pi) * raster.shape[1])


def away(a: float, b: float, size: int) -> float:
    return (a - b + size / 2) % size - size / 2


@pytest.mark.parametrize(
    "more", [{}, {"size": 128, "width": 8.0, "shift": 8}, {"size": 32, "width": 3.0}], ids=str
)
def test_a_bump_stays_where_it_was_cued(more: dict) -> None:
    circuit = RingAttractor(**more)
    program = program_of(circuit)
    for cued in (0, circuit.size // 3, circuit.size - 2):
        inputs = readings(program, SEEN)
        inputs[100:CUED, channel(program, "cue") + cued] = 4095
        ring = rasters(program, inputs)[0]["ring"]
        assert not ring[:100].any()
        late = ring[SEEN - 500 :]
        assert late.sum() > 50  # two seconds later it is still there,
        assert abs(away(place(late), cued, circuit.size)) < 0.5  # there,
        assert late.any(axis=0).sum() < circuit.size / 2  # and nowhere else


def test_without_recurrence_it_is_gone() -> None:
    program = program_of(RingAttractor(excitation=0.0))
    inputs = readings(program, 1000)
    inputs[100:CUED, channel(program, "cue") + 5] = 4095
    ring = rasters(program, inputs)[0]["ring"]
    assert ring[100:CUED].any() and not ring[CUED + 100 :].any()


@pytest.mark.parametrize(("side", "sign"), [("left", -1), ("right", 1)])
def test_a_bump_turns_while_it_is_driven(side: str, sign: int) -> None:
    circuit = RingAttractor()
    program = program_of(circuit)
    inputs = readings(program, 4000)
    inputs[100:CUED, channel(program, "cue") + 10] = 4095
    inputs[1500:2500, channel(program, side)] = 4095
    ring = rasters(program, inputs)[0]["ring"]
    places = [place(ring[t : t + 250]) for t in range(750, 4000, 250)]
    steps = sign * np.array([away(b, a, circuit.size) for a, b in itertools.pairwise(places)])
    assert abs(away(places[2], 10, circuit.size)) < 0.5
    assert steps[3:6].min() > 1.0  # while it is driven
    assert np.abs(steps[7:]).max() < 0.5  # and stays when it is not
    assert sign * away(places[-1], 10, circuit.size) > 6
