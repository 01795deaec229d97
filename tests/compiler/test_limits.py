"""What is told of weights and time constants that integers say badly, and what an author refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest

from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit import LIF, Accept, Circuit, LeakyIntegrator, Spike
from mycoflux.compiler.integer import QuantizeWarning
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.errors import CircuitError, QuantizeError


def build(weights: list[float] | float, accept: Accept | None = None, neuron: LIF | None = None) -> Build:
    circuit = Circuit("one", accept=accept or Accept())
    source = circuit.sensor("in", Spike(), len(weights) if isinstance(weights, list) else 1)
    out = circuit.population("out", 1, neuron or LIF())
    circuit.connect(source, out, weight_v=weights)
    return compile_circuit(circuit)


def warnings(result: Build, kind: str) -> list[QuantizeWarning]:
    return [w for w in result.quantization.warnings if w.kind == kind]


def test_what_integers_hold_well_is_not_warned_of() -> None:
    assert build([0.001, 0.002, -0.0005]).quantization.warnings == ()


def test_how_many_weights_became_nothing_is_told_with_a_remedy() -> None:
    """Of a projection of 8 bits what is less than half a 255th of the largest is nothing."""
    (warning,) = warnings(build([0.002, 0.002 / 600, 0.002 / 700, 0.001]), "zero weights")
    assert "'in>out': 2 of 4 weights became 0" in warning.what
    assert "a projection of their own" in warning.remedy
    assert "test_limits.py:" in warning.where


def test_where_the_scale_is_too_coarse_another_remedy_is_given() -> None:
    circuit = Circuit("coarse")
    weak, strong = circuit.sensor("weak", Spike()), circuit.sensor("strong", Spike(), 500)
    out = circuit.population("out", 1, LIF(tau_syn_s=0.1))
    circuit.connect(weak, out, weight_v=1e-7)
    circuit.connect(strong, out, weight_v=0.001)
    (warning,) = warnings(compile_circuit(circuit), "zero weights")
    assert "'weak>out': 1 of 1 weights" in warning.what and "Accept(at_once=...)" in warning.remedy


SPREAD = [0.002, *np.linspace(0.002 / 255, 0.002 / 50, 40).tolist()]  # small ones have few bits


def test_weights_off_by_more_than_a_twentieth_are_counted() -> None:
    result = build(SPREAD)
    (warning,) = warnings(result, "weight")
    mantissas = result.program.projections[0].weights
    assert len(mantissas) == len(SPREAD)
    got = mantissas * (0.002 / mantissas[0])
    beyond = int(np.count_nonzero(np.abs(got / SPREAD - 1) > 0.05))
    counted = re.search(r"(\d+) of 41 weights are off by more than 5.00%", warning.what)
    # The first weight, by which this test measures, is itself off by a little: one may lie just there.
    assert counted is not None and beyond > 3 and abs(int(counted[1]) - beyond) <= 1


def test_an_author_may_accept_more_or_less() -> None:
    assert warnings(build(SPREAD, Accept(weight_error=0.6)), "weight") == []
    with pytest.raises(QuantizeError, match=r"'in>out': \d+ of 41 weights are off by more than 10.00%"):
        build(SPREAD, Accept(weight_error=0.1))
    unit = 0.002 / 255
    with pytest.raises(QuantizeError, match=r"1 of 2 weights would become 0, weight_error allows 50.00%"):
        build([0.002, 0.1 * unit], Accept(weight_error=0.5))


def test_a_time_constant_far_off_is_told_or_refused() -> None:
    """1.4 s at 1 ms is a decay of 2.9 / 4096, 0.9 s one of 4.55, got as 5: 9 % off."""
    (warning,) = warnings(build(0.002, neuron=LIF(tau_m_s=0.9)), "time constant")
    assert "'out': tau_m_s = 0.9 s" in warning.what and "dt_s" in warning.remedy
    assert warnings(build(0.002, Accept(tau_error=0.2), LIF(tau_m_s=0.9)), "time constant") == []
    with pytest.raises(QuantizeError, match=r"tau_m_s = 0.9 s .*; tau_error allows 1.00%"):
        build(0.002, Accept(tau_error=0.01), LIF(tau_m_s=0.9))


@pytest.mark.parametrize("field", ["weight_error", "tau_error", "at_once"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), "x"])
def test_limits_are_numbers(field: str, value: object) -> None:
    with pytest.raises(CircuitError, match=field):
        Accept(**{field: value})


@pytest.mark.parametrize("value", [0.0, 1.01])
def test_a_share_is_above_nothing_and_at_most_all(value: float) -> None:
    with pytest.raises(CircuitError, match="at_once"):
        Accept(at_once=value)


def test_all_zero_weights_bring_no_table_no_warning_and_a_circuit_that_runs() -> None:
    result = build([0.0, 0.0, 0.0])
    assert result.program.projections == () and result.quantization.warnings == ()
    assert result.bounds[0].u == ((0, 0),) and result.bounds[0].proven
    reference = PlainReference(result.program)
    assert [reference.step([1, 1, 1]).spikes for _ in range(20)] == [()] * 20


@pytest.mark.parametrize("weight_v", [1e-9, 0.0037, 0.3])
def test_single_valued_weights_are_got_exactly(weight_v: float) -> None:
    """One value needs one mantissa: the scale is chosen for it."""
    result = build([weight_v] * 5, neuron=LIF(threshold_v=4 * weight_v))
    entry = next(e for e in result.quantization.entries if e.parameter == "weight_v")
    assert entry.error < 2e-4
    assert len(set(result.program.projections[0].weights.tolist())) == 1


def test_projections_without_synapses_and_populations_of_one() -> None:
    circuit = Circuit("sparse")
    source = circuit.sensor("in", Spike())
    lonely = circuit.population("lonely", 1, LIF())
    readout = circuit.population("readout", 1, LeakyIntegrator())
    from mycoflux.circuit import Explicit, Random

    circuit.connect(source, lonely, weight_v=[], pattern=Explicit([]))
    circuit.connect(lonely, readout, weight_v=0.01, pattern=Random(0.0, seed=1))
    circuit.connect(source, lonely, weight_v=0.02)
    result = compile_circuit(circuit)
    assert [len(p.weights) for p in result.program.projections] == [1]
    assert all(b.proven for b in result.bounds)


def test_smallest_and_largest_weights_apart_by_all_that_floats_hold() -> None:
    result = build([1e-308, 0.001, -1e-300])
    assert np.concatenate([p.weights for p in result.program.projections]).min() > 0
    assert result.bounds[0].proven


def test_weights_too_small_for_the_threshold_are_not_told_to_move_apart() -> None:
    """17 bits of threshold leave 0.1 % of it a few steps, whatever else shares the projection."""
    weights = np.linspace(0.001, 0.003, 50).tolist()
    (warning,) = warnings(build(weights, neuron=LIF(threshold_v=1.0)), "weight")
    assert "lower threshold_v or raise the weights" in warning.remedy
    assert warnings(build(weights, neuron=LIF(threshold_v=0.1)), "weight") == []


@pytest.mark.parametrize(
    ("delay_s", "got"), [(0.0072, "0.005"), (0.013, "0.015"), (0.010, None), (0.0101, None), (0.0, None)]
)
def test_a_delay_that_whole_ticks_do_not_hold_is_told(delay_s: float, got: str | None) -> None:
    circuit = Circuit("late", dt_s=0.005)
    source, out = circuit.sensor("in", Spike()), circuit.population("out", 1, LIF())
    circuit.connect(source, out, weight_v=0.001, delay_s=delay_s)
    told = warnings(compile_circuit(circuit), "delay")
    if got is None:
        assert told == []
    else:
        (warning,) = told
        assert f"delay_s = {delay_s:g} s is got as {got} s" in warning.what and "dt_s" in warning.remedy
        assert "test_limits.py:" in warning.where
