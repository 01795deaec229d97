"""A circuit -> a circuit file that makes equal parts, in the same order within each kind.

Nested parts become groups. Where their order cannot be told by groups, all parts are written with full names.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mycoflux.circuit import registry
from mycoflux.circuit.accept import Accept
from mycoflux.circuit.circuit import Circuit, Part
from mycoflux.circuit.file.convert import table_row
from mycoflux.circuit.file.fields import CHOSEN, PARTS, SECTIONS, Field, fields_of
from mycoflux.circuit.file.layout import Table, yaml_text
from mycoflux.circuit.file.reader import VERSION
from mycoflux.circuit.parts import ActuatorPort, Projection, SensorPort
from mycoflux.circuit.registry import Kind
from mycoflux.errors import CircuitError
from mycoflux.files import write_bytes

_SHORT_LIST = 16  # entries of a list that is written as a list, not as a text of numbers
_ORDERS = (
    ("sensors", "populations", "groups", "projections", "actuators"),
    ("groups", "sensors", "populations", "projections", "actuators"),
    ("sensors", "populations", "projections", "actuators", "groups"),
)


def write_circuit(circuit: Circuit, path: Path) -> None:
    """Write `circuit` as a circuit file.

    Raises:
        CircuitError: it has a kind of neuron, port or pattern that is not registered.
        InvalidInput: the file cannot be written; nothing was changed then.
    """
    write_bytes(path, circuit_text(circuit).encode(), "the circuit file")


def circuit_text(circuit: Circuit) -> str:
    """The text of the circuit file; see `write_circuit`."""
    head: dict[str, Any] = {"mycoflux": VERSION, "name": _text(circuit.name), "dt_s": float(circuit.dt_s)}
    if circuit.accept != Accept():
        head["accept"] = _fields(circuit.accept, fields_of(Accept))
    return yaml_text(head | _sections(circuit))


@dataclasses.dataclass
class _Group:
    """Parts of one level by section, and the groups in it."""

    parts: dict[str, list[tuple[str, Part]]] = dataclasses.field(default_factory=dict)
    groups: dict[str, _Group] = dataclasses.field(default_factory=dict)

    def names(self, section: str, order: tuple[str, ...]) -> Iterator[str]:
        """Full names of a section's parts as a reader meets them."""
        own = [part.name for _, part in self.parts.get(section, ())]
        nested = [n for group in self.groups.values() for n in group.names(section, order)]
        first = order.index(section) < order.index("groups")
        yield from own + nested if first else nested + own

    def document(self, order: tuple[str, ...], prefix: str = "") -> dict[str, Any]:
        result: dict[str, Any] = {}
        for section in order:
            if section == "groups" and self.groups:
                result[section] = {
                    _text(name): group.document(order, f"{prefix}{name}/")
                    for name, group in self.groups.items()
                }
            elif section in self.parts:
                entries = [(name, _part(section, part, prefix)) for name, part in self.parts[section]]
                by_name = {_text(name): entry for name, entry in entries}
                result[section] = [e for _, e in entries] if section == "projections" else by_name
        return result


def _sections(circuit: Circuit) -> dict[str, Any]:
    nested, flat = _Group(), _Group()
    for part in circuit.parts:
        section = next(s for s, kind in PARTS.items() if isinstance(part, kind))
        flat.parts.setdefault(section, []).append((part.name, part))
        group, path = nested, _group_of(part)
        for name in path:
            group = group.groups.setdefault(name, _Group())
        own_name = part.name.removeprefix("".join(f"{p}/" for p in path))
        group.parts.setdefault(section, []).append((own_name, part))
    for order in _ORDERS:
        if all(_same_order(circuit, nested, section, order) for section in PARTS):
            return nested.document(order)
    return flat.document(_ORDERS[0])


def _same_order(circuit: Circuit, root: _Group, section: str, order: tuple[str, ...]) -> bool:
    wanted = [part.name for part in circuit.parts if isinstance(part, PARTS[section])]
    return wanted == list(root.names(section, order))


def _group_of(part: Part) -> list[str]:
    """The groups around a part: those that its name and all ends of it share."""
    ends = [part.name]
    if isinstance(part, Projection):
        ends = [part.source, part.target]
    elif isinstance(part, ActuatorPort):
        ends = [part.name, part.source]
    paths = [end.split("/")[:-1] for end in ends]
    shared: list[str] = []
    for names in zip(*paths, strict=False):
        prefix = "/".join([*shared, names[0]]) + "/"
        if len(set(names)) > 1 or not part.name.startswith(prefix):
            break
        shared.append(names[0])
    return shared


def _part(section: str, part: Part, prefix: str) -> dict[str, Any]:
    values: dict[str, Any] = {f.name: getattr(part, f.name) for f in dataclasses.fields(part)}
    del values["origin"]
    name = values.pop("name").removeprefix(prefix)
    for end in ("source", "target"):
        if end in values:
            values[end] = values[end].removeprefix(prefix)
    if isinstance(part, SensorPort):
        values["channels"] = values.pop("size")
    if isinstance(part, Projection) and name != f"{values['source']}>{values['target']}":
        values["name"] = name
    known = fields_of(SECTIONS[section])
    defaults = _defaults(SECTIONS[section]) | {"pattern": registry.PATTERN.builtin["AllToAll"]()}
    ordered = [key for key in known if key in values]
    return {
        key: _kind(CHOSEN[key], values[key]) if key in CHOSEN else _value(values[key], known[key])
        for key in ordered
        if key not in defaults or not _same(values[key], defaults[key])
    }


def _kind(kind: Kind, value: Any) -> Any:
    name = registry.name_of(kind, type(value))
    inner = _fields(value, fields_of(type(value)))
    return {name: inner} if inner else name


def _fields(value: Any, known: Mapping[str, Field]) -> dict[str, Any]:
    defaults = _defaults(type(value))
    values = {key: getattr(value, key) for key in known}
    return {
        key: _value(v, known[key])
        for key, v in values.items()
        if key not in defaults or not _same(v, defaults[key])
    }


def _defaults(thing: Callable[..., Any]) -> dict[str, Any]:
    if not isinstance(thing, type):
        parameters = inspect.signature(thing).parameters.values()
        return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    made = {f.name: f.default_factory for f in dataclasses.fields(thing)}
    values = {f.name: f.default for f in dataclasses.fields(thing) if f.default is not dataclasses.MISSING}
    return values | {k: make() for k, make in made.items() if make is not dataclasses.MISSING}


def _same(a: Any, b: Any) -> bool:
    alike = type(a) is type(b) or isinstance(a, int | float)
    return a is b or (alike and bool(np.array_equal([a], [b])))


def _value(value: Any, field: Field) -> Any:
    """Plain data; long tables of numbers as tables."""
    value = _plain(value)
    row = table_row(field.hint)
    if row is None or not isinstance(value, list) or len(value) <= _SHORT_LIST:
        return value
    return Table([[v] for v in value] if not isinstance(value[0], list) else value)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return {_text(str(k)): _plain(v) for k, v in value.items()}
    if dataclasses.is_dataclass(value):
        return _fields(value, fields_of(type(value)))
    try:
        return [_plain(v) for v in value]
    except TypeError:
        raise CircuitError(
            f"{value!r} cannot be written in a circuit file", remedy="Use numbers, texts and lists of them"
        ) from None


def _text(text: str) -> str:
    """A text that a reader does not take for an expression."""
    return text.replace("${", "$${")
