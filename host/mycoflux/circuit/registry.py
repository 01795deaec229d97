"""The kinds that circuit files know by name: built in, or registered by an installed package.

An entry point group for each kind of thing; a table of what is built in for each. docs/extensions.md tells
authors of packages what to register.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from types import ModuleType
from typing import get_args

from mycoflux import plugins
from mycoflux.circuit import generators, patterns
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.custom import is_frozen
from mycoflux.circuit.neurons import Neuron
from mycoflux.circuit.patterns import Pattern
from mycoflux.circuit.ports import Decoder, Encoder
from mycoflux.circuit.suggest import instead
from mycoflux.errors import CircuitError


@dataclass(frozen=True)
class Kind:
    """Something that circuit files choose by name.

    group: its entry point group. word: for messages. builtin: name to class. wrong: what is wrong with a
    class that a package registered; "" if nothing.
    """

    group: str
    word: str
    builtin: Mapping[str, type]
    wrong: Callable[[type], str]


def _lowers(thing: type) -> str:
    if not is_dataclass(thing):
        return "is no dataclass"
    if not callable(getattr(thing, "lower", None)):
        return "has no method lower(self, dt_s)"
    return "" if is_frozen(thing) else "is a dataclass that is not frozen"


def _is_pattern(thing: type) -> str:
    if not (issubclass(thing, Pattern) and is_dataclass(thing)):
        return "is no dataclass that inherits from mycoflux.circuit.Pattern"
    if not is_frozen(thing):
        return "is a dataclass that is not frozen"
    return "is abstract" if inspect.isabstract(thing) else ""


def _is_circuit(thing: type) -> str:
    return "" if issubclass(thing, Circuit) else "does not inherit from mycoflux.circuit.Circuit"


def _by_name(*kinds: type) -> dict[str, type]:
    return {kind.__name__: kind for kind in kinds}


def _found_in(module: ModuleType, wrong: Callable[[type], str]) -> dict[str, type]:
    """Every class of a module that is right, so that a new one needs no line here."""
    things = {name: thing for name, thing in sorted(vars(module).items()) if isinstance(thing, type)}
    return {name: thing for name, thing in things.items() if not wrong(thing)}


NEURON = Kind("mycoflux.neurons", "neuron", _by_name(*get_args(Neuron)), _lowers)
ENCODER = Kind("mycoflux.encoders", "encoder", _by_name(*get_args(Encoder)), _lowers)
DECODER = Kind("mycoflux.decoders", "decoder", _by_name(*get_args(Decoder)), _lowers)
PATTERN = Kind("mycoflux.patterns", "pattern", _found_in(patterns, _is_pattern), _is_pattern)
CIRCUIT = Kind("mycoflux.circuits", "circuit", _found_in(generators, _is_circuit), _is_circuit)
KINDS = (NEURON, ENCODER, DECODER, PATTERN, CIRCUIT)


def names(kind: Kind) -> tuple[str, ...]:
    """All names of a kind: built in first, then those of packages. Nothing is imported."""
    return (*kind.builtin, *(n for n in plugins.found(kind.group) if n not in kind.builtin))


def get(kind: Kind, name: str) -> type:
    """The class of that name.

    Raises:
        CircuitError: there is none.
        ExtensionBroken: the package that has it is broken, or two have it.
    """
    builtin = kind.builtin.get(name)
    if name not in plugins.found(kind.group):
        if builtin is None:
            raise CircuitError(f"no {kind.word} is called '{name}'", remedy=instead(name, names(kind)))
        return builtin
    point = plugins.entry_point(kind.group, name, builtin is not None)
    thing = plugins.load(point)
    if not isinstance(thing, type):
        raise plugins.broken(point, "is no class")
    if wrong := kind.wrong(thing):
        raise plugins.broken(point, wrong)
    return thing


def name_of(kind: Kind, thing: type) -> str:
    """The name under which a class is known, the reverse of `get`.

    Raises:
        CircuitError: it is not registered, so no circuit file can name it.
    """
    for name, builtin in kind.builtin.items():
        if builtin is thing:
            return name
    for name, points in plugins.found(kind.group).items():
        if any(point.value == f"{thing.__module__}:{thing.__qualname__}" for point in points):
            return name
        if any(point.attr == thing.__qualname__ for point in points) and get(kind, name) is thing:
            return name
    raise CircuitError(
        f"the {kind.word} {thing.__name__} is not registered, so no circuit file can name it",
        remedy=f"Register it as an entry point of the group {kind.group} (docs/extensions.md)",
    )
