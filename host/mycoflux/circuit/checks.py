"""Small checks of an author's numbers and names; each says what is wrong, where and what to do."""

from __future__ import annotations

import math

from mycoflux.circuit.origin import origin
from mycoflux.errors import CircuitError

_FORBIDDEN_IN_NAMES = set("/[]>")


def finite(value: float, what: str) -> float:
    """`value` as a float, if it is a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise CircuitError(f"{what} is {value!r}", where=origin(), remedy="Give a finite number")
    return number


def positive(value: float, what: str) -> float:
    """`value` as a float, if it is finite and above zero."""
    number = finite(value, what)
    if number <= 0:
        raise CircuitError(f"{what} is {number:g}", where=origin(), remedy="Give a number above zero")
    return number


def not_negative(value: float, what: str) -> float:
    """`value` as a float, if it is finite and not below zero."""
    number = finite(value, what)
    if number < 0:
        raise CircuitError(f"{what} is {number:g}", where=origin(), remedy="Give zero or more")
    return number


def count(value: int, what: str) -> int:
    """`value`, if it is a whole number of at least 1."""
    return _whole(value, what, 1)


def share(value: float, what: str) -> float:
    """`value` as a float, if it is a number from 0 to 1."""
    number = finite(value, what)
    if not 0 <= number <= 1:
        raise CircuitError(f"{what} is {number:g}", where=origin(), remedy="Give a number from 0 to 1")
    return number


def index(value: int, what: str) -> int:
    """`value`, if it is a whole number of at least 0."""
    return _whole(value, what, 0)


def _whole(value: int, what: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise CircuitError(
            f"{what} is {value!r}", where=origin(), remedy=f"Give a whole number from {least} up"
        )
    return value


def name(value: str, what: str) -> str:
    """`value`, if it can name a part."""
    if not isinstance(value, str) or not value.isprintable() or not value or set(value) & _FORBIDDEN_IN_NAMES:
        raise CircuitError(
            f"{what} cannot be named {value!r}",
            where=origin(),
            remedy="Use letters, digits, blanks and _ - . (the signs / [ ] > mean something else)",
        )
    return value


def one_of(value: str, choices: tuple[str, ...], what: str) -> str:
    """`value`, if it is one of `choices`."""
    if value not in choices:
        raise CircuitError(
            f"{what} is {value!r}", where=origin(), remedy=f"Give one of: {', '.join(choices)}"
        )
    return value


def instance(value: object, kinds: tuple[type, ...], what: str, example: str) -> None:
    """Refuse a value that is not one of `kinds`; a class itself is a common slip."""
    if not isinstance(value, kinds):
        called = f"the class {value.__name__} itself" if isinstance(value, type) else repr(value)
        names = ", ".join(kind.__name__ for kind in kinds)
        raise CircuitError(
            f"{what} is {called}", where=origin(), remedy=f"Give one of {names}, such as {example}"
        )
