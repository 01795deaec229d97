"""Which tables are marked hot: the busiest of those that straight-line code is less work for."""

from __future__ import annotations

import numpy as np
import pytest

from myco import layout
from mycoflux.circuit import LIF, AllToAll, Circuit, ConstantCurrent, FixedOutDegree, Graded, Spike
from mycoflux.compiler.explain_tables import as_dict, as_text
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.image import decode
from mycoflux.program.types import Program


def compiled(busy_hz: float, quiet_hz: float) -> Program:
    """One projection of each kind that there is, by the name of its source."""
    circuit = Circuit("hot")
    neuron = LIF(tau_m_s=0.02, tau_syn_s=0.005, threshold_v=1.0)
    target = circuit.population("target", 200, neuron)
    few = circuit.population("few", 10, neuron)
    sparse = FixedOutDegree(20, seed=1)
    for name, hz in (("busy", busy_hz), ("half", busy_hz / 2), ("quiet", quiet_hz)):
        part = circuit.population(name, 40, neuron, expected_rate_hz=hz)
        circuit.connect(part, target, weight_v=0.1, pattern=sparse)
    dense = circuit.population("dense", 40, neuron, expected_rate_hz=busy_hz)
    circuit.connect(dense, target, weight_v=0.01, pattern=AllToAll())
    circuit.connect(dense, few, weight_v=0.01, pattern=AllToAll())
    valued = circuit.population("valued", 40, Graded(threshold_v=0.1), expected_rate_hz=1000.0)
    circuit.connect(valued, target, weight_v=0.1, pattern=sparse)
    level = circuit.sensor("level", ConstantCurrent(), 40, expected_rate_hz=1000.0)
    circuit.connect(level, target, weight_v=0.001, pattern=sparse)
    touch = circuit.sensor("touch", Spike(), 40, expected_rate_hz=busy_hz)
    circuit.connect(touch, target, weight_v=0.1, pattern=sparse)
    return compile_circuit(circuit).program


def hot(program: Program) -> set[tuple[str, str]]:
    return {
        (program.group_name(p.group), program.populations[p.target].name)
        for p in program.projections
        if p.hot
    }


def test_the_busiest_of_spikes_in_packed_tables_and_short_rows() -> None:
    found = hot(compiled(100.0, 49.0))
    assert found == {("busy", "target"), ("half", "target"), ("touch", "target"), ("dense", "few")}


@pytest.mark.parametrize("hz", [0.0, 0.001])
def test_none_where_nothing_is_expected_and_all_where_all_are_alike(hz: float) -> None:
    assert len(hot(compiled(hz, hz))) == (5 if hz else 0)


def test_it_is_told_and_kept_in_the_image() -> None:
    circuit = Circuit("told")
    neuron = LIF(tau_m_s=0.02, tau_syn_s=0.005, threshold_v=1.0)
    a, b = (circuit.population(name, 100, neuron) for name in "ab")
    circuit.connect(a, b, weight_v=0.1, pattern=FixedOutDegree(10, seed=1))
    circuit.connect(b, a, weight_v=0.1, pattern=AllToAll())
    build = compile_circuit(circuit)
    assert {told["source"]: told["hot"] for told in as_dict(build.program)} == {"a": True, "b": False}
    *lines, legend = as_text(build.program)
    assert sorted(", packed, hot, " in line for line in lines) == [False, True]
    assert legend.startswith("hot: ")
    assert decode(build.image).projections == build.program.projections
    tables = np.frombuffer(build.image, np.uint8)[layout.Header(build.image).projections_at :]
    marked = [bool(byte & layout.TABLE_HOT) for byte in tables[:: layout.PROJECTION_SIZE][:2]]
    assert marked == [p.hot for p in build.program.projections]
