"""Circuit files with a word changed: a circuit or an error with a place, never anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mycoflux.circuit.file.reader import read_circuit
from mycoflux.errors import CircuitError
from mycoflux.resources import data_folder

EVERYTHING = """mycoflux: 1
name: all
dt_s: 0.001
accept: {rate_error: 0.1}
parameters: {n: {default: 2, min: 1, max: 9, choices: [2, 3], unit: V}, w: 0.1, side: left}
sensors:
  eye: {encoder: {Rate: {max_rate_hz: 100}}, channels: 4}
populations:
  a: {size: 4, neuron: {LIF: {receptors: {slow: 0.05}, bias_v: [0, 0, 0, 0.1]}}}
  b: {size: 4, neuron: Graded}
include:
  legs: {circuit: leg.yaml, count: 2, parameters: {drive_v: "${w / 10 * i}"}}
groups:
  g: {populations: {c: {size: 1, neuron: LIF}}}
projections:
  - {source: eye, target: a, weight_v: 0.1, pattern: {Explicit: {synapses: [[0, 1], [1, 0]]}}}
  - {source: a, target: a, weight_v: "${w}", pattern: OneToOne, receptor: slow, count: 2}
  - {source: eye, target: b, weight_v: 1 2 3 4 5 6 7 8 9,
     pattern: {Convolution: {shape: {inputs: [1, 2, 2], channels: 1, kernel: [3, 3], padding: [1, 1]}}}}
actuators:
  m: {source: a, decoder: {RateToPwm: {full_rate_hz: 100}}}
change: {a: {size: 5, tau_m_s: 0.03}, eye>a: {weight_v: 0.2}}
remove: [legs[1]/hip]
""".replace("[legs[1]/hip]", '["legs[1]/hip"]')
WORDS = re.compile(r"[\w.]+")
CHANGES = [
    *(
        "",
        "0",
        "-1",
        "1e400",
        ".nan",
        ".inf",
        "null",
        "true",
        "[]",
        "{}",
        "[1, 2]",
        "{a: 1}",
        "x",
        "a",
        "LIF",
    ),
    *('"${n}"', '"${i}"', '"${"', "size", "leg.yaml", "9" * 30, "1.5", '"a/b"', "- x", ":", "99999999"),
]


def test_it_is_right_before_it_is_changed(tmp_path: Path) -> None:
    (tmp_path / "leg.yaml").write_text((data_folder("examples") / "leg.yaml").read_text())
    (tmp_path / "all.yaml").write_text(EVERYTHING)
    assert len(read_circuit(tmp_path / "all.yaml").parts) == 18


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(0, len(WORDS.findall(EVERYTHING)) - 1), change=st.sampled_from(CHANGES))
def test_a_changed_word_is_a_circuit_or_an_error_with_a_place(
    where: int, change: str, tmp_path: Path
) -> None:
    (tmp_path / "leg.yaml").write_text((data_folder("examples") / "leg.yaml").read_text())
    word = list(WORDS.finditer(EVERYTHING))[where]
    file = tmp_path / "all.yaml"
    file.write_text(EVERYTHING[: word.start()] + change + EVERYTHING[word.end() :])
    try:
        read_circuit(file)
    except CircuitError as error:
        place = re.fullmatch(r".*(all|leg)\.yaml:(\d+):(\d+)", error.where)
        assert place and error.remedy, error
    except Exception as error:
        pytest.fail(f"{word[0]} -> {change}: {type(error).__name__}: {error}")
