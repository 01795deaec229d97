"""Scales fitted to a run: finer than those of the worst case, told as possible, and right on that run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record
from mycoflux.circuit import LIF, Circuit, Random, Rate
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import InvalidInput
from mycoflux.program.neurons import GeneralLif
from mycoflux.validate.calibrate import calibrate
from mycoflux.validate.stimulus import random_stimulus


def dense() -> Circuit:
    """Many inputs of which few are ever active at once."""
    circuit = Circuit("dense")
    source = circuit.sensor("in", Rate(50.0), 300)
    cells = circuit.population("cells", 20, LIF(tau_syn_s=0.02))
    circuit.connect(source, cells, weight_v=0.0015)
    circuit.connect(cells, cells, weight_v=-0.003)
    return circuit


def test_a_measured_scale_is_finer_and_said_to_be_possible() -> None:
    circuit = dense()
    plain = compile_circuit(circuit)
    readings = random_stimulus(plain.program, 500, seed=1) // 8
    calibration = calibrate(circuit, readings, "in this test")
    build = compile_circuit(circuit, calibration=calibration)
    units = build.scales.units["cells"]
    assert units > 2 * plain.scales.units["cells"]
    (bounds,) = build.bounds
    assert not bounds.proven and plain.bounds[0].proven
    (needs,) = [r.needs for r in bounds.results if r.accumulator == "u"]
    assert needs is not None and 1 < needs.inputs < needs.of
    # The run it was measured on stays within half of the range: the margin is two.
    run = FastReference(build.program).run(readings, Record(currents=("cells",)))
    assert np.abs(run.currents["cells"].astype(np.int64)).max() < 0.55 * 2**23
    entry = next(e for e in build.quantization.entries if e.parameter == "room of u")
    assert entry.got >= entry.asked and "2 times the largest in this test" in entry.note


def test_rates_and_currents_are_those_of_the_run() -> None:
    circuit = dense()
    build = compile_circuit(circuit)
    readings = np.full((1000, 300), 2048)
    found = calibrate(circuit, readings, "").populations
    run = FastReference(build.program).run(readings, Record(currents=("cells",)))
    assert found["cells"].rate_hz == pytest.approx(len(run.spike_ticks) / 20 / 1.0)
    assert found["in"].rate_hz == pytest.approx(25.0, rel=0.02)
    u = np.abs(run.currents["cells"].astype(np.float64)) / build.scales.units["cells"]
    assert found["cells"].u_v == pytest.approx((u.max(),))
    assert found["cells"].typical_v == pytest.approx((np.percentile(u[u > 0], 99),), rel=0.06)
    assert found["in"].u_v == ()


def two_receptors() -> Circuit:
    """Much comes through the slow receptor, most of it never at once."""
    circuit = Circuit("two")
    source = circuit.sensor("in", Rate(50.0), 300)
    neuron = LIF(tau_syn_s=0.005, receptors={"slow": 0.1}, refractory_s=0.002, restart_every_s=0.3)
    cells = circuit.population("cells", 20, neuron)
    circuit.connect(source, cells, weight_v=0.001, pattern=Random(0.1, seed=1))
    circuit.connect(source, cells, weight_v=0.0015, receptor="slow")
    circuit.connect(cells, cells, weight_v=-0.003, receptor="slow")
    return circuit


def other_way_round(circuit: Circuit) -> IntegerCircuit:
    """Its integers with the two receptors exchanged, which changes no v: the second's u is now recorded."""
    integer, _ = quantize(resolve(circuit))
    (cells,) = integer.populations
    assert isinstance(cells.neuron, GeneralLif)
    (second,) = cells.neuron.receptor_du
    neuron = replace(cells.neuron, du=second, receptor_du=(cells.neuron.du,))
    return replace(
        integer,
        populations=(replace(cells, neuron=neuron),),
        projections=tuple(replace(p, receptor=1 - p.receptor) for p in integer.projections),
    )


def test_every_receptor_is_measured() -> None:
    circuit = two_receptors()
    plain = compile_circuit(circuit)
    readings = random_stimulus(plain.program, 700, seed=1)
    found = calibrate(circuit, readings, "").populations["cells"]
    programs = (plain.program, emit(other_way_round(circuit)))
    runs = [FastReference(program).run(readings, Record(currents=("cells",))) for program in programs]
    assert np.array_equal(runs[0].spike_neurons, runs[1].spike_neurons) and len(runs[0].spike_neurons) > 100
    for run, u_v, typical_v in zip(runs, found.u_v, found.typical_v, strict=True):
        u = np.abs(run.currents["cells"].astype(np.float64)) / plain.scales.units["cells"]
        assert u_v == pytest.approx(u.max()) and u_v > 0
        assert typical_v == pytest.approx(np.percentile(u[u > 0], 99), rel=0.06)
    assert found.u_v[0] != found.u_v[1]
    assert found.rate_hz == pytest.approx(len(runs[0].spike_neurons) / 20 / 0.7)


def test_a_scale_is_fitted_to_what_every_receptor_needs() -> None:
    """The slow one decides the scale: were it not measured, the worst case of it would."""
    circuit = two_receptors()
    plain = compile_circuit(circuit)
    readings = random_stimulus(plain.program, 700, seed=1) // 8
    build = compile_circuit(circuit, calibration=calibrate(circuit, readings, "in this test"))
    assert build.scales.units["cells"] > 2 * plain.scales.units["cells"]
    rooms = {e.parameter: e for e in build.quantization.entries if e.parameter.startswith("room of u")}
    assert set(rooms) == {"room of u", "room of u 1"}
    assert all(room.got >= room.asked for room in rooms.values())
    results = {r.accumulator: r.needs for r in build.bounds[0].results}
    assert results["u 1"] is not None and 1 < results["u 1"].inputs < results["u 1"].of


def test_where_nothing_came_the_worst_case_stays() -> None:
    circuit = dense()
    silent = calibrate(circuit, np.zeros((50, 300), np.int64), "")
    assert compile_circuit(circuit, calibration=silent).bounds[0].proven
    with pytest.raises(InvalidInput, match="no ticks"):
        calibrate(circuit, np.zeros((0, 300), np.int64), "")


def test_a_plain_build_keeps_a_calibrated_scale_only_where_the_worst_case_allows_it() -> None:
    """What docs/incremental.md says of how long a calibration lasts."""
    plain = compile_circuit(dense())
    readings = random_stimulus(plain.program, 500, seed=1) // 8
    finer = compile_circuit(dense(), calibration=calibrate(dense(), readings, "")).scales
    assert compile_circuit(dense(), before=finer).scales == plain.scales != finer  # not proven

    circuit = Circuit("two layers")
    source = circuit.sensor("in", Rate(max_rate_hz=200.0), 200)
    a, b = (circuit.population(name, 50, LIF(threshold_v=1.0)) for name in "ab")
    circuit.connect(source, a, weight_v=0.05)
    circuit.connect(a, b, weight_v=0.4)
    plain = compile_circuit(circuit)
    calibration = calibrate(circuit, random_stimulus(plain.program, 2000, seed=0), "")
    fitted = compile_circuit(circuit, calibration=calibration)
    assert fitted.scales != plain.scales and all(bounds.proven for bounds in fitted.bounds)
    assert compile_circuit(circuit, before=fitted.scales).scales == fitted.scales
