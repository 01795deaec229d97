"""`{LIF: {tau_m_s: 0.02}}`, or `LIF` alone: a kind chosen by name, with its fields."""

from __future__ import annotations

from typing import Any

from mycoflux.circuit import registry
from mycoflux.circuit.file.convert import construct, resolved
from mycoflux.circuit.file.expressions import Scope
from mycoflux.circuit.file.fields import fields_of
from mycoflux.circuit.file.text import Node, Place, fail
from mycoflux.circuit.registry import Kind
from mycoflux.errors import CircuitError


def chosen(node: Node, kind: Kind, scope: Scope, what: str) -> Any:
    """The neuron, encoder, decoder or pattern that a node describes.

    Raises:
        CircuitError: no such kind, or its fields are wrong.
        ExtensionBroken: the package that it comes from is.
    """
    value = resolved(node, scope)
    if isinstance(value, str):
        name, inner = value, Node(None, node.place)
    elif isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
    else:
        names = registry.names(kind)
        fail(
            node.place,
            f"{what} is not one {kind.word}",
            f"Write `{names[0]}`, or `{names[0]}:` and its fields below; there are {', '.join(names)}",
        )
    place = node.keys.get(name, node.place)
    thing = named(kind, name, place)
    return construct(thing, inner, fields_of(thing), scope, name)


def named(kind: Kind, name: str, place: Place) -> type:
    """The class of that name."""
    try:
        return registry.get(kind, name)
    except CircuitError as error:
        fail(place, error.what, error.remedy)
