"""Integer circuit -> program: number neurons and sources, lay out rings, cut tables to size and mark them."""

from __future__ import annotations

import numpy as np

from mycoflux.compiler.cut_tables import cut
from mycoflux.compiler.hot import marked
from mycoflux.compiler.integer import IntegerCircuit, IntegerProjection
from mycoflux.errors import DoesNotFit
from mycoflux.program.types import Actuator, Population, Program, Projection, Sensor

MAX_SOURCES = 0xFFFF  # neurons and sensor channels


def emit(circuit: IntegerCircuit) -> Program:
    """The program of a circuit that `bound` has passed, for one board.

    Raises:
        DoesNotFit: one board cannot hold so many neurons and sensor channels; names the part.
    """
    _check_sizes(circuit)
    return laid_out(circuit)


def laid_out(circuit: IntegerCircuit) -> Program:
    """The program of a circuit of any size: what this computer executes, no board perhaps holds it."""
    populations = _populations(circuit)
    sensors = _sensors(circuit)
    index = {p.name: i for i, p in enumerate(populations)}
    neurons = sum(p.size for p in populations)
    groups = {p.name: (i, p.first, p.size) for i, p in enumerate(populations)}
    for i, s in enumerate(sensors):
        groups[s.name] = (len(populations) + i, neurons + s.first, s.size)
    projections = tuple(
        table
        for p in circuit.projections
        for table in _tables(p, *groups[p.source], index[p.target], populations[index[p.target]].size)
    )
    actuators = []
    traces = 0
    for a in circuit.actuators:
        source = populations[index[a.source]]
        actuator = Actuator(
            a.name,
            a.decoder,
            source.first,
            source.size,
            a.decay,
            a.before,
            a.gain,
            a.after,
            a.ceiling,
            traces,
            a.origin,
        )
        actuators.append(actuator)
        traces += actuator.traces
    program = Program(circuit.name, circuit.dt_us, populations, sensors, projections, tuple(actuators))
    return marked(program, [part.expected for part in circuit.sources])


def _check_sizes(circuit: IntegerCircuit) -> None:
    total = 0
    for part in circuit.sources:
        total += part.size
        if total > MAX_SOURCES:
            raise DoesNotFit(
                f"with '{part.name}' there are {total:,} neurons and sensor channels",
                where=part.origin,
                remedy=f"One board holds up to {MAX_SOURCES:,}; use fewer, or several boards",
            )


def _populations(circuit: IntegerCircuit) -> tuple[Population, ...]:
    result = []
    first = ring_at = 0
    depths = dict.fromkeys((p.name for p in circuit.populations), 1)
    for q in circuit.projections:
        depths[q.target] = max(depths[q.target], q.delay + 1)
    for p in circuit.populations:
        depth = depths[p.name]
        result.append(Population(p.name, first, p.size, p.neuron, depth, ring_at, p.origin))
        first += p.size
        ring_at += depth * p.size * p.neuron.receptors
    return tuple(result)


def _sensors(circuit: IntegerCircuit) -> tuple[Sensor, ...]:
    result = []
    first = 0
    for s in circuit.sensors:
        result.append(Sensor(s.name, s.encoder, first, s.size, s.rate, s.origin))
        first += s.size
    return tuple(result)


def _tables(
    p: IntegerProjection, group: int, first: int, size: int, index: int, reach: int
) -> tuple[Projection, ...]:
    """The projection's tables, from a group of `size` sources onto a population of `reach` neurons."""
    rows = np.concatenate(([0], np.cumsum(np.bincount(p.sources, minlength=size)))).astype(np.int64)
    targets = p.targets.astype(np.int64)
    return cut(
        Projection(
            group,
            index,
            first,
            size,
            0,
            reach,
            p.delay,
            p.sign,
            p.shift,
            rows,
            targets,
            p.weights,
            p.receptor,
            p.shared,
            origin=p.origin,
        )
    )
