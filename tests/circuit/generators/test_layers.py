"""A volley goes through all layers, or dies out."""

from __future__ import annotations

import numpy as np
import pytest

from mycoflux.circuit.generators import Layers
from tests.circuit.generators.runs import program_of, rasters, readings


def volley(circuit: Layers, share: float, spread: int) -> list[np.ndarray]:
    """The ticks of each layer's spikes after such a share of channels spiked within `spread` ticks."""
    program = program_of(circuit)
    inputs = readings(program, 120)
    rng = np.random.default_rng(5)
    chosen = rng.permutation(program.channels)[: round(share * program.channels)]
    inputs[10 + rng.integers(spread, size=len(chosen)), chosen] = 1
    return [np.nonzero(raster)[0] for raster in rasters(program, inputs)[0].values()]


@pytest.mark.parametrize("in_degree", [0, 15])
def test_a_volley_arrives_whole_and_sharp(in_degree: int) -> None:
    circuit = Layers(sizes=(30, 40, 30, 20, 30, 30), in_degree=in_degree)
    ticks = volley(circuit, share=1.0, spread=4)
    assert [len(layer) for layer in ticks] == [30, 40, 30, 20, 30, 30]
    medians = [float(np.median(layer)) for layer in ticks]
    assert np.all(np.diff(medians) >= 2)  # at least the delay
    assert ticks[-1].std() <= 0.5 < ticks[0].std()


def test_a_small_volley_dies_out() -> None:
    assert len(volley(Layers(), share=0.3, spread=1)[-1]) == 0
    assert len(volley(Layers(), share=0.8, spread=1)[-1]) == 20
    assert len(volley(Layers(gain=5.0), share=0.3, spread=1)[-1]) == 20
