"""Half-centres alternate; rings of oscillators are active one after the other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mycoflux.circuit.generators import HalfCentre, OscillatorRing
from tests.circuit.generators.runs import program_of, rasters, readings


def activity(circuit: HalfCentre, ticks: int) -> np.ndarray:
    """(populations, ticks / 25) spikes of each population in bins of 25 ms, after a second."""
    program = program_of(circuit)
    populations = rasters(program, readings(program, ticks))[0].values()
    return np.array([r[1000:].reshape(-1, 25, r.shape[1]).sum(axis=(1, 2)) for r in populations])


def phases(counts: np.ndarray) -> np.ndarray:
    """How far each population lags the first, in shares of a period of the strongest rhythm."""
    waves = np.fft.rfft(counts - counts.mean(axis=1, keepdims=True))
    strongest = np.abs(waves).sum(axis=0).argmax()
    lag = -np.angle(waves[:, strongest] * np.conj(waves[0, strongest])) / (2 * np.pi)
    return np.asarray(lag % 1.0)


def turns(counts: np.ndarray) -> list[int]:
    """Who is most active, each time that changes."""
    active = counts.argmax(axis=0)[counts.max(axis=0) > 0]
    return active[np.flatnonzero(np.diff(active, prepend=-1))].tolist()


@pytest.mark.parametrize("more", [{}, {"group": 1}, {"drive": 4.0}, {"inhibition": 1.5}], ids=str)
def test_sides_take_turns(more: dict) -> None:
    counts = activity(HalfCentre(**more), 9000)
    assert phases(counts)[1] == pytest.approx(0.5, abs=0.03)
    order = turns(counts)
    assert len(order) >= 10 and all(a != b for a, b in itertools.pairwise(order))
    both = np.minimum(*counts).sum() / counts.sum()  # 0.5 where they go together
    assert both < 0.12
    left, right = counts.sum(axis=1)
    assert 0.7 < left / right < 1.4


def test_turns_are_shorter_the_sooner_a_side_tires() -> None:
    slow, usual, fast = (len(turns(activity(HalfCentre(fatigue=f), 11_000))) for f in (0.025, 0.05, 0.2))
    assert slow * 2 < usual and usual * 2 < fast
    assert slow < 10 and fast > 50  # turns of over a second, of less than 0.2 s


def test_without_fatigue_one_side_wins() -> None:
    assert set(turns(activity(HalfCentre(fatigue=0.0), 5000))) == {0}


@pytest.mark.parametrize("count", [3, 4, 5, 6, 7, 8])
def test_a_ring_lags_by_its_share_of_a_period(count: int) -> None:
    counts = activity(OscillatorRing(phases=count), 9000)
    apart = (phases(counts) - np.arange(count) / count + 0.5) % 1.0 - 0.5
    assert np.abs(apart).max() < 0.04
    rates = counts.sum(axis=1)
    assert rates.min() > 0.7 * rates.max()
