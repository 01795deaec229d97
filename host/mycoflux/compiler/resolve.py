"""Circuit -> flat circuit: look up every name, apply every pattern, turn delays into ticks."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.circuit.patterns import Convolution
from mycoflux.compiler.flat import FlatCircuit, Synapses
from mycoflux.errors import CircuitError
from mycoflux.program.types import MAX_SYNAPSES

MAX_DELAY = 62  # further ticks beyond the one that every synapse takes

MAX_SOURCES = 0xFFFF  # neurons and sensor channels of a board

_Sized = Population | SensorPort


def resolve(circuit: Circuit) -> FlatCircuit:
    """The flat form of `circuit`.

    Raises:
        CircuitError: a name nobody has, a pattern that does not fit, a delay that is too long, no neurons.
    """
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
    projections = tuple(_synapses(p, sources, targets, circuit.dt_s) for p in circuit.of_kind(Projection))
    return FlatCircuit(circuit.name, circuit.dt_s, populations, sensors, projections, actuators)


def _check_sizes(parts: Sequence[_Sized]) -> None:
    total = 0
    for part in parts:
        total += part.size
        if total > MAX_SOURCES:
            raise CircuitError(
                f"with '{part.name}' the circuit has {total:,} neurons and sensor channels",
                where=part.origin,
                remedy=f"One board holds up to {MAX_SOURCES:,}; use fewer",
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
    near = difflib.get_close_matches(name, known, n=1)
    raise CircuitError(
        f"{of} names the {kind} '{name}', which does not exist",
        where=where,
        remedy=f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known) or 'none'}",
    )


def _synapses(
    projection: Projection, sources: dict[str, _Sized], targets: dict[str, _Sized], dt_s: float
) -> Synapses:
    of = f"projection '{projection.name}'"
    source = _look_up(projection.source, sources, "source", of, projection.origin)
    only_sensors = [s for s in sources.values() if isinstance(s, SensorPort)]
    target = _look_up(projection.target, targets, "population", of, projection.origin, only_sensors)
    most = projection.pattern.most(source.size, target.size)
    if most > MAX_SYNAPSES:
        raise CircuitError(
            f"{of} has {most:,.0f} synapses",
            where=projection.origin,
            remedy=f"{MAX_SYNAPSES:,} is the most this computer is asked to hold; use a sparser pattern",
        )
    try:
        rows, columns = projection.pattern.pairs(source.size, target.size)
    except CircuitError as error:
        raise CircuitError(f"{of}: {error.what}", where=projection.origin, remedy=error.remedy) from error
    shape = projection.pattern.shape if isinstance(projection.pattern, Convolution) else None
    entries = None
    if shape is None:
        weights = _each(projection.weight_v, len(rows), f"{of}: weight_v", projection.origin)
    else:
        entries = shape.synapses()[2]
        kernel = int(np.prod(shape.weights_shape))
        weights = _each(projection.weight_v, kernel, f"{of}: weight_v", projection.origin)[entries]
    asked = (
        np.full(len(rows), np.nan)
        if projection.delay_s is None
        else _each(projection.delay_s, len(rows), f"{of}: delay_s", projection.origin)
    )
    delays = _ticks(asked, dt_s, projection)
    # A pair listed twice with one delay is one synapse of the summed weight.
    keys, firsts, inverse = np.unique(
        np.stack((rows, columns, delays)), axis=1, return_index=True, return_inverse=True
    )
    return Synapses(
        name=projection.name,
        source=projection.source,
        target=projection.target,
        sources=keys[0],
        targets=keys[1],
        weights_v=np.bincount(inverse.ravel(), weights, keys.shape[1]).astype(np.float64),
        delays=keys[2],
        delays_s=asked[firsts],
        origin=projection.origin,
        receptor=projection.receptor,
        shape=shape,
        entries=None if entries is None else entries[firsts],
        stretch=projection.stretch,
    )


def _each(value: object, size: int, what: str, where: str) -> NDArray[np.float64]:
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.ndim > 1:
        numbers = numbers.reshape(-1)
    if numbers.ndim and len(numbers) != size:
        raise CircuitError(
            f"{what} has {len(numbers)} values for {size} synapses",
            where=where,
            remedy="Give one number for all, or one for each synapse in the pattern's order",
        )
    return np.broadcast_to(numbers, (size,)).copy()


def _ticks(asked_s: NDArray[np.float64], dt_s: float, projection: Projection) -> NDArray[np.int64]:
    # Held below what fits in an integer, so that a slip such as 1e30 s is still found to be too long.
    ticks = np.clip(np.rint(np.nan_to_num(asked_s) / dt_s), 1, 1e9).astype(np.int64) - 1
    if len(ticks) and ticks.max() > MAX_DELAY:
        longest = float(np.nanmax(asked_s))
        raise CircuitError(
            f"projection '{projection.name}': a delay of {longest:g} s is {int(ticks.max()) + 1} ticks, "
            f"the longest is {MAX_DELAY + 1}",
            where=projection.origin,
            remedy=f"Shorten it to {(MAX_DELAY + 1) * dt_s:g} s, lengthen dt_s, or chain a relay population",
        )
    return np.asarray(ticks, dtype=np.int64)
