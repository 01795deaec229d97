"""Circuit -> flat circuit: look up every name, apply every pattern, turn delays into ticks."""

from __future__ import annotations

from collections.abc import Sequence

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.circuit.suggest import instead
from mycoflux.compiler.flat import FlatCircuit
from mycoflux.compiler.resolve_synapses import synapses
from mycoflux.errors import CircuitError

_MOST_SOURCES = 10_000_000  # neurons and sensor channels of a circuit

_Sized = Population | SensorPort


def resolve(circuit: Circuit) -> FlatCircuit:
    """The flat form of `circuit`.

    Raises:
        CircuitError: a name nobody has, a pattern that does not fit, a delay that is too long, no neurons.
    """
    circuit.check_removed()
    circuit = circuit.lowered()
    populations = circuit.of_kind(Population)
    sensors = circuit.of_kind(SensorPort)
    if not populations:
        raise CircuitError(
            f"circuit '{circuit.name}' has no population",
            where=circuit.made_at or circuit.name,
            remedy="Add one: self.population(...), or below `populations:` in a circuit file",
        )
    _check_sizes((*populations, *sensors))
    targets: dict[str, _Sized] = {p.name: p for p in populations}
    sources: dict[str, _Sized] = {**targets, **{s.name: s for s in sensors}}
    actuators = circuit.of_kind(ActuatorPort)
    for actuator in actuators:
        _look_up(
            actuator.source, targets, "population", f"actuator '{actuator.name}'", actuator.origin, sensors
        )
    projections = circuit.of_kind(Projection)
    ends = [_ends(p, sources, targets) for p in projections]  # all names, before any work
    written_out = tuple(
        synapses(p, source.size, target.size, circuit.dt_s)
        for p, (source, target) in zip(projections, ends, strict=True)
    )
    return FlatCircuit(
        circuit.name,
        circuit.dt_s,
        populations,
        sensors,
        written_out,
        actuators,
        circuit.accept,
        circuit.dt_at,
    )


def _check_sizes(parts: Sequence[_Sized]) -> None:
    total = 0
    for part in parts:
        total += part.size
        if total > _MOST_SOURCES:
            raise CircuitError(
                f"with '{part.name}' the circuit has {total:,} neurons and sensor channels",
                where=part.origin,
                remedy=f"{_MOST_SOURCES:,} is the most this computer is asked to hold; use fewer",
            )


def _look_up(
    name: str, known: dict[str, _Sized], kind: str, of: str, where: str, sensors: Sequence[SensorPort] = ()
) -> _Sized:
    if name in known:
        return known[name]
    if any(s.name == name for s in sensors):
        raise CircuitError(
            f"{of} names the sensor '{name}' where a {kind} must be",
            where=where,
            remedy="A sensor only sends; put a population between",
        )
    raise CircuitError(
        f"{of} names the {kind} '{name}', which does not exist", where=where, remedy=instead(name, known)
    )


def _ends(
    projection: Projection, sources: dict[str, _Sized], targets: dict[str, _Sized]
) -> tuple[_Sized, _Sized]:
    of = f"projection '{projection.name}'"
    source = _look_up(projection.source, sources, "source", of, projection.origin)
    only_sensors = [s for s in sources.values() if isinstance(s, SensorPort)]
    target = _look_up(projection.target, targets, "population", of, projection.origin, only_sensors)
    return source, target
