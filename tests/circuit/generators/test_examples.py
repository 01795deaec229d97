"""The examples that are made of generators and of patterns on sheets do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from mycoflux.circuit.load import load_circuit
from mycoflux.resources import data_folder
from tests.circuit.generators.runs import program_of, rasters, readings


def test_legs_step_one_after_the_other() -> None:
    program = program_of(load_circuit(str(data_folder("examples") / "quadruped.py")))
    _, duties = rasters(program, readings(program, 5000))
    assert [a.name for a in program.actuators] == ["left_hind", "left_fore", "right_hind", "right_fore"]
    swings = duties[1000:]
    assert swings.max(axis=0).min() > 2000 and swings.min(axis=0).max() < 800  # each swings, and rests
    ahead = swings.argmax(axis=1)
    order = ahead[np.flatnonzero(np.diff(ahead, prepend=-1))]
    assert len(order) > 12 and np.all(np.diff(order) % 4 == 1)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_stripes_are_told_by_their_orientation(turn: int) -> None:
    program = program_of(load_circuit(str(data_folder("examples") / "orientation.py")))
    row, column = np.divmod(np.arange(256), 16)
    angle = np.radians(45.0 * turn)
    for phase in (0.0, 1.0, 2.5):
        across = column * np.cos(angle) + row * np.sin(angle)
        picture = np.rint(2047 * (1 + np.sin(2 * np.pi * across / 4.0 + phase))).astype(np.int64)
        _, outputs = rasters(program, np.tile(picture, (400, 1)))
        assert outputs[-1, 0] == turn
