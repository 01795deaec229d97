"""What one board can hold is checked where its program is made."""

from __future__ import annotations

import pytest

from mycoflux.circuit import LIF, Circuit, OneToOne, Rate
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import DoesNotFit


def wide(channels: int) -> Circuit:
    circuit = Circuit("wide")
    half = circuit.population("half", 32_000, LIF())
    circuit.population("other half", 33_000, LIF())
    circuit.connect(half, half, weight_v=0.001, pattern=OneToOne())
    circuit.sensor("in", Rate(10.0), channels)
    return circuit


def test_more_neurons_than_a_board_numbers_are_no_matter_before_there_is_a_board() -> None:
    assert sum(part.size for part in resolve(wide(1000)).populations) == 65_000
    with pytest.raises(DoesNotFit, match="with 'in' there are 66,000 neurons and sensor channels") as error:
        compile_circuit(wide(1000))
    assert "test_emit.py" in error.value.where and "several boards" in error.value.remedy


def test_a_board_numbers_65_535() -> None:
    program = compile_circuit(wide(535)).program
    assert program.neurons + program.channels == 65_535
