from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from mycoflux.circuit import registry
from mycoflux.circuit.file.fields import fields_of
from mycoflux.circuit.file.schema import json_schema
from mycoflux.circuit.file.writer import circuit_text
from mycoflux.circuit.load import load_circuit
from mycoflux.resources import data_folder

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(data_folder("examples").glob("*.yaml"))
SCHEMA = jsonschema.Draft202012Validator(json_schema(only_builtin=True))


def read(text: str) -> object:
    return YAML(typ="safe", pure=True).load(text)


def test_the_schema_is_sound_and_the_published_one_is_up_to_date() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)
    published = json.loads((ROOT / "docs" / "circuit.schema.json").read_text("utf-8"))
    assert published == SCHEMA.schema, "mycoflux schema --builtin -o docs/circuit.schema.json"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_examples_are_valid(file: Path) -> None:
    SCHEMA.validate(read(file.read_text("utf-8")))


@pytest.mark.parametrize("reference", ["line_follower.py", "cuba.py:Cuba", "walker.yaml"])
def test_what_is_written_is_valid(reference: str) -> None:
    SCHEMA.validate(read(circuit_text(load_circuit(str(data_folder("examples") / reference)))))


@pytest.mark.parametrize(
    "name",
    [
        "no_version",
        "new_version",
        "unknown_section",
        "projections_as_mapping",
        "missing_size",
        "missing_neuron",
        "size_half",
        "size_as_text",
        "unknown_neuron",
        "unknown_field",
        "two_neurons",
        "unknown_part_field",
        "number_as_text",
        "missing_decoder_field",
        "synapse_of_three",
    ],
)
def test_wrong_circuits_are_not(name: str) -> None:
    text = (ROOT / "tests" / "wrong" / f"{name}.yaml").read_text("utf-8")
    assert not SCHEMA.is_valid(read(text))


def test_every_field_of_every_kind_is_described() -> None:
    definitions = SCHEMA.schema["$defs"]
    for kind in (registry.NEURON, registry.ENCODER, registry.DECODER, registry.PATTERN):
        described = definitions[kind.word]["anyOf"][1]["properties"]
        assert described.keys() == kind.builtin.keys()
        for name, thing in kind.builtin.items():
            assert described[name]["properties"].keys() == fields_of(thing).keys(), name
