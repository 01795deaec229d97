"""What a circuit file may include or extend: circuit files, Python files, and circuits known by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mycoflux.circuit import python_file, registry
from mycoflux.circuit.circuit import Circuit, parameters_of
from mycoflux.circuit.file.convert import convert
from mycoflux.circuit.file.expressions import Scope
from mycoflux.circuit.file.kinds import named
from mycoflux.circuit.file.parameters import Given, Parameter, values_of
from mycoflux.circuit.file.text import Node, Place, fail, parse
from mycoflux.circuit.origin import at
from mycoflux.circuit.suggest import instead
from mycoflux.errors import CircuitError

SUFFIXES = (".yaml", ".yml")
MOST = 50_000  # copies and parts of included files: files that include files can ask for any number
_ANY = bool | int | float | str | list[int | float]


@dataclass(frozen=True)
class Source:
    """Something to include or extend: its parameters, and how it is made of values for them."""

    declared: Mapping[str, Parameter]
    make: Callable[[Mapping[str, Given], object], Circuit]


class Sources:
    """Finds sources as seen from one file, for one reading: nothing is read twice, no circle is entered.

    file: the one that is being read, as the user named it; `open`: those that led to it, real paths.
    read: makes a source of a parsed circuit file.
    """

    def __init__(
        self, file: str, read: Callable[[Node, Sources], Source], parent: Sources | None = None
    ) -> None:
        self._file, self._read = file, read
        self._open: tuple[str, ...] = (*(parent._open if parent else ()), os.path.realpath(file))
        self._parsed: dict[str, Node] = parent._parsed if parent else {}
        self._ran: dict[str, python_file.Found] = parent._ran if parent else {}
        self._copies: list[int] = parent._copies if parent else [0]

    def count(self, place: Place, copies: int = 1) -> None:
        """Count what is about to be made: parts of included files, and copies."""
        if len(self._open) == 1 and copies == 1:
            return  # what the author wrote out is as much as it is
        self._copies[0] += copies
        if self._copies[0] > MOST:
            what = f"includes and `count` make more than {MOST:,} parts"
            fail(place, what, "Use larger populations, or fewer copies")

    def root(self) -> Node:
        """The file itself, parsed.

        Raises:
            CircuitError: it cannot be read, or `parse` refuses it.
        """
        path = Path(self._file)
        real = self._open[-1]
        if real not in self._parsed:
            try:
                content = path.read_bytes()
            except OSError as error:
                fail(self._file, f"the circuit file cannot be read: {error.strerror}", "Check the path")
            self._parsed[real] = parse(content, self._file)
        return self._parsed[real]

    def source(self) -> Source:
        """The file itself, as a source."""
        return self._read(self.root(), self)

    def find(self, reference: str, place: Place) -> Source:
        """What a reference in this file names: `other.yaml`, `robot.py:Name`, or a registered circuit."""
        path, _, name = reference.partition(":")
        suffix = Path(path).suffix
        if suffix in SUFFIXES:
            return self._circuit_file(reference, place)
        if suffix == ".py":
            return self._python(path, name, place)
        if suffix:
            fail(
                place,
                f"'{reference}' is neither a circuit file nor a Python file",
                "Name a .yaml or .py file; `mycoflux export net.nir --dt 0.001 -o net.yaml` makes one of NIR",
            )
        if reference not in registry.names(registry.CIRCUIT):
            near = instead(reference, registry.names(registry.CIRCUIT))
            stop = "" if near.endswith("?") else "."
            fail(place, f"no circuit is called '{reference}'", f"{near}{stop} Or name a .yaml or .py file")
        return _of_class(named(registry.CIRCUIT, reference, place), reference)

    def given(self, node: Node | None, scope: Scope) -> dict[str, Given]:
        """The entries of `parameters:` where something is included."""
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            fail(node.place, "parameters are not a mapping", "Write `name: value`, one a line")
        return {
            name: Given(convert(value, _ANY, scope, f"parameter '{name}'"), value.place)
            for name, value in node.mapping.items()
        }

    def _beside(self, reference: str, place: Place) -> str:
        path = os.path.normpath(Path(self._file).parent / reference)
        if not os.path.isfile(path):  # noqa: PTH113 # Path.is_file raises for a name too long
            fail(place, f"there is no file '{reference}'", f"It is looked for as {path}; correct the path")
        return path

    def _circuit_file(self, reference: str, place: Place) -> Source:
        path = self._beside(reference, place)
        if os.path.realpath(path) in self._open:
            circle = " -> ".join(Path(p).name for p in (*self._open, path))
            fail(
                place,
                f"the file leads back to itself: {circle}",
                "A circuit cannot be part of itself: take one of these out",
            )
        return Sources(path, self._read, self).source()

    def _python(self, path: str, name: str, place: Place) -> Source:
        path = self._beside(path, place)
        key = f"{path}:{name}"
        if key not in self._ran:
            try:
                self._ran[key] = python_file.find(Path(path), name)
            except CircuitError as error:
                if error.where == path:  # nothing is wrong in the file: it has not what this one asks for
                    fail(place, f"{path}: {error.what}", error.remedy)
                raise
        found = self._ran[key]
        if isinstance(found, type):
            return _of_class(found, key)

        def make(given: Mapping[str, Given], place: object) -> Circuit:
            return python_file.made(found, str(place), **{k: g.value for k, g in given.items()})

        return Source({}, make)


def _of_class(kind: type[Circuit], reference: str) -> Source:
    """A circuit class as a source; where a package has it, its parts are placed in the YAML file."""
    known = {n: Parameter(n, v, reference) for n, v in parameters_of(kind).items() if n != "name"}
    simple = {n: p for n, p in known.items() if isinstance(p.default, bool | int | float | str)}

    def make(given: Mapping[str, Given], place: object) -> Circuit:
        what = f"circuit '{reference}'"
        unchecked = {n: g for n, g in given.items() if n in known.keys() - simple.keys()}
        checked = {n: g for n, g in given.items() if n not in unchecked}
        values = values_of(simple, checked, {}, what)
        chosen: dict[str, object] = {name: values[name] for name in checked}
        for name, given_value in unchecked.items():
            value = given_value.value
            if isinstance(value, list) and isinstance(known[name].default, tuple):
                chosen[name] = tuple(value)
            else:
                chosen[name] = value
        with at(str(place) if ".py:" not in reference else None):
            return python_file.made(kind, str(place), **chosen)

    return Source(known, make)
