"""What the compiler proves of a program's ranges, and what it refuses because it cannot."""

from __future__ import annotations

import pytest

from mycoflux.circuit import LIF, Circuit, LeakyCount, Strongest, WinnerTakeAll
from mycoflux.circuit.ports import Decoder
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import BoundError, QuantizeError


def decoded(size: int, decoder: Decoder) -> Circuit:
    circuit = Circuit("decoded")
    circuit.actuator("choice", circuit.population("many", size, LIF()), decoder)
    return circuit


@pytest.mark.parametrize("decoder", [WinnerTakeAll(tau_s=0.001), Strongest()])
def test_a_winner_has_an_index_that_an_output_holds(decoder: Decoder) -> None:
    compile_circuit(decoded(32768, decoder))
    with pytest.raises(QuantizeError, match="32,769 neurons") as caught:
        compile_circuit(decoded(32769, decoder))
    assert "32,768" in caught.value.remedy


def test_a_winners_traces_are_bounded_one_by_one() -> None:
    """1000 neurons over half a second: too much for one trace of all, but each has a trace of its own."""
    program = compile_circuit(decoded(1000, WinnerTakeAll(tau_s=0.5))).program
    assert program.traces == 1000
    with pytest.raises(BoundError, match="1000 neurons"):
        compile_circuit(decoded(1000, LeakyCount(tau_s=0.5)))
