"""The strongest input wins, alone, and another one when the input changes."""

from __future__ import annotations

import numpy as np
import pytest

from mycoflux.circuit.generators import Competition
from tests.circuit.generators.runs import program_of, rasters

TICKS = 600


@pytest.mark.parametrize("more", [{}, {"choices": 10}, {"choices": 2, "group": 1, "pool": 1}], ids=str)
@pytest.mark.parametrize("second", [0.5, 0.9])
def test_one_wins_and_it_is_the_strongest(more: dict, second: float) -> None:
    circuit = Competition(**more)
    program = program_of(circuit)
    rng = np.random.default_rng(3)
    rows, winners = [], rng.permutation(circuit.choices).tolist() * 2
    for winner in winners:
        row = rng.uniform(0.2, second, circuit.choices)
        row[winner - 1] = second
        row[winner] = 1.0
        rows.append(row)
    inputs = np.repeat(np.rint(np.array(rows) * 4095).astype(np.int64), TICKS, axis=0)
    populations, outputs = rasters(program, inputs)
    spikes = populations["choices"].reshape(len(winners), TICKS, circuit.choices, circuit.group)
    counts = spikes[:, 150:].sum(axis=(1, 3))  # those of each choice, once the input is 150 ms old
    for i, winner in enumerate(winners):
        assert counts[i].argmax() == winner and counts[i, winner] >= 0.95 * counts[i].sum() > 0
        assert outputs[(i + 1) * TICKS - 1, 0] == winner


def test_without_the_pool_nobody_wins() -> None:
    program = program_of(Competition(inhibition=0.0))
    inputs = np.tile(np.array([4095, 3500, 3000, 2500]), (TICKS, 1))
    counts = rasters(program, inputs)[0]["choices"].reshape(TICKS, 4, 8).sum(axis=(0, 2))
    assert counts.min() > 0.2 * counts.max()
