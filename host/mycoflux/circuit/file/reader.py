"""A circuit file -> a circuit. The language is described in docs/circuit-files.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mycoflux.circuit.accept import Accept
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.file.body import Body
from mycoflux.circuit.file.convert import construct, convert, placed
from mycoflux.circuit.file.expressions import Value
from mycoflux.circuit.file.fields import fields_of
from mycoflux.circuit.file.parameters import Given, Parameter, declared, values_of
from mycoflux.circuit.file.sources import Source, Sources
from mycoflux.circuit.file.text import Node, fail

VERSION = 1
_NO_VERSION = 1_000_000  # nobody will have counted so far
HEAD = ("mycoflux", "name", "dt_s", "accept", "extends", "parameters")


def read_circuit(path: Path, parameters: Mapping[str, Value] | None = None) -> Circuit:
    """The circuit of a YAML file.

    Args:
        path: the file; files that it names are found from its folder.
        parameters: values for its parameters.

    Raises:
        CircuitError: it cannot be read, or something in it is wrong; where = file:line:column.
        ExtensionBroken: it uses something of an installed package that is broken.
    """
    given = {name: Given(value, f"--set {name}") for name, value in (parameters or {}).items()}
    return Sources(str(path), _source).source().make(given, str(path))


def _source(root: Node, sources: Sources) -> Source:
    _check_version(root)
    base = None
    inherited: Mapping[str, Parameter] = {}
    if "extends" in root.mapping:
        node = root.mapping["extends"]
        base = sources.find(convert(node, str, {}, "`extends`"), node.place)
        inherited = base.declared
    known = declared(root.mapping.get("parameters", Node(None, root.place)), inherited)

    def make(given: Mapping[str, Given], place: object) -> Circuit:
        return _circuit(root, sources, base, known, given)

    return Source(known, make)


def _circuit(
    root: Node,
    sources: Sources,
    base: Source | None,
    known: Mapping[str, Parameter],
    given: Mapping[str, Given],
) -> Circuit:
    file = Path(root.place.file)
    values = values_of(known, given, {}, f"'{file.name}'")
    extended = None
    if base is not None:
        place = root.mapping["extends"].place
        said = {n: Given(values[n], getattr(given.get(n), "place", known[n].place)) for n in base.declared}
        extended = base.make(said, place)
    dt_s = extended.dt_s if extended else Circuit.dt_s
    if "dt_s" in root.mapping:
        dt_s = convert(root.mapping["dt_s"], float, values, "dt_s")
    accept = extended.accept if extended else Circuit.accept
    if "accept" in root.mapping:
        accept = construct(Accept, root.mapping["accept"], fields_of(Accept), values, "accept")
    name = file.stem
    if "name" in root.mapping:
        name = convert(root.mapping["name"], str, values, "the name")
    with placed(root):
        circuit = Circuit(name, dt_s=dt_s, accept=accept)
        if extended is not None:
            circuit.join(extended)
            circuit.dt_at = extended.dt_at
    if "dt_s" in root.mapping:
        circuit.dt_at = str(root.mapping["dt_s"].place)
    Body(circuit, {**values, "dt_s": dt_s}, sources).add(root, HEAD)
    return circuit


def _check_version(root: Node) -> None:
    if not isinstance(root.value, dict):
        fail(root.place, "a circuit file is a mapping", "Begin it with `mycoflux: 1`, then `populations:`")
    version = root.mapping.get("mycoflux")
    if version is None:
        fail(root.place, "the file does not say which version it is", "Begin it with `mycoflux: 1`")
    number = version.value
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) < _NO_VERSION:
        fail(version.place, "this is not the number of a version", f"Write `mycoflux: {VERSION}`")
    if number != VERSION:
        fail(
            version.place,
            f"circuit files of version {number} are not known here",
            f"Write `mycoflux: {VERSION}`, or use a mycoflux that knows them",
        )
