"""Neurons, encoders and decoders that are not built in: each says which built-in one it is, given the tick.

They are frozen dataclasses with a method `lower`; docs/extensions.md shows how to register them for circuit
files. The compiler and the simulators only ever see what `lower` returns.
"""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from typing import Any, Protocol, TypeVar, cast, get_args, runtime_checkable

from mycoflux.circuit import checks
from mycoflux.circuit.neurons import Neuron
from mycoflux.circuit.origin import at, origin
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.circuit.ports import Decoder, Encoder
from mycoflux.errors import CircuitError, MycofluxError

P = TypeVar("P", bound=Population | SensorPort | ActuatorPort | Projection)
_FIELDS: dict[type, tuple[str, tuple[type, ...]]] = {
    Population: ("neuron", get_args(Neuron)),
    SensorPort: ("encoder", get_args(Encoder)),
    ActuatorPort: ("decoder", get_args(Decoder)),
}


@runtime_checkable
class CustomNeuron(Protocol):
    """A neuron model made of a built-in one."""

    def lower(self, dt_s: float) -> Neuron:
        """The built-in neuron that this is in ticks of dt_s seconds."""


@runtime_checkable
class CustomEncoder(Protocol):
    """An encoder made of a built-in one."""

    def lower(self, dt_s: float) -> Encoder:
        """The built-in encoder that this is in ticks of dt_s seconds."""


@runtime_checkable
class CustomDecoder(Protocol):
    """A decoder made of a built-in one."""

    def lower(self, dt_s: float) -> Decoder:
        """The built-in decoder that this is in ticks of dt_s seconds."""


def is_custom(value: object) -> bool:
    """Whether `value` is a dataclass instance that can be lowered."""
    return is_dataclass(value) and not isinstance(value, type) and callable(getattr(value, "lower", None))


def is_frozen(kind: type) -> bool:
    """Whether a dataclass is frozen: circuits share what they are made of, so none of it may change."""
    parameters: Any = getattr(kind, "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


def check(value: object, builtin: tuple[type, ...], what: str, example: str) -> None:
    """Refuse what is neither an instance of `builtin` nor a custom one, and a custom one that can change."""
    if not is_custom(value):
        checks.instance(value, builtin, what, example)
    elif not is_frozen(type(value)):
        raise CircuitError(
            f"{what} is a {type(value).__name__}, a dataclass that is not frozen",
            where=origin(),
            remedy=f"Write @dataclass(frozen=True) above the class {type(value).__name__}",
        )


def lowered(part: P, dt_s: float) -> P:
    """`part` with its custom neuron, encoder or decoder replaced by the built-in one that it is.

    Raises:
        CircuitError: `lower` fails, or returns something else.
    """
    field, builtin = _FIELDS.get(type(part), ("", ()))
    value = getattr(part, field, None)
    if value is None or isinstance(value, builtin):
        return part
    name = type(value).__name__
    remedy = f"Correct `lower` of {name}; docs/extensions.md says what it must do"
    try:
        with at(part.origin):
            result = cast(Any, value).lower(dt_s)
    except MycofluxError:
        raise
    except Exception as error:
        raise CircuitError(
            f"{field} of '{part.name}': {name} fails: {type(error).__name__}: {error}",
            where=part.origin or origin(),
            remedy=remedy,
        ) from error
    if not isinstance(result, builtin):
        raise CircuitError(
            f"{field} of '{part.name}': {name} becomes {result!r}, which is not built in",
            where=part.origin,
            remedy=remedy,
        )
    return cast(P, replace(cast(Any, part), **{field: result}))
