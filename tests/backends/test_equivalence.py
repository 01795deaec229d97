"""Law 1 over random programs and every executor; `make equivalence` runs more of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record
from tests.equivalence import EXECUTORS, compare, difference, drawn


@pytest.mark.virtual
@pytest.mark.armv7
@pytest.mark.timeout(600)
def test_a_hundred_programs_on_every_executor() -> None:
    result = compare(100)
    assert result.differences == []
    assert all(result.ran[name] == 100 for name in EXECUTORS if name != "lava")
    assert result.ran["lava"] >= 33
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
