"""What cannot be compiled is refused with a remedy; none of it is "a bug in mycoflux"."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit import (
    LIF,
    Circuit,
    Convolution,
    ConvolutionShape,
    Graded,
    Izhikevich,
    ResonateAndFire,
    Spike,
    Strongest,
)
from mycoflux.circuit.neurons import Neuron
from mycoflux.cli.board_build import report
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import ImageError, InvalidInput, QuantizeError
from mycoflux.program.inspect import as_dict
from tests.backends.test_equal import assert_equal
from tests.programs import random_inputs


def driven(neuron: Neuron, weight_v: float = 0.01) -> Circuit:
    circuit = Circuit("driven")
    target = circuit.population("it", 1, neuron)
    circuit.connect(circuit.sensor("in", Spike(), 10), target, weight_v=weight_v)
    return circuit


@pytest.mark.parametrize("weight_v", [150.0, 1e4, 1e9])
@pytest.mark.parametrize("resets", [False, True])
def test_inputs_that_leave_a_resonators_threshold_no_steps(weight_v: float, resets: bool) -> None:
    with pytest.raises(QuantizeError, match="population 'it'.*steps"):  # noqa: RUF043
        compile_circuit(driven(ResonateAndFire(resets=resets), weight_v))


@pytest.mark.parametrize(("tau_s", "what"), [(200.0, "too long"), (1e-4, "too short"), (1e-9, "too short")])
def test_a_resonators_decay_has_a_number(tau_s: float, what: str) -> None:
    for frequency_hz in (1.0, 125.0, 400.0):
        with pytest.raises(QuantizeError, match=f"tau_s = .* {what}"):
            compile_circuit(driven(ResonateAndFire(tau_s=tau_s, frequency_hz=frequency_hz)))


@pytest.mark.parametrize("tau_s", [2e-4, 0.05, 8.0, float("inf")])
def test_reports_are_json_whatever_was_asked(tau_s: float) -> None:
    build = compile_circuit(driven(ResonateAndFire(tau_s=tau_s)))
    json.dumps(report(build, Path("x")), allow_nan=False)


@pytest.mark.parametrize("field", ["recovery_step_v_s", "a_hz", "b_hz"])
def test_numbers_beyond_every_float_are_refused(field: str) -> None:
    with pytest.raises(QuantizeError, match="out of the integers' range"):
        compile_circuit(driven(Izhikevich(**{field: 1.7e308})))


def test_a_graded_threshold_beyond_every_value_is_never_crossed() -> None:
    build = compile_circuit(driven(Graded(threshold_v=1e308), 1e-9))
    assert PlainReference(build.program).step([4095] * 10).spikes == ()
    json.dumps(report(build, Path("x")), allow_nan=False)


@pytest.mark.parametrize(
    ("kernel", "more"), [(300, {}), (3, {"dilation": (1, 300)}), (20, {"stride": (1, 256)})]
)
def test_a_convolution_too_wide_for_its_record_is_written_out(kernel: int, more: dict) -> None:
    shape = ConvolutionShape((1, 1, 700), 1, (1, kernel), **more)
    circuit = Circuit("wide")
    source = circuit.sensor("in", Spike(), 700)
    target = circuit.population("out", shape.outputs[2], LIF(tau_syn_s=0.0))
    weights = [0.0001 * (i % 7 - 2) for i in range(kernel)]
    circuit.connect(source, target, weight_v=weights, pattern=Convolution(shape))
    build = compile_circuit(circuit)
    tables = {p["table"] for p in as_dict(build.program, build.image)["projections"]}
    assert "convolution" not in tables
    inputs = random_inputs(kernel, 700, 4)
    assert_equal(PlainReference(build.program), EngineBackend(build.program), inputs)


def many() -> Circuit:
    circuit = Circuit("many")
    for i in range(9500):
        circuit.population(f"p{i}", 1, LIF(refractory_s=0.002))
    return circuit


def slow() -> Circuit:
    circuit = Circuit("slow", dt_s=5000.0)
    circuit.population("p", 1, LIF(tau_m_s=1e5, tau_syn_s=1e5))
    return circuit


@pytest.mark.parametrize(("make", "remedy"), [(many, "fewer and larger"), (slow, "4,294 s")])
def test_the_remedy_is_for_the_number_that_did_not_fit(make: Callable[[], Circuit], remedy: str) -> None:
    with pytest.raises(ImageError, match="does not fit") as caught:
        compile_circuit(make())
    assert remedy in caught.value.remedy


def test_projections_get_names_that_are_free() -> None:
    circuit = Circuit("c")
    a, b = circuit.population("a", 2, LIF()), circuit.population("b", 2, LIF())
    for _ in range(3):
        circuit.connect(a, b, weight_v=0.1)
    circuit.remove("a>b")
    circuit.remove("a>b#2")
    for _ in range(3):
        circuit.connect(a, b, weight_v=0.1)
    names = [part.name for part in circuit.parts]
    assert sorted(names) == ["a", "a>b", "a>b#2", "a>b#3", "a>b#4", "b"]


def test_a_population_may_be_called_what_an_actuator_was_kept_under() -> None:
    circuit = Circuit("c")
    one = circuit.population("actuator x", 2, LIF())
    circuit.population("x", 3, LIF())
    circuit.actuator("x", one, Strongest())
    circuit.actuator("y", one, Strongest())
    assert [part.name for part in circuit.parts] == ["actuator x", "x", "x", "y"]
    circuit.remove("actuator y")
    circuit.remove("x")
    circuit.remove("x")
    assert [part.name for part in circuit.parts] == ["actuator x"]
    with pytest.raises(InvalidInput, match="no part 'x'"):
        circuit.remove("x")
