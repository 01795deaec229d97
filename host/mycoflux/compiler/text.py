"""What a pass made, as text: the same data gives the same lines on every machine; for reading and for tests.

A line a field; what is inside is indented. Arrays are written whole, sixteen numbers a line, so this is for
circuits that a person can read. Where the author wrote something (`origin`) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

import numpy as np

_A_LINE = 16
_LEFT_OUT = ("origin", "where")


def as_text(made: object) -> str:
    """The text of frozen data: dataclasses, mappings, tuples, arrays and what they are made of."""
    return "\n".join(_lines(made)) + "\n"


def _lines(made: object) -> Iterator[str]:
    if is_dataclass(made) and not isinstance(made, type):
        yield type(made).__name__
        for field in fields(made):
            if field.name not in _LEFT_OUT:
                yield from _named(field.name, getattr(made, field.name))
    elif isinstance(made, Mapping):
        for key, value in made.items():
            yield from _named(str(key), value)
    elif isinstance(made, tuple | list):
        for i, value in enumerate(made):
            yield from _named(f"[{i}]", value)
    else:
        yield _scalar(made)


def _named(name: str, value: object) -> Iterator[str]:
    if isinstance(value, np.ndarray):
        yield from _array(name, value)
        return
    if isinstance(value, tuple | list | Mapping) and not value:
        yield f"{name}: none"
        return
    if isinstance(value, tuple | list) and all(isinstance(v, int | float | str) for v in value):
        yield f"{name}: {' '.join(_scalar(v) for v in value)}"
        return
    lines = list(_lines(value))
    if len(lines) == 1:
        yield f"{name}: {lines[0]}"
        return
    yield f"{name}:"
    yield from (f"  {line}" for line in lines)


def _array(name: str, values: np.ndarray) -> Iterator[str]:
    yield f"{name}: {'x'.join(map(str, values.shape)) or 'one'} of {values.dtype}"
    flat = values.reshape(-1).tolist()
    for at in range(0, len(flat), _A_LINE):
        yield f"  {' '.join(_scalar(v) for v in flat[at : at + _A_LINE])}"


def _scalar(value: object) -> str:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, float):
        return f"{value:.9g}"  # less than all digits: the last of them differ between machines
    return str(value)
