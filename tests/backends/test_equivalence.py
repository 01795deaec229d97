"""Law 1 over random programs and every executor; `make equivalence` runs more of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record
from tests.equivalence import EXECUTORS, compare, difference, drawn

# A third of the programs each, so that each runs on one of the armv7 boards.
TURNS = {"armv7 board, native": 0, "armv7 board, viper": 1, "armv7 board, bytecode": 2, "lava": 0}


@pytest.mark.virtual
@pytest.mark.armv7
@pytest.mark.timeout(600)
def test_a_hundred_programs_on_every_executor() -> None:
    """Each program on both references, the engine, the three virtual boards, and an armv7 board.

    The armv7 boards with their three kernels take turns, in threes of programs, so that each gets programs of
    every kind; Lava, whose processes take the longest to begin, has those of the first turn that it can run.
    `make equivalence` leaves none out.
    """
    result = compare(100, turns=TURNS)
    assert result.differences == []
    assert set(TURNS) <= set(EXECUTORS)
    assert all(result.ran[name] == 100 for name in EXECUTORS if name not in TURNS)
    assert sum(result.ran[name] for name in TURNS if name != "lava") == 100
    assert all(result.ran[name] >= 33 for name in TURNS if name != "lava")
    assert result.ran["lava"] >= 17
    assert result.spikes > 1500


def test_a_difference_is_found_and_named() -> None:
    program, inputs = drawn(6)
    name = program.populations[0].name
    run = FastReference(program).run(inputs, Record(potentials=(name,)))
    wrong = run.potentials[name].copy()
    wrong[17, 0] += 1
    other = dataclasses.replace(run, potentials={name: wrong})
    assert not run.same_as(other)
    assert difference(run, other) == f"first at tick 17, v of '{name}'"
    fewer = dataclasses.replace(run, outputs=run.outputs + np.int32(1))
    assert run.outputs.size and difference(run, fewer) == "first at tick 0, outputs"
