"""In networks that nothing can predict spike by spike, ours behave like brian2's: rate, CV, synchrony.

A shorter `make networks`. Three seeds of 0.9 s are few, so the bounds are wide: they catch what a wrong
constant does to a network, and leave what rounding does to `make networks`, which has the seeds to see it.
"""

from __future__ import annotations

from collections.abc import Iterator

import brian2 as b2
import numpy as np
import pytest

from tests.networks.compare import Comparison, compare
from tests.networks.statistics import measure

SEEDS = (1, 2, 3)
SECONDS = 0.9

# Three standard deviations of brian2's values over seeds, and no less than this share of the mean: with
# three seeds the deviation itself is an estimate that may by chance come out a tenth of what it is. Over ten
# seeds of 2 s (docs/networks.md) deviations are 1 to 3 % of rate and CV and 5 to 12 % of synchrony.
DEVIATIONS = 3.0
FLOORS = {"rate_hz": 0.05, "cv": 0.05, "synchrony": 0.30}


@pytest.fixture(autouse=True)
def without_a_compiler() -> Iterator[None]:
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "numpy"
    yield
    b2.prefs.codegen.target = before


def check(c: Comparison) -> None:
    bound = max(DEVIATIONS * float(c.theirs.std(ddof=1)), FLOORS[c.measure] * float(c.theirs.mean()))
    assert c.ours.mean() == pytest.approx(c.theirs.mean(), abs=bound), f"{c.population}: {c.measure}"


@pytest.mark.parametrize("network", ["Cuba", "Brunel"])
def test_statistics_are_those_of_brian2(network: str) -> None:
    comparisons = compare(SEEDS, SECONDS, only=network)
    assert len(comparisons) == 6
    assert all(c.theirs.mean() > 0.3 for c in comparisons), "a silent network proves nothing"
    for comparison in comparisons:
        check(comparison)


def test_a_rate_a_tenth_off_is_seen() -> None:
    theirs = np.array([5.4, 5.5, 5.6])
    with pytest.raises(AssertionError, match="rate_hz"):
        check(Comparison("n", "exc", "rate_hz", theirs * 1.1, theirs))


def test_the_measures_of_poisson_trains_are_one() -> None:
    rng = np.random.default_rng(1)
    size, rate_hz, seconds = 400, 20.0, 50.0
    neurons = rng.integers(0, size, rng.poisson(size * rate_hz * seconds))
    times_s = rng.random(len(neurons)) * seconds
    found = measure(times_s, neurons, size, 0.0, seconds)
    # Standard errors: 0.03 Hz of the rate, 0.0005 x some of CV (400,000 intervals), 0.014 of Fano's factor.
    assert found.rate_hz == pytest.approx(rate_hz, abs=0.2)
    assert found.cv == pytest.approx(1.0, abs=0.01)
    assert found.synchrony == pytest.approx(1.0, abs=0.06)


def test_the_measures_of_a_clock() -> None:
    """All neurons together, every 10 ms: no irregularity; every second bin of 5 ms is full."""
    times_s = np.repeat(np.arange(0.0025, 1.0, 0.010), 50)
    found = measure(times_s, np.tile(np.arange(50), 100), 50, 0.0, 1.0)
    assert found.rate_hz == 100.0
    assert found.cv == pytest.approx(0.0, abs=1e-9)
    assert found.synchrony == pytest.approx(25.0)  # counts 0 and 50: variance 625, mean 25
