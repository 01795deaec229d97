"""Measures of spike trains against their definitions and published properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.validate.trains import (
    coincidence_factor,
    mean_cv,
    mean_interval,
    van_rossum,
    victor_purpura,
)

train = st.lists(st.integers(0, 2000), unique=True, max_size=12).map(lambda t: np.array(sorted(t)) / 1000)


def victor_purpura_by_definition(a: np.ndarray, b: np.ndarray, cost_hz: float) -> float:
    """The recursion of Victor and Purpura (1996)."""
    table = np.zeros((len(a) + 1, len(b) + 1))
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            moved = table[i, j] + cost_hz * abs(x - y)
            table[i + 1, j + 1] = min(table[i, j + 1] + 1, table[i + 1, j] + 1, moved)
    return float(table[-1, -1])


@settings(max_examples=60, deadline=None)
@given(a=train, b=train, cost_hz=st.sampled_from([1.0, 20.0, 100.0, 1000.0]))
def test_victor_purpura_is_the_least_cost(a: np.ndarray, b: np.ndarray, cost_hz: float) -> None:
    assert victor_purpura(a, b, cost_hz) == pytest.approx(victor_purpura_by_definition(a, b, cost_hz))


@settings(max_examples=60, deadline=None)
@given(a=train, b=train, tau_s=st.sampled_from([0.005, 0.02]))
def test_van_rossum_is_the_distance_of_the_filtered_trains(
    a: np.ndarray, b: np.ndarray, tau_s: float
) -> None:
    t = np.arange(0, 2.5, 0.0005)

    def filtered(spikes: np.ndarray) -> np.ndarray:
        since = t[:, None] - spikes[None]
        return np.where(since >= -1e-9, np.exp(-np.maximum(since, 0) / tau_s), 0).sum(axis=1)

    area = np.sum((filtered(a) - filtered(b)) ** 2) * 0.0005
    assert van_rossum(a, b, tau_s) == pytest.approx(math.sqrt(2 * area / tau_s), abs=0.2, rel=0.1)


def test_a_spike_more_is_a_distance_of_one() -> None:
    a = np.array([0.1, 0.5])
    assert van_rossum(a, np.array([0.1]), 0.01) == pytest.approx(1.0, abs=1e-6)
    assert victor_purpura(a, np.array([0.1]), 100.0) == 1.0
    assert victor_purpura(a, np.empty(0), 100.0) == 2.0
    assert van_rossum(np.empty(0), np.empty(0), 0.01) == 0.0


def test_coincidences_are_one_for_equals_and_none_for_chance() -> None:
    rng = np.random.default_rng(4)
    a = np.flatnonzero(rng.random(20_000) < 0.02) / 1000
    assert coincidence_factor(a, a, 20.0, 0.002) == pytest.approx(1.0)
    strangers = [
        coincidence_factor(a, np.flatnonzero(rng.random(20_000) < 0.02) / 1000, 20.0, 0.002) for _ in range(8)
    ]
    assert abs(np.mean(strangers)) < 0.05
    assert coincidence_factor(a, a + 0.001, 20.0, 0.002) == pytest.approx(1.0, abs=0.03)
    assert coincidence_factor(a, a[::2], 20.0, 0.002) == pytest.approx(2 / 3, abs=0.05)


def test_coincidences_at_the_edges() -> None:
    none, some = np.empty(0), np.array([0.1])
    assert coincidence_factor(none, none, 1.0, 0.002) == 1.0
    assert coincidence_factor(some, none, 1.0, 0.002) == 0.0
    assert coincidence_factor(none, some, 1.0, 0.002) == 0.0
    dense = np.arange(500) / 1000
    assert coincidence_factor(dense, dense, 0.5, 0.002) == 1.0
    assert coincidence_factor(dense, dense[1:], 0.5, 0.002) == 0.0


def test_intervals_and_their_variation() -> None:
    regular, poisson = np.arange(100) / 50, np.cumsum(np.random.default_rng(0).exponential(0.02, 20_000))
    assert mean_interval([regular]) == pytest.approx(0.02)
    assert mean_cv([regular]) == pytest.approx(0.0, abs=1e-9)
    assert mean_cv([poisson]) == pytest.approx(1.0, abs=0.03)
    assert math.isnan(mean_cv([np.array([0.1, 0.2])])) and math.isnan(mean_interval([]))
