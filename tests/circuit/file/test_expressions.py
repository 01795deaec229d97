from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.circuit.file.expressions import expand
from mycoflux.circuit.file.text import Place
from mycoflux.errors import CircuitError

HERE = Place("x.yaml", 3, 7)
SCOPE = {"a": 3, "b": 0.5, "side": "left", "on": True, "list": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${2 * a + b}", 6.5),
        ("${-a ** 2 // 2}", -5),
        ("${(a + 1) % 3}", 1),
        ("${max(a, 2 * b, 1)}", 3),
        ("${round(b * 5)}", 2),
        ("${sqrt(16) / 2}", 2.0),
        ("${sin(pi / 2)}", 1.0),
        ("${inf}", math.inf),
        ("${a}", 3),
        ("${side}", "left"),
        ("${on}", True),
        ("${list}", [1.0, 2.0]),
        ("no expression", "no expression"),
        ("line_${side}_${a}", "line_left_3"),
        ("${b}", 0.5),
        ("x${b * 2}", "x1"),
        ("$${a}", "${a}"),
        ("${2 ** 0.5}", 2**0.5),
    ],
)
def test_values(text: str, value: object) -> None:
    result = expand(text, SCOPE, HERE)
    assert result == value and type(result) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "${}",
        "${a +}",
        "${a.real}",
        "${list[0]}",
        "${'a' * 9}",
        "${side * 2}",
        "${on + 1}",
        "${lambda: 1}",
        "${[1 for _ in a]}",
        "${a if on else b}",
        "${a and b}",
        "${a < b}",
        "${open}",
        "${exec(a)}",
        "${max()}",
        "${max(a, key=a)}",
        "${sqrt(-1)}",
        "${(-1) ** 0.5}",
        "${1 % 0}",
        "${0.0 / 0}",
        "${inf - inf}",
        "${exp(1e9)}",
        "${99999999999 ** 99999999999}",
        "${2 ** 64 ** 64}",
        "${" + "(" * 300 + "1" + ")" * 300 + "}",
        "${" + "-" * 900 + "1}",
        "${" + "1 + " * 400 + "1}",
        "${1 + 2",
        "a ${",
        "${1j}",
        "${9" + "9" * 900 + "}",
    ],
)
def test_what_is_none_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(CircuitError) as caught:
        value = expand(text, SCOPE, HERE)
        assert value != value, value
    assert caught.value.where == "x.yaml:3:7" and caught.value.remedy


@settings(deadline=None)
@given(st.text(st.sampled_from("ab0123456789.+-*/%() ,min"), max_size=25))
def test_an_expression_is_a_number_or_refused(source: str) -> None:
    try:
        value = expand("${" + source + "}", SCOPE, HERE)
    except CircuitError:
        return
    assert isinstance(value, int | float) and not isinstance(value, bool)
    assert value == eval(source, {"a": 3, "b": 0.5, "min": min})
