"""What can be written of a kind or a part: the arguments of its Python class or method, and their types."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

from mycoflux.circuit import registry
from mycoflux.circuit.circuit import Circuit, Handle
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.errors import ExtensionBroken

CHOSEN = {  # arguments whose value is a kind, chosen by name
    "neuron": registry.NEURON,
    "encoder": registry.ENCODER,
    "decoder": registry.DECODER,
    "pattern": registry.PATTERN,
}
SECTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "sensors": Circuit.sensor,
        "populations": Circuit.population,
        "projections": Circuit.connect,
        "actuators": Circuit.actuator,
    }
)
PARTS: Mapping[str, type] = MappingProxyType(
    {
        "sensors": SensorPort,
        "populations": Population,
        "projections": Projection,
        "actuators": ActuatorPort,
    }
)


@dataclass(frozen=True)
class Field:
    """An argument: its type hint, and whether it must be given."""

    hint: Any
    required: bool


def fields_of(thing: Any) -> Mapping[str, Field]:
    """The arguments of a dataclass, or of a method of `Circuit` that adds a part.

    Raises:
        ExtensionBroken: the types of a registered class are not to be found.
    """
    return _read(thing)


@cache
def _read(thing: Any) -> Mapping[str, Field]:
    try:
        hints = get_type_hints(thing)
    except (NameError, TypeError) as error:
        raise ExtensionBroken(
            f"the types of {thing.__qualname__}'s fields are not to be found: {error}",
            where=thing.__module__,
            remedy="Import what its annotations name at the top of its module",
        ) from error
    parameters = inspect.signature(thing).parameters
    return MappingProxyType(
        {
            name: Field(_written(hints[name]), p.default is inspect.Parameter.empty)
            for name, p in parameters.items()
            if name != "self"
        }
    )


def _written(hint: Any) -> Any:
    """What stands for a `Handle` in a file is the name it holds."""
    return str if Handle in get_args(hint) else hint
