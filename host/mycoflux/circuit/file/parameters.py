"""The parameters of a circuit file: what each may be, and what it is where somebody set it."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mycoflux.circuit.file.convert import convert, describe
from mycoflux.circuit.file.expressions import CONSTANTS, FUNCTIONS, Value
from mycoflux.circuit.file.text import Node, Place, fail
from mycoflux.circuit.suggest import instead

RESERVED = {"i": "the index in an array", "dt_s": "the length of a tick"}
_KEYS: Mapping[str, Any] = {
    "default": bool | int | float | str | list[int | float],
    "min": float,
    "max": float,
    "choices": list[bool | int | float | str],
    "unit": str,
    "about": str,
}


@dataclass(frozen=True)
class Given:
    """A value from outside, and where it was written."""

    value: Value
    place: object


@dataclass(frozen=True)
class Parameter:
    """What a file declares of one parameter. low, high: of numbers. place: of its name.

    default: a node, to be worked out when those before it are known; a value where Python declared it; None
    where one must be given.
    """

    name: str
    default: Node | Value | None
    place: object
    low: Node | None = None
    high: Node | None = None
    choices: Node | None = None
    unit: str = ""


def declared(node: Node, inherited: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The parameters of a file: those of the file it extends, then its own.

    What is said anew of an inherited one replaces what was said of it there; the rest stays.
    """
    result = dict(inherited)
    if node.value is not None and not isinstance(node.value, dict):
        fail(node.place, "parameters are not a mapping", "Write `name: value`, one a line")
    for name, said in node.mapping.items():
        place = node.keys[name]
        _check_name(name, place)
        known = result.get(name, Parameter(name, None, place))
        result[name] = replace(_declaration(known, said), place=place)
    return result


def values_of(
    known: Mapping[str, Parameter], given: Mapping[str, Given], scope: Mapping[str, Value], what: str
) -> dict[str, Value]:
    """The value of each parameter: the one given, or its default.

    Raises:
        CircuitError: one is given that is not declared, is missing, or is not what its declaration allows.
    """
    for name, value in given.items():
        if name not in known:
            fail(value.place, f"{what} has no parameter '{name}'", instead(name, known))
    values = dict(scope)
    for name, parameter in known.items():
        values[name] = _value(parameter, given.get(name), values, what)
    return {name: values[name] for name in known}


def _check_name(name: str, place: Place) -> None:
    if name in RESERVED or name in CONSTANTS or name in FUNCTIONS:
        meaning = RESERVED.get(name, "part of expressions")
        fail(place, f"a parameter cannot be called '{name}': that is {meaning}", "Choose another name")
    if not name.isidentifier() or keyword.iskeyword(name):
        fail(place, f"a parameter cannot be called '{name}'", "Use letters, digits and _, such as weight_v")


def _declaration(known: Parameter, said: Node) -> Parameter:
    if not isinstance(said.value, dict):
        return replace(known, default=said)
    for key, place in said.keys.items():
        if key not in _KEYS:
            fail(place, f"parameter '{known.name}' has no '{key}'", instead(key, _KEYS))
    entries = said.mapping
    unit = convert(entries["unit"], str, {}, "a unit") if "unit" in entries else known.unit
    return replace(
        known,
        default=entries.get("default", known.default),
        low=entries.get("min", known.low),
        high=entries.get("max", known.high),
        choices=entries.get("choices", known.choices),
        unit=unit,
    )


def _value(parameter: Parameter, given: Given | None, scope: Mapping[str, Value], what: str) -> Value:
    default, place = parameter.default, parameter.place
    if isinstance(default, Node):
        place, default = default.place, convert(default, _KEYS["default"], scope, f"'{parameter.name}'")
    if given is None:
        if default is None:
            fail(
                parameter.place,
                f"parameter '{parameter.name}' of {what} has no value",
                "Give one where the circuit is used (`parameters:`, or --set name=value), or a default",
            )
        value: Value = default
    else:
        value, place = given.value, given.place
        if default is not None and _kind(value) is not _kind(default):
            wanted = describe(_kind(default))
            fail(place, f"parameter '{parameter.name}' of {what} is {value!r}", f"Give {wanted}")
        value = _whole(value, default)
    _check_allowed(parameter, value, scope, place)
    return value


def _whole(value: Value, default: Any) -> Value:
    """Numbers that are whole stay whole where the default is."""
    whole = isinstance(default, int) and isinstance(value, float) and value.is_integer()
    return int(value) if whole and not isinstance(value, str | list) else value


def _kind(value: Value) -> Any:
    for kind in (bool, str):
        if isinstance(value, kind):
            return kind
    return float if isinstance(value, int | float) else list[float]


def _check_allowed(parameter: Parameter, value: Value, scope: Mapping[str, Value], place: object) -> None:
    unit = f" {parameter.unit}" if parameter.unit else ""
    called = f"parameter '{parameter.name}' is {value}"
    if parameter.choices is not None:
        choices = convert(parameter.choices, _KEYS["choices"], scope, "choices")
        if value not in choices:
            fail(place, called, f"Choose one of {', '.join(map(str, choices))}")
    for limit, word, sign in ((parameter.low, "at least", 1), (parameter.high, "at most", -1)):
        if limit is None:
            continue
        bound = convert(limit, float, scope, f"the limit of '{parameter.name}'")
        numbers = value if isinstance(value, list) else [value]
        if any(isinstance(n, str | bool) for n in numbers):
            fail(limit.place, f"parameter '{parameter.name}' is no number", "Only numbers have min and max")
        if not all(sign * float(n) >= sign * bound for n in numbers):
            fail(place, f"{called}{unit}", f"It must be {word} {bound:g}{unit}")
