"""A circuit as a plain float network: every name looked up, every pattern written out, nothing rounded.

What backends in floats execute. The compiler goes its own way (`compiler/resolve.py`): this one knows nothing
of it, so that what the two make of a circuit can be held against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.circuit.patterns import Convolution, gathered
from mycoflux.errors import CircuitError


@dataclass(frozen=True, eq=False)
class Synapses:
    """A projection, synapse by synapse.

    weights_v: (n,) volts. delays_s: (n,) seconds from spike to effect. receptor: the target's, by name.
    """

    name: str
    source: str
    target: str
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    weights_v: NDArray[np.float64]
    delays_s: NDArray[np.float64]
    receptor: str = ""


@dataclass(frozen=True)
class FloatNetwork:
    """Populations and ports as the author gave them, projections written out; ticks of dt_s seconds."""

    name: str
    dt_s: float
    populations: tuple[Population, ...]
    sensors: tuple[SensorPort, ...]
    projections: tuple[Synapses, ...]
    actuators: tuple[ActuatorPort, ...]

    def first(self, population: str) -> int:
        """The number of a population's first neuron; neurons are numbered in the order of `populations`."""
        before = [p.name for p in self.populations].index(population)
        return sum(p.size for p in self.populations[:before])


def float_network(circuit: Circuit) -> FloatNetwork:
    """The network of a circuit.

    Raises:
        CircuitError: a projection or actuator names what is not there, or a pattern does not fit.
    """
    circuit.check_removed()
    circuit = circuit.lowered()
    populations, sensors = circuit.of_kind(Population), circuit.of_kind(SensorPort)
    if not populations:
        raise CircuitError(
            f"circuit '{circuit.name}' has no population",
            where=circuit.made_at or circuit.name,
            remedy="Add one: self.population(...), or below `populations:` in a circuit file",
        )
    targets = {p.name: p.size for p in populations}
    sources = targets | {s.name: s.size for s in sensors}
    actuators = circuit.of_kind(ActuatorPort)
    for actuator in actuators:
        _size(targets, actuator.source, actuator)
    projections = tuple(
        written_out(p, _size(sources, p.source, p), _size(targets, p.target, p), circuit.dt_s)
        for p in circuit.of_kind(Projection)
    )
    return FloatNetwork(circuit.name, circuit.dt_s, populations, sensors, projections, actuators)


def _size(known: dict[str, int], name: str, part: Projection | ActuatorPort) -> int:
    if name not in known:
        raise CircuitError(
            f"'{part.name}' names '{name}', which is not there", where=part.origin, remedy="Add it first"
        )
    return known[name]


def written_out(p: Projection, sources: int, targets: int, dt_s: float) -> Synapses:
    """A projection between populations of these sizes, synapse by synapse.

    Raises:
        CircuitError: the pattern does not fit, or has other numbers of synapses than of weights or delays.
    """
    block = gathered(p.pattern, sources, targets)
    rows, columns = block.sources.astype(np.int64), block.targets.astype(np.int64)
    weights = np.asarray(p.weight_v, np.float64).reshape(-1)
    if isinstance(p.pattern, Convolution):
        weights = np.broadcast_to(weights, (int(np.prod(p.pattern.shape.weights_shape)),))
        weights = weights[block.entries]
    delays = np.asarray(dt_s if p.delay_s is None else p.delay_s, np.float64).reshape(-1)
    for what, values in (("weight_v", weights), ("delay_s", delays)):
        if len(values) not in (1, len(rows)):
            raise CircuitError(
                f"projection '{p.name}': {what} has {len(values)} values for {len(rows)} synapses",
                where=p.origin,
                remedy="Give one number for all, or one for each synapse in the pattern's order",
            )
    weights, delays = weights * block.factors, delays + block.delays_s
    each = (len(rows),)
    return Synapses(
        p.name,
        p.source,
        p.target,
        rows,
        columns,
        np.broadcast_to(weights, each),
        np.broadcast_to(delays, each),
        p.receptor,
    )
