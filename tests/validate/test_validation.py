"""Circuits validated: where an error comes from is told apart, and an author's limits are kept to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mycoflux.circuit import (
    LIF,
    Accept,
    Circuit,
    ConstantCurrent,
    Graded,
    LeakyCount,
    OneToOne,
    Rate,
    RateToPwm,
    WinnerTakeAll,
)
from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.membrane import time_constant
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import CircuitError, InvalidInput
from mycoflux.resources import data_folder
from mycoflux.validate import report
from mycoflux.validate import validation as module
from mycoflux.validate.stimulus import random_stimulus
from mycoflux.validate.validation import Validation
from mycoflux.validate.validation import validate as validate_with

# One is 5,000 times the others, which therefore become 0, and with them most of the spikes.
UNEVEN = [0.02] * 7 + [100.0]


def validate(circuit: Circuit, seconds: float = 1.0, inputs: np.ndarray | None = None) -> Validation:
    """With random inputs where none are given."""
    if inputs is None:
        inputs = random_stimulus(compile_circuit(circuit).program, round(seconds / circuit.dt_s), seed=0)
    return validate_with(circuit, inputs)


def fed(weights: float | list[float] = 0.01, **parameters: object) -> Circuit:
    circuit = Circuit("fed", **parameters)
    light = circuit.sensor("light", Rate(400.0), 2)
    cells = circuit.population("cells", 4, LIF())
    circuit.connect(light, cells, weight_v=weights)
    circuit.actuator("duty", cells, RateToPwm(200.0))
    circuit.actuator("winner", cells, WinnerTakeAll())
    return circuit


def test_a_sound_circuit_is_within_its_limits() -> None:
    result = validate(fed(), seconds=1.0)
    assert result.failures == () and result.ticks == 1000
    total = result.total.populations[0]
    assert total.spikes[0] > 50 and abs(total.rate_error) < 0.05
    assert total.coincidence > 0.8 and total.potential_error < 0.2
    assert result.total.outputs[0].mean < 0.02


def test_weights_that_eight_bits_do_not_hold_are_blamed_on_quantization() -> None:
    result = validate(fed(UNEVEN, accept=Accept(rate_error=0.2)), seconds=1.0)
    share = {c.name: abs(c.populations[0].rate_error) for c in result.comparisons}
    assert share["quantization"] > 0.2 and share["arithmetic"] < 0.02
    assert result.failures and "population 'cells'" in result.failures[0]


def test_currents_cut_off_in_every_tick_are_blamed_on_arithmetic() -> None:
    """A current of a few units of `a` a tick loses up to one of them in each."""
    circuit = Circuit("dim")
    light = circuit.sensor("light", ConstantCurrent())
    # Time constants that the integers have exactly.
    slow = LIF(tau_m_s=time_constant(16, 0.001), tau_syn_s=time_constant(8, 0.001), threshold_v=1.0)
    cells = circuit.population("cells", 1, slow)
    strong = circuit.sensor("strong", Rate(900.0))
    circuit.connect(light, cells, weight_v=0.5)
    circuit.connect(strong, cells, weight_v=-0.5)
    inputs = np.array([[2000, 0]] * 4000)
    result = validate(circuit, inputs=inputs)
    error = {c.name: c.populations[0].potential_error for c in result.comparisons}
    assert error["arithmetic"] > 3 * error["quantization"]


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (Accept(rate_error=0.0, output_error=None), "spikes instead of"),
        (Accept(coincidence=1.0), "coincidence factor"),
        (Accept(potential_error=1e-6), "v is off by"),
        (Accept(output_error=1e-6), "actuator 'duty'"),
    ],
)
def test_each_limit_is_kept_to(accept: Accept, wanted: str) -> None:
    failures = validate(fed(UNEVEN, accept=accept), seconds=1.0).failures
    assert any(wanted in text for text in failures), failures


def test_limits_are_checked_when_they_are_given() -> None:
    with pytest.raises(CircuitError, match=r"coincidence is 1\.5"):
        Accept(coincidence=1.5)
    with pytest.raises(CircuitError, match="rate_error is -1"):
        Accept(rate_error=-1.0)
    with pytest.raises(CircuitError, match=r"accept is 0\.1"):
        fed(accept=0.1)


def test_populations_without_potentials_and_without_spikes() -> None:
    circuit = Circuit("still")
    relay = circuit.population("relay", 2, Graded())
    cells = circuit.population("cells", 2, LIF())
    circuit.connect(relay, cells, weight_v=0.01, pattern=OneToOne())
    result = validate(circuit, seconds=0.1)
    text = json.dumps(report.as_dict(result), allow_nan=False)
    assert json.loads(text)["total"]["populations"][0]["cv"] == [None, None]
    assert result.failures == () and "nothing spiked" in report.notes(result)[0]


def test_the_report_is_one_file_with_its_pictures(tmp_path: Path) -> None:
    circuit = load_circuit(str(data_folder("examples") / "line_follower.py"))
    result = validate(circuit, seconds=0.5)
    files = report.write(result, tmp_path / "new")
    page = (tmp_path / "new" / "report.html").read_text()
    assert [f.name for f in files] == ["report.json", "report.html"]
    assert page.count("data:image/png;base64,") == 3 and "http" not in page
    assert "Within the limits" in page
    data = json.loads((tmp_path / "new" / "report.json").read_text())
    assert data["accepted"] is True
    assert {p["population"] for p in data["total"]["populations"]} == set(result.asked.rasters)


def test_a_name_cannot_break_the_page(tmp_path: Path) -> None:
    circuit = fed(accept=Accept(rate_error=0.0, output_error=0.0))
    circuit.name = "<script>alert(1)</script>"
    assert "<script>" not in report.as_html(validate(circuit, seconds=0.2))


def test_inputs_of_another_shape_and_a_folder_that_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="takes"):
        validate(fed(), inputs=np.zeros((10, 5), np.int64))
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot be made"):
        report.write(validate(fed(), seconds=0.05), tmp_path / "file")


def test_a_limit_that_cannot_be_checked_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POTENTIALS_MOST", 100)
    assert validate(fed(), seconds=0.1).failures == ()
    assert "'cells' were not compared" in report.notes(validate(fed(), seconds=0.1))[0]
    strict = validate(fed(accept=Accept(potential_error=0.5)), seconds=0.1)
    assert "too many values of v" in strict.failures[0]


def test_a_count_is_off_by_a_share_of_its_own_full_scale() -> None:
    circuit = fed(UNEVEN)
    circuit.actuator("count", "cells", LeakyCount())
    output = validate(circuit).total.outputs[-1]
    assert output.actuator == "count" and 0 < output.largest < 1
