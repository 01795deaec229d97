"""Random programs inside the proven range, for tests that hold executors equal."""

from __future__ import annotations

import random

import numpy as np

from myco import layout
from mycoflux.compiler.bound import bound
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import (
    IntegerActuator,
    IntegerCircuit,
    IntegerPopulation,
    IntegerProjection,
    IntegerSensor,
)
from mycoflux.errors import BoundError
from mycoflux.program.types import Program


def random_program(seed: int, max_size: int = 6, max_delay: int = 62) -> Program:
    """A program drawn from `seed`: recurrent, mixed signs, delays, every encoder and decoder."""
    rng = random.Random(seed)
    populations = tuple(_population(rng, f"p{i}", max_size) for i in range(rng.randint(1, 4)))
    sensors = tuple(_sensor(rng, f"s{i}") for i in range(rng.randint(0, 3)))
    projections = tuple(
        _projection(rng, rng.choice((*populations, *sensors)), rng.choice(populations), max_delay)
        for _ in range(rng.randint(1, 6))
    )
    actuators = tuple(_actuator(rng, f"a{i}", rng.choice(populations)) for i in range(rng.randint(0, 3)))
    circuit = IntegerCircuit(f"random {seed}", 1000, populations, sensors, projections, actuators)
    return emit(_weakened(circuit))


def random_inputs(seed: int, channels: int, ticks: int) -> list[list[int]]:
    """Readings that are silent, saturated or anything between, for runs of ticks."""
    rng = random.Random(seed)
    rows = []
    row = [0] * channels
    for _ in range(ticks):
        if rng.random() < 0.3:
            row = [rng.choice((0, 4095, rng.randrange(4096))) for _ in range(channels)]
        rows.append(row)
    return rows


def _population(rng: random.Random, name: str, max_size: int) -> IntegerPopulation:
    return IntegerPopulation(
        name,
        rng.randint(1, max_size),
        rng.choice((0, 4095, rng.randrange(4096))),
        rng.choice((0, 4095, rng.randrange(4096))),
        rng.choice((0, rng.randrange(1, 100), rng.randrange(1, 3000), rng.randrange(131072), 131071)),
        rng.choice((0, 0, -4096, 4095, rng.randint(-4096, 4095), rng.randint(1, 4095))),
        rng.randrange(8),
        1.0,
        "",
    )


def _sensor(rng: random.Random, name: str) -> IntegerSensor:
    encoder = rng.choice((layout.ENCODE_CURRENT, layout.ENCODE_RATE, layout.ENCODE_SPIKE))
    rate = rng.randint(1, 4096) if encoder == layout.ENCODE_RATE else 0
    return IntegerSensor(name, rng.randint(1, 3), encoder, rate, "")


def _projection(
    rng: random.Random, source: IntegerPopulation | IntegerSensor, target: IntegerPopulation, max_delay: int
) -> IntegerProjection:
    pairs = [(i, j) for i in range(source.size) for j in range(target.size)]
    chosen = sorted(rng.sample(pairs, rng.randint(1, len(pairs))))
    graded = isinstance(source, IntegerSensor) and source.encoder == layout.ENCODE_CURRENT
    return IntegerProjection(
        f"{source.name}>{target.name}",
        source.name,
        target.name,
        graded,
        rng.choice((1, 1, -1)),
        rng.randint(4, 14) if graded else rng.randrange(8),
        rng.choice((0, 1, rng.randint(0, max_delay))),
        np.array([i for i, _ in chosen]),
        np.array([j for _, j in chosen]),
        np.array([rng.choice((1, 255, rng.randint(1, 255))) for _ in chosen]),
        "",
    )


def _actuator(rng: random.Random, name: str, source: IntegerPopulation) -> IntegerActuator:
    decoder = rng.choice((layout.DECODE_LEVEL, layout.DECODE_WINNER))
    return IntegerActuator(
        name,
        source.name,
        decoder,
        rng.choice((4096, rng.randint(200, 4096))),
        rng.randint(4, 12),
        rng.randint(1, 1 << 10),
        rng.randint(0, 14),
        rng.choice((4095, 32767)),
        "",
    )


def _weakened(circuit: IntegerCircuit) -> IntegerCircuit:
    """The circuit with shorter synaptic memory where its bounds demand it: u then stays in 24 bits."""
    while True:
        try:
            bound(circuit)
            return circuit
        except BoundError as error:
            name = error.what.split("'")[1]
            circuit = IntegerCircuit(
                circuit.name,
                circuit.dt_us,
                tuple(_faster(p) if p.name == name else p for p in circuit.populations),
                circuit.sensors,
                tuple(_softer(p) if p.target == name else p for p in circuit.projections),
                circuit.actuators,
            )


def _faster(p: IntegerPopulation) -> IntegerPopulation:
    du = min(4095, p.du * 2 + 1)
    return IntegerPopulation(
        p.name, p.size, du, p.dv, p.vth, p.bias_mant, p.bias_exp, p.volts_per_unit, p.origin
    )


def _softer(p: IntegerProjection) -> IntegerProjection:
    shift = min(p.shift + 1, 20) if p.graded else max(p.shift - 1, 0)
    return IntegerProjection(
        p.name,
        p.source,
        p.target,
        p.graded,
        p.sign,
        shift,
        p.delay,
        p.sources,
        p.targets,
        p.weights,
        p.origin,
    )
