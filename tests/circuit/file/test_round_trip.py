"""Whatever Python builds can be written as a circuit file, and read back as the same program."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mycoflux.circuit import LIF, Circuit, Explicit, OneToOne, Pattern
from mycoflux.circuit.circuit import Part
from mycoflux.circuit.file.reader import read_circuit
from mycoflux.circuit.file.writer import circuit_text, write_circuit
from mycoflux.circuit.load import load_circuit
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.circuit.patterns.base import Indices
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import CircuitError, InvalidInput
from mycoflux.resources import data_folder
from tests.circuit.file.strategies import circuits

EXAMPLES = data_folder("examples")
KINDS = (Population, SensorPort, Projection, ActuatorPort)


def parts(circuit: Circuit) -> list[Part]:
    """All parts, kind by kind, without the line that they were written in."""
    return [dataclasses.replace(p, origin="") for kind in KINDS for p in circuit.of_kind(kind)]


def image(circuit: Circuit) -> bytes | str:
    try:
        return compile_circuit(circuit).image
    except InvalidInput as error:
        return error.what


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate]
)
@given(circuit=circuits())
def test_a_circuit_comes_back_as_it_was(circuit: Circuit, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("trip") / "circuit.yaml"
    write_circuit(circuit, file)
    back = read_circuit(file)
    assert parts(back) == parts(circuit)
    assert (back.name, back.dt_s, back.accept) == (circuit.name, circuit.dt_s, circuit.accept)
    assert image(back) == image(circuit)
    assert circuit_text(back) == file.read_text()


@pytest.mark.parametrize(
    "reference",
    [
        "line_follower.py",
        "cuba.py:Cuba",
        "brunel.py:Brunel",
        "line_follower.yaml",
        "walker.yaml",
        "careful_walker.yaml",
    ],
)
def test_examples_come_back_as_they_were(reference: str, tmp_path: Path) -> None:
    circuit = load_circuit(str(EXAMPLES / reference))
    write_circuit(circuit, tmp_path / "circuit.yaml")
    back = read_circuit(tmp_path / "circuit.yaml")
    assert parts(back) == parts(circuit)
    assert compile_circuit(back).image == compile_circuit(circuit).image


def test_examples_of_one_name_are_one_circuit() -> None:
    """`mycoflux build` gives both the same file."""
    twice = {file.stem for file in EXAMPLES.glob("*.yaml")} & {file.stem for file in EXAMPLES.glob("*.py")}
    assert "line_follower" in twice
    for name in twice:
        yaml, python = (
            compile_circuit(load_circuit(str(EXAMPLES / f"{name}.{kind}"))) for kind in ("yaml", "py")
        )
        assert yaml.image == python.image


def test_parts_of_nested_circuits_become_groups() -> None:
    inner = Circuit("inner")
    a = inner.population("a", 1, LIF())
    inner.connect(a, a, weight_v=0.001)
    outer = Circuit("outer")
    outer.population("b", 2, LIF())
    left = outer.include("left", inner)
    outer.connect(left["a"], "b", weight_v=0.001)
    assert circuit_text(outer) == (
        "mycoflux: 1\nname: outer\ndt_s: 0.001\n"
        "populations:\n  b: {size: 2, neuron: LIF}\n"
        "groups:\n  left:\n    populations: {a: {size: 1, neuron: LIF}}\n"
        "    projections: [{source: a, target: a, weight_v: 0.001}]\n"
        "projections:\n  - {source: left/a, target: b, weight_v: 0.001}\n"
    )


def test_where_groups_cannot_tell_the_order_names_are_full() -> None:
    inner = Circuit("inner")
    inner.population("p", 1, LIF())
    outer = Circuit("outer")
    outer.population("a", 1, LIF())
    outer.include("x", inner)
    outer.population("b", 1, LIF())
    assert "x/p: {size: 1, neuron: LIF}" in circuit_text(outer)


def test_what_is_not_registered_is_refused() -> None:
    @dataclasses.dataclass(frozen=True)
    class Mine(Pattern):
        def pairs(self, sources: int, targets: int) -> tuple[Indices, Indices]:
            return OneToOne().pairs(sources, targets)

    circuit = Circuit("c")
    circuit.population("a", 1, LIF())
    circuit.connect("a", "a", weight_v=0.1, pattern=Mine())
    with pytest.raises(CircuitError, match=r"pattern Mine is not registered.*mycoflux\.patterns"):
        circuit_text(circuit)


def test_long_tables_are_read_back_number_by_number(tmp_path: Path) -> None:
    pairs = [(i % 7, i % 5) for i in range(1000)]
    weights = [0.1 / (i + 1) for i in range(1000)]
    circuit = Circuit("c")
    circuit.population("a", 7, LIF())
    circuit.connect("a", "a", weight_v=weights, pattern=Explicit(pairs))
    write_circuit(circuit, tmp_path / "c.yaml")
    projection = read_circuit(tmp_path / "c.yaml").of_kind(Projection)[0]
    assert isinstance(projection.pattern, Explicit)
    assert projection.weight_v == tuple(weights) and projection.pattern.synapses == pairs
