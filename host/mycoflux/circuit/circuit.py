"""`Circuit`: what an author writes. Subclass it, say in `build` what it is made of; nest and inherit."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence, Sized
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeVar, cast, get_args

import numpy as np

from mycoflux.circuit import checks, custom
from mycoflux.circuit.accept import Accept
from mycoflux.circuit.custom import CustomDecoder, CustomEncoder, CustomNeuron
from mycoflux.circuit.neurons import DEFAULT_RECEPTOR, Neuron
from mycoflux.circuit.origin import origin
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.circuit.patterns import AllToAll, Pattern
from mycoflux.circuit.ports import Decoder, Encoder
from mycoflux.circuit.suggest import instead
from mycoflux.errors import CircuitError

_KINDS = {
    "neuron": get_args(Neuron),
    "encoder": get_args(Encoder),
    "decoder": get_args(Decoder),
    "pattern": (Pattern,),
}
Part = Population | SensorPort | ActuatorPort | Projection
P = TypeVar("P", Population, SensorPort, ActuatorPort, Projection)


@dataclass(frozen=True)
class Handle:
    """What `population`, `sensor` and a nested circuit's `[...]` return, to be connected."""

    name: str


@dataclass(frozen=True)
class Nested:
    """A circuit used inside another; `nested["motor"]` is its part of that name."""

    name: str

    def __getitem__(self, part: str) -> Handle:
        return Handle(f"{self.name}/{part}")


class Circuit:
    """A spiking circuit: populations, projections, sensor and actuator ports, nested circuits.

    Either subclass it and override `build` (class attributes make good parameters, and a subclass of
    the subclass overrides them), or make one and call its methods. Names are unique within a circuit;
    a nested circuit's parts are called `nested/part`.

    Attributes:
        dt_s: length of a tick in seconds; a nested circuit lives in its host's ticks.
        made_at: the file and line that made it; "" where mycoflux itself did.
        dt_at: the file and line that say dt_s; those of `made_at` where nothing closer is known.
        accept: how far the program may be from the circuit, for `mycoflux validate`; a host's own counts.
    """

    dt_s: ClassVar[float] = 0.001
    accept: ClassVar[Accept] = Accept()

    def __init__(self, name: str | None = None, **parameters: Any) -> None:
        """Build the circuit.

        Args:
            name: for files and messages; the class name if left out.
            parameters: class attributes to override in this one, such as `dt_s=0.002`.

        Raises:
            CircuitError: something in it is wrong; names the part and the line.
        """
        self.name = checks.name(name or type(self).__name__, "a circuit")
        self.made_at = self.dt_at = origin()
        self._parts: dict[str, Part] = {}
        self._removed: dict[str, str] = {}
        for key, value in parameters.items():
            if not hasattr(type(self), key) or callable(getattr(type(self), key)):
                raise CircuitError(
                    f"circuit '{self.name}' has no parameter '{key}'",
                    where=origin(),
                    remedy=instead(key, parameters_of(type(self))),
                )
            setattr(self, key, value)
        checks.positive(self.dt_s, "dt_s")
        checks.instance(self.accept, (Accept,), "accept", "Accept(rate_error=0.05)")
        self.build()

    def build(self) -> None:
        """Say what the circuit is made of. Called once; a subclass may call super().build() and change it."""

    # --- adding parts ----------------------------------------------------------------------------

    def population(
        self,
        name: str,
        size: int,
        neuron: Neuron | CustomNeuron,
        *,
        expected_rate_hz: float | None = None,
        max_rate_hz: float | None = None,
    ) -> Handle:
        """Add `size` neurons of one model; for the rates see `parts.Population`."""
        checks.name(name, "a population")
        custom.check(neuron, get_args(Neuron), f"neuron of '{name}'", "LIF()")
        size = checks.count(size, f"size of '{name}'")
        rates = _rates(name, expected_rate_hz, max_rate_hz)
        return self._add(Population(name, size, cast(Neuron, neuron), origin(), *rates))

    def sensor(
        self,
        name: str,
        encoder: Encoder | CustomEncoder,
        channels: int = 1,
        *,
        expected_rate_hz: float | None = None,
        max_rate_hz: float | None = None,
    ) -> Handle:
        """Add a sensor port of `channels` readings, each through its own encoder of the kind given."""
        checks.name(name, "a sensor")
        custom.check(encoder, get_args(Encoder), f"encoder of '{name}'", "Rate(max_rate_hz=200)")
        channels = checks.count(channels, f"channels of '{name}'")
        rates = _rates(name, expected_rate_hz, max_rate_hz)
        return self._add(SensorPort(name, channels, cast(Encoder, encoder), origin(), *rates))

    def actuator(self, name: str, source: Handle | str, decoder: Decoder | CustomDecoder) -> None:
        """Add an actuator port: one value decoded from the spikes of population `source`."""
        checks.name(name, "an actuator")
        custom.check(decoder, get_args(Decoder), f"decoder of '{name}'", "WinnerTakeAll()")
        self._add(ActuatorPort(name, _name_of(source), cast(Decoder, decoder), origin()))

    def connect(
        self,
        source: Handle | str,
        target: Handle | str,
        *,
        weight_v: float | Sequence[float],
        pattern: Pattern | None = None,
        delay_s: float | Sequence[float] | None = None,
        receptor: str = DEFAULT_RECEPTOR,
        stretch: bool = False,
        name: str | None = None,
    ) -> None:
        """Add a projection from a population or sensor port to a population.

        Args:
            source: population or sensor port.
            target: population.
            weight_v: volts (see `Membrane`), below zero to inhibit; one for all synapses or one each; the
                kernel's entries for a `Convolution`, as an array of its `weights_shape`.
            pattern: who is connected to whom; `AllToAll()` if left out.
            delay_s: seconds from spike to effect, at most 63 ticks; one tick if left out.
            receptor: which of the target's receptors, by name; its first if left out.
            stretch: whether the delay may be lengthened where spikes must go from board to board.
            name: for `change` and `remove`; "source>target" if left out.

        Raises:
            CircuitError: a weight or delay is not finite, a delay is below zero, or the name is taken.
        """
        base = f"{_name_of(source)}>{_name_of(target)}"
        pattern = pattern if pattern is not None else AllToAll()
        checks.instance(pattern, (Pattern,), f"pattern of '{base}'", "AllToAll()")
        if name is None:
            numbered = (f"{base}#{i}" for i in itertools.count(2))
            name = next(n for n in itertools.chain((base,), numbered) if n not in self._parts)
        self._add(
            Projection(
                name,
                _name_of(source),
                _name_of(target),
                pattern,
                _numbers(weight_v, f"weight_v of '{name}'"),
                None if delay_s is None else _numbers(delay_s, f"delay_s of '{name}'"),
                origin(),
                receptor,
                stretch,
            )
        )

    def include(self, name: str, circuit: Circuit, index: int | None = None) -> Nested:
        """Use another circuit inside this one; its parts get names that begin with `name/`.

        With an index it is one of an array: its parts begin with `name[index]/`.
        """
        checks.name(name, "a nested circuit")
        if index is not None:
            name = f"{name}[{checks.index(index, f'index of {name!r}')}]"
        checks.instance(circuit, (Circuit,), f"circuit of '{name}'", "a circuit made before")
        for part in circuit.parts:  # a copy: it may be this very circuit
            self._add(_renamed(part, name))
        self._removed |= {f"{name}/{part}": where for part, where in circuit._removed.items()}
        return Nested(name)

    def join(self, circuit: Circuit) -> None:
        """Take over another circuit's parts under their own names, as `include` does under new ones."""
        for part in circuit._parts.values():
            self.add(part)
        self._removed |= circuit._removed

    def add(self, part: Part) -> Handle:
        """Add a part that was made before, as it is and under its own full name."""
        return self._add(part)

    # --- changing what a parent class or a nested circuit brought ----------------------------------

    def change(self, name: str, **fields: Any) -> None:
        """Override fields of a part, or parameters of a population's neuron (`bias_v=0.02`)."""
        key = self._key_of(name)
        part = self._parts[key]
        own = {k: v for k, v in fields.items() if hasattr(part, k) and k not in ("name", "origin")}
        rest = {k: v for k, v in fields.items() if k not in own}
        if rest and isinstance(part, Population) and all(hasattr(part.neuron, k) for k in rest):
            own["neuron"] = replace(own.get("neuron", part.neuron), **rest)
            rest = {}
        if rest:
            raise CircuitError(
                f"'{name}' has no field '{next(iter(rest))}' to change",
                where=origin(),
                remedy="Fields are those given when the part was added",
            )
        for field in ("weight_v", "delay_s"):
            if own.get(field) is not None:
                own[field] = _numbers(own[field], f"{field} of '{name}'")
        if "size" in own:
            checks.count(own["size"], f"size of '{name}'")
        for field, kinds in _KINDS.items():
            if field in own:
                custom.check(own[field], kinds, f"{field} of '{name}'", "one as when it was added")
        self._parts[key] = replace(part, **own, origin=origin())

    def remove(self, name: str) -> None:
        """Take a part out again; what reads it has to be taken out or changed, too, before or after."""
        part = self._parts.pop(self._key_of(name))
        if isinstance(part, Population | SensorPort):
            self._removed[part.name] = origin()

    # --- reading -----------------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts in the order they were added."""
        return tuple(self._parts.values())

    def of_kind(self, kind: type[P]) -> tuple[P, ...]:
        """All parts of one kind, in the order they were added."""
        return tuple(part for part in self._parts.values() if isinstance(part, kind))

    def part(self, name: str) -> Part:
        """The part of that name, full as in `change`; "actuator x" where a population is called x too.

        Raises:
            CircuitError: there is none.
        """
        return self._parts[self._key_of(name)]

    def check_removed(self) -> None:
        """Refuse, at the line that removed it, a population or sensor that others still name.

        Raises:
            CircuitError: names them.
        """
        for name, where in self._removed.items():
            if isinstance(self._parts.get(name), Population | SensorPort):
                continue  # another of that name took its place
            users = [_called(part) for part in self._parts.values() if name in _ends(part)]
            if users:
                others = f" and {len(users) - 3} more" if len(users) > 3 else ""
                raise CircuitError(
                    f"'{name}' is removed here, but still needed by {', '.join(users[:3])}{others}",
                    where=where,
                    remedy=f"Remove {'that' if len(users) == 1 else 'those'} too, or have "
                    f"{'it' if len(users) == 1 else 'them'} name another part, or keep '{name}'",
                )

    def lowered(self) -> Self:
        """This circuit with built-in neurons, encoders and decoders in place of custom ones.

        Raises:
            CircuitError: one of them cannot be lowered.
        """
        result = copy.copy(self)
        result._parts = {key: custom.lowered(part, self.dt_s) for key, part in self._parts.items()}
        return result

    def _add(self, part: Part) -> Handle:
        key = _key(part)
        if key in self._parts:
            raise CircuitError(
                f"the name '{part.name}' is used twice in circuit '{self.name}' "
                f"(first at {self._parts[key].origin})",
                where=part.origin,
                remedy="Give one of the two another name",
            )
        self._parts[key] = part
        return Handle(part.name)

    def _key_of(self, name: str) -> str:
        for key in (name, _actuator_key(name), _actuator_key(name.removeprefix("actuator "))):
            if key in self._parts:
                return key
        raise CircuitError(
            f"circuit '{self.name}' has no part '{name}'",
            where=origin(),
            remedy=instead(name, self._parts),
        )


def parameters_of(kind: type[Circuit]) -> dict[str, Any]:
    """The class attributes of a circuit that `Circuit(...)` can override, with their values."""
    values = {k: v for base in reversed(kind.__mro__) for k, v in vars(base).items()}
    return {
        k: v
        for k, v in values.items()
        if not k.startswith("_")
        and not callable(v)
        and not isinstance(v, property | classmethod | staticmethod)
    }


def _key(part: Part) -> str:
    # An actuator may have the name of the population that drives it: nothing connects to an actuator.
    return _actuator_key(part.name) if isinstance(part, ActuatorPort) else part.name


def _actuator_key(name: str) -> str:
    return f"{name} [actuator]"  # no part may have brackets in its name


def _ends(part: Part) -> tuple[str, ...]:
    """The names of the parts that a part connects."""
    if isinstance(part, Projection):
        return part.source, part.target
    return (part.source,) if isinstance(part, ActuatorPort) else ()


def _called(part: Part) -> str:
    return f"{'actuator' if isinstance(part, ActuatorPort) else 'projection'} '{part.name}'"


def _name_of(end: Handle | str) -> str:
    checks.instance(end, (Handle, str), "what is to be connected", "what population(...) returned")
    return end.name if isinstance(end, Handle) else end


def _rates(name: str, expected_hz: float | None, most_hz: float | None) -> tuple[float | None, float | None]:
    if expected_hz is not None:
        checks.not_negative(expected_hz, f"expected_rate_hz of '{name}'")
    if most_hz is not None:
        checks.positive(most_hz, f"max_rate_hz of '{name}'")
        if expected_hz is not None and expected_hz > most_hz:
            raise CircuitError(
                f"'{name}' is expected to do {expected_hz:g} Hz, more than its max_rate_hz of {most_hz:g}",
                where=origin(),
                remedy="Raise max_rate_hz, or lower expected_rate_hz",
            )
    return expected_hz, most_hz


def _numbers(value: float | Sequence[float], what: str) -> float | tuple[float, ...]:
    check = checks.not_negative if what.startswith("delay_s") else checks.finite
    if not isinstance(value, Sized):  # a numpy scalar is one number, too
        return check(value, what)
    flat = np.asarray(value, dtype=object).reshape(-1)  # a convolution's kernel may come in its shape
    return tuple(check(v, f"{what} at {i}") for i, v in enumerate(flat))


def _renamed(part: Part, prefix: str) -> Part:
    if isinstance(part, Projection):
        return replace(
            part,
            name=f"{prefix}/{part.name}",
            source=f"{prefix}/{part.source}",
            target=f"{prefix}/{part.target}",
        )
    if isinstance(part, ActuatorPort):
        return replace(part, name=f"{prefix}/{part.name}", source=f"{prefix}/{part.source}")
    return replace(part, name=f"{prefix}/{part.name}")
