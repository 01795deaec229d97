"""A reservoir remembers what has just been, by its recurrence, and forgets what was long ago."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from mycoflux.circuit.generators import Reservoir
from mycoflux.compiler.resolve import resolve
from tests.circuit.generators.runs import program_of, rasters

BIN = 20  # ticks of one input value
TRAINED, TESTED = 600, 250


def matrix(circuit: Reservoir) -> np.ndarray:
    """Spikes of i that follow from one of j, far above threshold: A of the docstring, synapse by synapse."""
    flat = resolve(circuit)
    first = {"exc": 0, "inh": flat.populations[0].size}
    dense = np.zeros((circuit.neurons, circuit.neurons))
    for p in flat.projections:
        if p.source in first:
            dense[p.targets + first[p.target], p.sources + first[p.source]] = p.weights_v
    return dense * circuit.tau_syn_s / (circuit.tau_m_s * circuit.threshold_v)


@pytest.mark.parametrize("radius", [0.5, 1.2])
@pytest.mark.parametrize("more", [{"inputs": 60}, {"excitatory": 0.6}], ids=str)
def test_eigenvalues_fill_the_disc_that_is_asked(radius: float, more: dict) -> None:
    eigenvalues = np.abs(np.linalg.eigvals(matrix(Reservoir(spectral_radius=radius, neurons=600, **more))))
    # A few lie outside by chance; the disc is where all but 1 % of them are.
    assert np.quantile(eigenvalues, 0.99) == pytest.approx(radius, rel=0.12)


def states(circuit: Reservoir, values: np.ndarray) -> np.ndarray:
    """Spikes of each neuron, forgotten with 20 ms, at the end of each value's bin; and a constant."""
    inputs = np.repeat(np.rint(values * 4095).astype(np.int64), BIN)[:, None]
    spikes = np.concatenate(list(rasters(program_of(circuit), inputs)[0].values()), axis=1)
    forgetting = np.exp(-np.arange(5 * BIN)[::-1] / 20.0)
    table = np.ones((len(values), spikes.shape[1] + 1))
    for i in range(len(values)):
        window = spikes[max(0, (i - 4) * BIN) : (i + 1) * BIN]
        table[i, :-1] = forgetting[-len(window) :] @ window
    return table


@functools.cache
def recalled(radius: float) -> tuple[float, ...]:
    """How well a linear readout tells the value of 0, 1, ... bins ago: R^2 where it was not trained."""
    values = np.random.default_rng(0).random(50 + TRAINED + TESTED)
    table = states(Reservoir(spectral_radius=radius), values)[50:]
    result = []
    for ago in range(9):
        wanted = values[50 - ago : len(values) - ago]
        known = table[:TRAINED]
        weights = np.linalg.solve(known.T @ known + np.eye(table.shape[1]), known.T @ wanted[:TRAINED])
        result.append(float(np.corrcoef(table[TRAINED:] @ weights, wanted[TRAINED:])[0, 1] ** 2))
    return tuple(result)


def test_memory_fades() -> None:
    memory = recalled(0.9)
    assert memory[0] > 0.7 and memory[1] > 0.35
    assert memory[0] > memory[1] > memory[2] > memory[4]
    assert max(memory[6:]) < 0.05


def test_memory_is_in_the_recurrence() -> None:
    assert recalled(0.9)[1] > 2 * recalled(0.0)[1]


def test_it_forgets_how_it_began() -> None:
    circuit = Reservoir()
    values = np.random.default_rng(1).random(200)
    other = np.concatenate((np.random.default_rng(2).random(100), values[100:]))
    apart = np.linalg.norm(states(circuit, values) - states(circuit, other), axis=1)
    assert apart[105:].mean() < 0.7 * apart[50:100].mean()
    silent = np.concatenate((values[:20], np.zeros(20)))
    assert not states(circuit, silent)[-1, :-1].any()  # at rest without input
