"""Node -> value of a type hint: numbers stay numbers, and what does not fit is refused at its place."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from mycoflux.circuit.file.expressions import Scope, expand
from mycoflux.circuit.file.fields import Field, fields_of
from mycoflux.circuit.file.text import Node, fail, plain
from mycoflux.circuit.origin import at
from mycoflux.circuit.suggest import instead
from mycoflux.errors import CircuitError

_NUMBERS = {int: "a whole number", float: "a number"}
_WORDS = {**_NUMBERS, bool: "true or false", str: "a text", type(None): "null"}
_LISTS = (list, tuple, Sequence)
_MAPPINGS = (dict, Mapping)


def describe(hint: Any) -> str:
    """A type hint in words, for messages."""
    if hint in _WORDS:
        return _WORDS[hint]
    if is_union(hint):
        options = [h for h in get_args(hint) if h is not type(None) and not getattr(h, "_is_protocol", False)]
        return " or ".join(dict.fromkeys(describe(h) for h in options))
    if is_dataclass(hint) and isinstance(hint, type):
        return hint.__name__
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    if get_origin(hint) in _LISTS:
        inner = _entries(hint)
        if isinstance(inner, tuple):
            return f"a list of {len(inner)}"
        return "a list of numbers" if inner in _NUMBERS else "a list"
    return "a mapping of keys to values"


def is_union(hint: Any) -> bool:
    """Whether a hint is `A | B`."""
    return get_origin(hint) in (Union, types.UnionType)


def convert(node: Node, hint: Any, scope: Scope, what: str) -> Any:
    """The value of `node` as `hint` wants it, expressions worked out.

    Lists become lists, or tuples where the hint is a tuple.

    Raises:
        CircuitError: it does not fit; says what `what` should be.
    """
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    value = resolved(node, scope)
    if is_union(hint):
        return _first_fitting(node, value, hint, scope, what)
    if isinstance(value, list):
        if get_origin(hint) in _LISTS:
            return _list(node, value, hint, scope, what)
    elif isinstance(value, dict):
        if get_origin(hint) in _MAPPINGS or hint in _MAPPINGS:
            inner = (get_args(hint) or (str, Any))[1]
            return {k: convert(v, inner, scope, f"'{k}' of {what}") for k, v in value.items()}
        if is_dataclass(hint) and isinstance(hint, type):
            return construct(hint, node, fields_of(hint), scope, what)
    elif get_origin(hint) in _LISTS and isinstance(value, str):
        return _table(node, value, hint, what)
    elif (scalar := _scalar(value, hint)) is not None:
        return scalar[0]
    fail(node.place, f"{what} is {_shown(value)}", f"Give {describe(hint)}")


def resolved(node: Node, scope: Scope) -> Any:
    """A node's own value: a text with its expressions worked out, a list or mapping of nodes as it is."""
    if not isinstance(node.value, str):
        return node.value
    value = expand(node.value, scope, node.place)
    return [Node(v, node.place) for v in value] if isinstance(value, list) else value


def construct(
    kind: Callable[..., Any], node: Node, known: Mapping[str, Field], scope: Scope, what: str
) -> Any:
    """`kind` called with the entries of a mapping; its own refusals are placed at the entry they name.

    known: its fields. what: for messages.
    """
    given = arguments(node, known, scope, what)
    with placed(node):
        return kind(**given)


def arguments(
    node: Node,
    known: Mapping[str, Field],
    scope: Scope,
    what: str,
    special: Mapping[str, Callable[[Node], Any]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The entries of a mapping (or null, for none) as arguments; unknown and missing ones are refused.

    special: how entries are read that are more than their type says.
    """
    if not isinstance(node.value, dict) and node.value is not None:
        fail(node.place, f"{what} has {_shown(node.value)}, not fields", "Write its fields as `key: value`")
    for key in node.mapping:
        if key not in known:
            fail(node.keys[key], f"{what} has no field '{key}'", instead(key, known))
    for key, field in known.items():
        if field.required and key not in node.mapping:
            fail(node.place, f"{what} has no '{key}'", f"Add `{key}:` with {describe(field.hint)}")
    return {
        k: special[k](v) if k in special else convert(v, known[k].hint, scope, f"{k} of {what}")
        for k, v in node.mapping.items()
    }


class placed:  # noqa: N801 # a context manager
    """Within the block, parts are said to be written at `node`, and an error at the entry that it names."""

    def __init__(self, node: Node) -> None:
        self._node, self._at = node, at(str(node.place))

    def __enter__(self) -> None:
        self._at.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._at.__exit__(kind, error, trace)
        if isinstance(error, CircuitError) and error.where in ("", str(self._node.place)):
            named = error.what.split(" ", 1)[0]
            place = self._node.mapping[named].place if named in self._node.mapping else self._node.place
            raise CircuitError(error.what, where=str(place), remedy=error.remedy) from error


def _scalar(value: Any, hint: Any) -> tuple[Any] | None:
    """The value as a scalar type wants it, in a tuple; None where it does not fit."""
    if hint in (Any, object):
        return (value,)
    if get_origin(hint) is Literal:
        return (value,) if value in get_args(hint) else None
    if isinstance(value, bool) or value is None:
        return (value,) if hint is type(value) else None
    if hint is float and isinstance(value, int | float):
        return (float(value),)
    if hint is int and isinstance(value, int | float):
        whole = math.isfinite(value) and value == int(value)
        return (int(value),) if whole else None
    return (value,) if hint is str and isinstance(value, str) else None


def _first_fitting(node: Node, value: Any, hint: Any, scope: Scope, what: str) -> Any:
    if node.value is None and type(None) in get_args(hint):
        return None
    options = [h for h in get_args(hint) if h is not type(None)]
    if not isinstance(value, list | dict):
        for option in options:
            if (scalar := _scalar(value, option)) is not None:
                return scalar[0]
    table = isinstance(value, str) and len(value.split()) > 1
    shapes = _LISTS if isinstance(value, list) or table else _MAPPINGS
    fitting = [h for h in options if get_origin(h) in shapes or (is_dataclass(h) and isinstance(value, dict))]
    if len(fitting) == 1:
        return convert(node, fitting[0], scope, what)
    fail(node.place, f"{what} is {_shown(value)}", f"Give {describe(hint)}")


def _list(node: Node, values: Sequence[Node], hint: Any, scope: Scope, what: str) -> Any:
    inner = _entries(hint)
    made: type = tuple if get_origin(hint) is tuple else list
    if isinstance(inner, tuple):
        if len(values) != len(inner):
            fail(node.place, f"{what} has {len(values)} entries", f"Give a list of {len(inner)}")
        pairs = zip(values, inner, strict=True)
        return made(convert(v, h, scope, f"entry {i} of {what}") for i, (v, h) in enumerate(pairs))
    return made(convert(v, inner, scope, f"entry {i} of {what}") for i, v in enumerate(values))


def _entries(hint: Any) -> Any:
    """The hint of a list's entries, or a tuple of hints where it has a fixed length."""
    inner = get_args(hint)
    if get_origin(hint) is tuple and Ellipsis not in inner:
        return inner
    return inner[0] if inner else Any


def table_row(hint: Any) -> tuple[Any, ...] | None:
    """The types of a row of numbers where `hint` is a list of numbers or of such rows, or allows one."""
    if is_union(hint):
        return next((row for h in get_args(hint) if (row := table_row(h)) is not None), None)
    if get_origin(hint) not in _LISTS:
        return None
    inner = _entries(hint)
    row = _entries(inner) if get_origin(inner) is tuple else inner
    columns = row if isinstance(row, tuple) else (row,)
    return columns if columns and all(c in _NUMBERS for c in columns) else None


def _table(node: Node, text: str, hint: Any, what: str) -> Any:
    """A long list as a text of numbers, row after row where its entries are lists of a fixed length."""
    columns = table_row(hint)
    if columns is None:
        fail(node.place, f"{what} is {text!r}", f"Give {describe(hint)}")
    cells = [_scalar(plain(word), columns[i % len(columns)]) for i, word in enumerate(text.split())]
    if None in cells:
        i = cells.index(None)
        fail(
            node.place,
            f"{what}: '{text.split()[i]}' at {i} does not fit",
            "Give numbers alone, without units, separated by blanks",
        )
    if len(cells) % len(columns):
        fail(node.place, f"{what} has {len(cells)} numbers", f"They must be rows of {len(columns)}")
    values = [cell[0] for cell in cells if cell is not None]
    if get_origin(_entries(hint)) is tuple:
        values = list(zip(*(values[i :: len(columns)] for i in range(len(columns))), strict=True))
    return tuple(values) if get_origin(hint) is tuple else values


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    if value is None:
        return "empty"
    return (
        repr(value)
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
