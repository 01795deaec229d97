"""What the compiler proves of a program's ranges, and what it refuses because it cannot."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from myco import layout
from mycoflux.circuit import LIF, Circuit, LeakyCount, Strongest, WinnerTakeAll
from mycoflux.circuit.ports import Decoder
from mycoflux.compiler.bound import bound
from mycoflux.compiler.integer import (
    IntegerCircuit,
    IntegerPopulation,
    IntegerProjection,
    IntegerSensor,
)
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import BoundError, QuantizeError
from mycoflux.program import neurons


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


def strong(neuron: neurons.Neuron, sources: int, sign: int = 1) -> IntegerCircuit:
    """The strongest synapse there is from each of so many sources; all is accepted of its target."""
    inputs = IntegerSensor("s", sources, layout.ENCODE_SPIKE, 0, "")
    target = IntegerPopulation("r", 1, neuron, 1.0, "", at_once=0.0)
    each, zeros = np.arange(sources), np.zeros(sources, np.int64)
    into = IntegerProjection("s>r", "s", "r", False, sign, 7, 0, each, zeros, np.full(sources, 255), "")
    return IntegerCircuit("c", 1000, (target,), (inputs,), (into,), ())


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("neuron", "most"),
    [
        (neurons.ResonateFire(cosine=4000, sine=100, exponent=7), 252),  # 255 << 14 each, below 2^30 - 2^24
        (neurons.Lif(du=4095, vth=1), 514),  # 255 << 13 each, below 2^30
        (neurons.Lif(du=0, vth=1), 8),  # what a turn leaves adds up 4096 times
    ],
)
def test_no_author_accepts_what_would_leave_31_bits(neuron: neurons.Neuron, most: int, sign: int) -> None:
    (found,) = bound(strong(neuron, most, sign))
    assert not found.proven
    with pytest.raises(BoundError, match="times what a tick can sum") as caught:
        bound(strong(neuron, most + 1, sign))
    assert "does not reach that far" in caught.value.remedy


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("model", [neurons.ResonateFire, neurons.ResonateReset])
def test_what_reaches_a_resonator_in_a_tick_is_bounded(model: type[neurons.ResonateFire], sign: int) -> None:
    """Its state is clipped, but only after `a << exponent` was added, which must be a small integer."""

    def circuit(sources: int) -> IntegerCircuit:
        source = IntegerPopulation("s", sources, neurons.Lif(), 1.0, "")
        target = IntegerPopulation("r", 1, model(cosine=4000, sine=100, exponent=7), 1.0, "")
        each, zeros = np.arange(sources), np.zeros(sources, np.int64)
        weights = np.full(sources, 255)
        into = IntegerProjection("s>r", "s", "r", False, sign, 7, 0, each, zeros, weights, "")
        return IntegerCircuit("c", 1000, (source, target), (), (into,), ())

    assert len(bound(circuit(2))) == 2
    with pytest.raises(BoundError, match=r"population 'r'.*'s>r'"):
        bound(circuit(3))


@pytest.mark.parametrize("shift", range(8))
def test_values_that_multiply_beyond_64_bits_are_not_proven(shift: int) -> None:
    """Graded populations whose ranges nobody asks for, one behind the other: then one that must be proven."""
    size = 100
    sources, targets = np.divmod(np.arange(size * size), size)
    names = ["in", *(f"g{i}" for i in range(8)), "out"]
    graded = [IntegerPopulation(n, size, neurons.Graded(), 1.0, "", at_once=0.0) for n in names[1:-1]]
    out = IntegerPopulation("out", size, neurons.Lif(du=4095, dv=4095, vth=1000), 1.0, "")
    weights = np.full(size * size, 255)
    into = [
        IntegerProjection(f"{a}>{b}", a, b, False, 1, shift, 0, sources, targets, weights, "")
        for a, b in pairwise(names)
    ]
    sensor = IntegerSensor("in", size, layout.ENCODE_SPIKE, 0, "")
    circuit = IntegerCircuit("c", 1000, (*graded, out), (sensor,), tuple(into), ())
    with pytest.raises(BoundError, match=r"population 'out'.*1 of the 100 inputs"):
        bound(circuit)
