"""What a circuit or a group is made of, section by section in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, get_type_hints

from mycoflux.circuit import checks
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.file.convert import arguments, convert, placed
from mycoflux.circuit.file.expressions import Scope, expand
from mycoflux.circuit.file.fields import CHOSEN, PARTS, SECTIONS, Field, fields_of
from mycoflux.circuit.file.kinds import chosen
from mycoflux.circuit.file.sources import Sources
from mycoflux.circuit.file.text import Node, fail
from mycoflux.circuit.parts import Population
from mycoflux.circuit.suggest import instead

BODY = ("sensors", "populations", "projections", "actuators", "include", "groups", "change", "remove")
_INCLUDE = {
    "circuit": Field(str, True),
    "parameters": Field(dict, False),
    "count": Field(int, False),
    "join": Field(bool, False),
}
_INDEXED = re.compile(r"(.+)\[([0-9]{1,9})\]")


class Body:
    """Adds the sections of a mapping to a circuit."""

    def __init__(self, circuit: Circuit, scope: Scope, sources: Sources) -> None:
        self._circuit, self._scope, self._sources = circuit, scope, sources

    def add(self, node: Node, more: tuple[str, ...] = ()) -> None:
        """Read all sections of `node`; `more` are keys that somebody else reads."""
        handlers: dict[str, Callable[[Node], None]] = {
            "include": self._includes,
            "groups": self._groups,
            "change": self._changes,
            "remove": self._removals,
            "projections": self._projections,
        }
        if not isinstance(node.value, dict):
            fail(node.place, "a circuit is a mapping", f"Write sections below: {', '.join(BODY)}")
        for key, value in node.mapping.items():
            if key in more or value.value is None:
                continue
            if key not in BODY:
                fail(node.keys[key], f"'{key}' is not a key of a circuit", instead(key, (*more, *BODY)))
            if key in handlers:
                handlers[key](value)
            else:
                self._parts(key, value)

    def _entries(self, node: Node, what: str) -> list[tuple[str, Node]]:
        if not isinstance(node.value, dict):
            fail(node.place, f"{what} is not a mapping", "Write `name:` and its fields below, one a name")
        return [
            (str(expand(name, self._scope, node.keys[name])), replace(value, place=node.keys[name]))
            for name, value in node.mapping.items()
        ]

    def _parts(self, section: str, node: Node) -> None:
        word = section.removesuffix("s")
        for name, entry in self._entries(node, f"`{section}`"):
            self._part(section, name, entry, f"{word} '{name}'", self._scope)

    def _projections(self, node: Node) -> None:
        if not isinstance(node.value, list):
            fail(node.place, "`projections` is not a list", "Write `- source: ...` and its fields below")
        for entry in node.value:
            scopes = [self._scope]
            if "count" in entry.mapping:
                count = self._count(entry.mapping["count"], "count of a projection")
                self._sources.count(entry.mapping["count"].place, count)
                scopes = [{**self._scope, "i": i} for i in range(count)]
            rest = {k: v for k, v in entry.mapping.items() if k != "count"}
            entry = replace(entry, value=rest) if isinstance(entry.value, dict) else entry
            for scope in scopes:
                self._part("projections", "", entry, "a projection", scope)

    def _part(self, section: str, name: str, node: Node, what: str, scope: Scope) -> None:
        self._sources.count(node.place)
        known = {k: f for k, f in fields_of(SECTIONS[section]).items() if k != "name" or not name}
        special = {k: _choice(k, f"{k} of {what}", scope) for k in CHOSEN.keys() & known.keys()}
        given = arguments(node, known, scope, what, special)
        alone = Circuit("part")
        with placed(node):
            if not name:
                SECTIONS[section](self._circuit, **given)
                return
            *groups, last = name.split("/")
            for group in groups:
                checks.name(_indexed(group)[0], "a group")
            SECTIONS[section](alone, last, **given)
            self._circuit.add(replace(alone.parts[0], name=name))

    def _includes(self, node: Node) -> None:
        for name, entry in self._entries(node, "`include`"):
            if isinstance(entry.value, str):
                entry = replace(entry, value={"circuit": Node(entry.value, entry.place)})
            given = arguments(entry, _INCLUDE, self._scope, f"included '{name}'", {"parameters": _as_it_is})
            count = self._count(entry.mapping["count"], f"count of '{name}'") if "count" in given else None
            self._sources.count(entry.mapping.get("count", entry).place, 1 if count is None else count)
            for index in range(1 if count is None else count):
                self._include(name, entry, given, None if count is None else index)

    def _include(self, name: str, entry: Node, given: Mapping[str, Any], index: int | None) -> None:
        scope = self._scope if index is None else {**self._scope, "i": index}
        reference = entry.mapping["circuit"]
        text = convert(reference, str, scope, f"circuit of '{name}'")
        source = self._sources.find(text, reference.place)
        made = source.make(self._sources.given(given.get("parameters"), scope), entry.place)
        with placed(entry):
            if given.get("join", False):
                self._circuit.join(made)
            else:
                self._circuit.include(name, made, index)

    def _groups(self, node: Node) -> None:
        for name, entry in self._entries(node, "`groups`"):
            base, index = _indexed(name)
            with placed(entry):
                group = Circuit(base)
            Body(group, self._scope, self._sources).add(entry)
            with placed(entry):
                self._circuit.include(base, group, index)

    def _changes(self, node: Node) -> None:
        for name, entry in self._entries(node, "`change`"):
            with placed(entry):
                part = self._circuit.part(name)
            section = next(s for s, kind in PARTS.items() if isinstance(part, kind))
            hints = get_type_hints(PARTS[section])
            known = {f.name: Field(hints[f.name], False) for f in fields(part)}
            known = {k: f for k, f in known.items() if k not in ("name", "origin")}
            if isinstance(part, Population):
                known |= {k: replace(f, required=False) for k, f in fields_of(type(part.neuron)).items()}
            special = {k: _choice(k, f"{k} of '{name}'", self._scope) for k in CHOSEN.keys() & known.keys()}
            changed = arguments(entry, known, self._scope, f"'{name}'", special)
            with placed(entry):
                self._circuit.change(name, **changed)

    def _removals(self, node: Node) -> None:
        if not isinstance(node.value, list):
            fail(node.place, "`remove` is not a list", "Write `- name`, one a line")
        for entry in node.value:
            name = convert(entry, str, self._scope, "what is to be removed")
            with placed(entry):
                self._circuit.remove(name)

    def _count(self, node: Node, what: str) -> int:
        count: int = convert(node, int, self._scope, what)
        if count < 0:
            fail(node.place, f"{what} is {count}", "Give a whole number from 0 up")
        return count


def _choice(field: str, what: str, scope: Scope) -> Callable[[Node], Any]:
    return lambda node: chosen(node, CHOSEN[field], scope, what)


def _as_it_is(node: Node) -> Node:
    return node


def _indexed(name: str) -> tuple[str, int | None]:
    found = _INDEXED.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, None)
