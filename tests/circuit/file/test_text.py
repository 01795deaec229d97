from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.circuit.file.layout import scalar, yaml_text
from mycoflux.circuit.file.text import Node, parse, plain
from mycoflux.errors import CircuitError

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


def data(node: Node) -> object:
    if isinstance(node.value, dict):
        return {k: data(v) for k, v in node.value.items()}
    return [data(v) for v in node.value] if isinstance(node.value, list) else node.value


@settings(deadline=None)
@given(
    st.dictionaries(
        TEXTS,
        st.recursive(SCALARS, lambda s: st.lists(s) | st.dictionaries(TEXTS, s)),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_is_what_is_read(document: dict) -> None:
    back = data(parse(yaml_text(document).encode(), "x"))
    assert back == document
    assert repr(back) == repr(document)


@settings(deadline=None)
@given(
    st.binary(max_size=60)
    | st.text(st.sampled_from("ab:-[]{}&*!|>'\"#%@`,? \n\t0"), max_size=30).map(str.encode)
)
def test_any_bytes_are_a_tree_or_an_error_with_a_place(content: bytes) -> None:
    try:
        parse(content, "x")
    except CircuitError as error:
        name, line, column = error.where.split(":")
        assert name == "x" and int(line) >= 1 and int(column) >= 1 and error.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("2001-01-01", "2001-01-01"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("~", None),
        ("TRUE", True),
        ("-.inf", -math.inf),
        ("9" * 400, math.inf),
    ],
)
def test_plain_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert plain(text) == value


def test_a_float_is_one_for_older_readers_too() -> None:
    assert scalar(1e-05) == "1.0e-05"
