"""What the compiler proves of a program's ranges, and what it refuses because it cannot."""

from __future__ import annotations

import pytest

from mycoflux.circuit import LIF, Circuit, Strongest, WinnerTakeAll
from mycoflux.circuit.ports import Decoder
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import QuantizeError


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
