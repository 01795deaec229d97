"""Irregular and asynchronous: what makes a balanced network one."""

from __future__ import annotations

import numpy as np
import pytest

from mycoflux.circuit.generators import BalancedNetwork
from tests.circuit.generators.runs import program_of, rasters, readings
from tests.networks.statistics import measure


def correlation(raster: np.ndarray, ticks: int) -> float:
    """Mean correlation of two neurons' spike counts in bins of so many ticks."""
    counts = raster[: len(raster) // ticks * ticks].reshape(-1, ticks, raster.shape[1]).sum(axis=1)
    table = np.corrcoef(counts[:, counts.std(axis=0) > 0].T)
    return float((table.sum() - len(table)) / (len(table) * (len(table) - 1)))


@pytest.mark.parametrize(
    "more", [{}, {"seed": 7}, {"neurons": 4000}, {"neurons": 400, "inputs": 50}, {"drive": 1.5}], ids=str
)
def test_it_fires_irregularly_and_asynchronously(more: dict) -> None:
    circuit = BalancedNetwork(**more)
    program = program_of(circuit)
    populations, _ = rasters(program, readings(program, 3000))
    exc = populations["exc"]
    neurons, ticks = np.nonzero(exc.T)
    found = measure(ticks * circuit.dt_s, neurons, exc.shape[1], 0.5, 3.0)
    assert found.cv > 0.7  # 0 for a clock, 1 for a Poisson process
    assert 2 < found.rate_hz < 60
    assert correlation(exc[500:, :800], 5) < 0.02
    assert np.mean(exc[500:].any(axis=0)) > 0.9  # few neurons are silent


def test_without_inhibition_it_is_a_clock() -> None:
    """What the balance does: without it neurons fire as fast as refractoriness and drive let them."""
    program = program_of(BalancedNetwork(g=0.0))
    exc = rasters(program, readings(program, 1000))[0]["exc"]
    neurons, ticks = np.nonzero(exc.T)
    found = measure(ticks * 0.001, neurons, exc.shape[1], 0.5, 1.0)
    assert found.cv < 0.1 and found.rate_hz > 150
