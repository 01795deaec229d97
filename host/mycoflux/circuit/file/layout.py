"""Plain data -> YAML text. Short things in one line, long ones below one another, long tables as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mycoflux.circuit.file.text import plain

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z_]([A-Za-z0-9_ ./>-]*[A-Za-z0-9_./>-])?")


@dataclass(frozen=True)
class Table:
    """Rows of numbers that are written as a text."""

    rows: Sequence[Sequence[float]]


def yaml_text(document: Mapping[str, Any], open_levels: int = 2) -> str:
    """The document as text; mappings of the first `open_levels` levels are never put in one line."""
    return "\n".join(_block(document, 0, open_levels)) + "\n"


def scalar(value: object) -> str:
    """A scalar as YAML 1.2 reads it back."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and plain(text) == text:
        return text
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _float(value: float) -> str:
    text = repr(value)
    if text.endswith(("inf", "nan")):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, mark, exponent = text.partition("e")  # other readers want a point: 1.0e-05
    return text if not mark or "." in mantissa else f"{mantissa}.0e{exponent}"


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    if c.isprintable():
        return c
    return f"\\x{ord(c):02x}" if ord(c) < 0x100 else f"\\U{ord(c):08x}"


def _flow(value: Any) -> str | None:
    """The value in one line; None where it holds a table."""
    if isinstance(value, Table):
        return None
    if isinstance(value, Mapping):
        parts = [(scalar(k), _flow(v)) for k, v in value.items()]
        return (
            None if any(v is None for _, v in parts) else "{" + ", ".join(f"{k}: {v}" for k, v in parts) + "}"
        )
    if isinstance(value, list | tuple):
        entries = [_flow(v) for v in value]
        return None if None in entries else "[" + ", ".join(e for e in entries if e is not None) + "]"
    return scalar(value)


def _block(value: Any, indent: int, open_levels: int) -> Iterator[str]:
    """Lines of a mapping or list that is not put in one line."""
    pad = " " * indent
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _entry(f"{pad}{scalar(key)}:", inner, indent, open_levels - 1)
    else:
        for inner in value:
            first, *rest = _entry("", inner, indent, open_levels - 1, force_block=True)
            yield f"{pad}- {first.lstrip()}"
            yield from rest


def _entry(head: str, value: Any, indent: int, open_levels: int, force_block: bool = False) -> Iterator[str]:
    """Lines of one entry: after its head, or below it."""
    if isinstance(value, Table):
        yield f"{head} |" if head else "|"
        yield from _lines(value, indent + 2)
        return
    flow = _flow(value)
    simple = not isinstance(value, Mapping | list | tuple) or not value
    fits = flow is not None and len(head) + len(flow) < _WIDTH and open_levels <= 0
    if flow is not None and (simple or fits):
        yield f"{head} {flow}" if head else flow
        return
    if head:
        yield head
    yield from _block(value, indent + 2, open_levels)


def _lines(table: Table, indent: int) -> Iterator[str]:
    pad, line = " " * indent, ""
    for row in table.rows:
        text = " ".join(_float(v) if isinstance(v, float) else str(v) for v in row)
        if line and len(pad) + len(line) + 2 + len(text) > _WIDTH:
            yield pad + line
            line = ""
        line = f"{line}  {text}" if line else text
    yield pad + line
