"""Random programs inside the proven range, for tests that hold executors equal."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np

from myco import layout
from myco import models as device
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
from mycoflux.program import neurons
from mycoflux.program.convolution import Convolution
from mycoflux.program.types import Program
from mycoflux.shapes import ConvolutionShape

Models = tuple[str, ...]
Common = dict[str, int]


def random_program(
    seed: int,
    max_size: int = 6,
    max_delay: int = 62,
    models: Models = ("lif",),
    proven: bool = True,
) -> Program:
    """The program of a `random_circuit`."""
    return emit(random_circuit(seed, max_size, max_delay, models, proven))


def random_circuit(
    seed: int,
    max_size: int = 6,
    max_delay: int = 62,
    models: Models = ("lif",),
    proven: bool = True,
) -> IntegerCircuit:
    """A circuit drawn from `seed`: recurrent, mixed signs, delays, every encoder.

    proven: kept inside of what `bound` proves; else u may wrap around 24 bits and v be clipped.
    models: names of _MAKERS to draw neurons from. With plain LIF neurons alone, the program has nothing that
    the smallest runtime lacks: no convolution, no decoder of potentials.
    """
    rng = random.Random(seed)
    populations = tuple(_population(rng, f"p{i}", max_size, models) for i in range(rng.randint(1, 4)))
    sensors = tuple(_sensor(rng, f"s{i}") for i in range(rng.randint(0, 3)))
    projections = tuple(
        _projection(rng, rng.choice((*populations, *sensors)), rng.choice(populations), max_delay, models)
        for _ in range(rng.randint(1, 6))
    )
    decoders = (layout.DECODE_LEVEL, layout.DECODE_WINNER)
    if models != ("lif",):
        decoders += (layout.DECODE_STRONGEST, layout.DECODE_POTENTIAL)
    actuators = tuple(
        _actuator(rng, f"a{i}", rng.choice(populations), decoders) for i in range(rng.randint(0, 3))
    )
    circuit = IntegerCircuit(f"random {seed}", 1000, populations, sensors, projections, actuators)
    return _weakened(circuit) if proven else _finite(circuit)


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


def _population(rng: random.Random, name: str, max_size: int, models: Models) -> IntegerPopulation:
    size = rng.randint(1, max_size)
    kind = rng.choice(models)
    common = {
        "du": rng.choice((0, 4095, rng.randrange(4096))),
        "dv": rng.choice((0, 4095, rng.randrange(4096))),
        "vth": rng.choice((0, rng.randrange(1, 100), rng.randrange(1, 3000), rng.randrange(131072), 131071)),
        "bias_mant": rng.choice((0, 0, -4096, 4095, rng.randint(-4096, 4095), rng.randint(1, 4095))),
        "bias_exp": rng.randrange(8),
    }
    return IntegerPopulation(name, size, _MAKERS[kind](rng, size, common), 1.0, "")


def _general(rng: random.Random, size: int, common: Common) -> neurons.GeneralLif:
    kind = rng.choice((device.RESET_TO_VALUE, device.RESET_BY_SUBTRACTION, device.RESET_NEVER))
    interval = rng.choice((0, 0, 1, rng.randint(2, 30)))
    to_value = kind == device.RESET_TO_VALUE
    return neurons.GeneralLif(
        refractory=rng.choice((0, 1, rng.randint(2, 20))),
        reset=kind,
        v_reset=rng.choice((0, -5000, common["vth"] << 6, -0x7FFFFF)) if to_value else 0,
        interval=interval,
        offset=rng.randrange(interval) if interval else 0,
        receptor_du=tuple(rng.choice((0, 4095, rng.randrange(4096))) for _ in range(rng.randint(0, 3))),
        biases=tuple(rng.randint(-4096, 4095) for _ in range(size)) if rng.random() < 0.3 else (),
        **common,
    )


def _adaptive(rng: random.Random, size: int, common: Common) -> neurons.AdaptiveLif:
    decays = (rng.choice((0, 4096, rng.randrange(4097))) for _ in range(2))
    step = rng.choice((0, rng.randrange(3000), 131071))
    return neurons.AdaptiveLif(delta_theta=next(decays), delta_r=next(decays), theta_step=step, **common)


def _ternary(rng: random.Random, size: int, common: Common) -> neurons.TernaryLif:
    low = rng.choice((-common["vth"], -rng.randrange(131072), common["vth"]))
    return neurons.TernaryLif(vth_lo=low, **common)


def _resonator(rng: random.Random, size: int, common: Common) -> neurons.ResonateFire:
    turn, left = rng.random() * 6.3, rng.choice((1.0, rng.random()))
    return rng.choice((neurons.ResonateFire, neurons.ResonateReset))(
        vth=rng.choice((0, 1, rng.randrange(5000), 0x7FFFFF)),
        cosine=int(4096 * left * math.cos(turn)),
        sine=int(4096 * left * math.sin(turn)),
        exponent=rng.randrange(8),
    )


def _izhikevich(rng: random.Random, size: int, common: Common) -> neurons.Izhikevich:
    steps = rng.choice((1, 2, 4))
    return neurons.Izhikevich(
        du=common["du"],
        bias_mant=rng.randint(0, 4095),
        bias_exp=rng.randrange(6),
        peak=30 << 12,
        v_reset=rng.randint(-70, -50) << 12,
        w_step=rng.randint(0, 8) << 12,
        a=rng.randint(40, 500),
        b=rng.randint(800, 1100),
        step=4096 // steps,
        steps=steps,
    )


def _graded(rng: random.Random, size: int, common: Common) -> neurons.Neuron:
    return rng.choice((neurons.Graded, neurons.Rectified))(vth=rng.choice((0, rng.randrange(3000))))


def _lif(rng: random.Random, size: int, common: Common) -> neurons.Lif:
    return neurons.Lif(**common)


_MAKERS = {
    "lif": _lif,
    "general": _general,
    "adaptive": _adaptive,
    "ternary": _ternary,
    "resonator": _resonator,
    "izhikevich": _izhikevich,
    "graded": _graded,
}
ALL_MODELS = tuple(_MAKERS)
LAVA_MODELS = ("lif", "adaptive", "ternary", "resonator", "graded")


def _sensor(rng: random.Random, name: str) -> IntegerSensor:
    encoder = rng.choice((layout.ENCODE_CURRENT, layout.ENCODE_RATE, layout.ENCODE_SPIKE))
    rate = rng.randint(1, 4096) if encoder == layout.ENCODE_RATE else 0
    return IntegerSensor(name, rng.randint(1, 3), encoder, rate, "")


def _projection(
    rng: random.Random,
    source: IntegerPopulation | IntegerSensor,
    target: IntegerPopulation,
    max_delay: int,
    models: Models,
) -> IntegerProjection:
    graded = isinstance(source, IntegerSensor) and source.encoder == layout.ENCODE_CURRENT
    sources, targets, weights, shared = _synapses(rng, source.size, target.size, models != ("lif",))
    return IntegerProjection(
        f"{source.name}>{target.name}",
        source.name,
        target.name,
        graded,
        rng.choice((1, 1, -1)),
        rng.randint(4, 14) if graded else rng.randrange(8),
        rng.choice((0, 1, rng.randint(0, max_delay))),
        sources,
        targets,
        weights,
        "",
        rng.randrange(target.neuron.receptors),
        shared,
    )


def _synapses(rng: random.Random, sources: int, targets: int, convolutions: bool):
    """Drawn pairs, or now and then a convolution where one fits."""
    pairs = [(i, j) for i in range(sources) for j in range(targets)]
    shape = ConvolutionShape(
        (1, 1, sources), 1, (1, rng.randint(1, 3)), padding=(0, 1), dilation=(1, rng.randint(1, 2))
    )
    if convolutions and sources >= 3 and rng.random() < 0.5 and math.prod(shape.outputs) == targets:
        kernel = np.array([rng.choice((0, 1, 255, rng.randint(1, 255))) for _ in range(shape.kernel[1])])
        rows, columns, entries = shape.synapses()
        keep = kernel[entries] > 0
        if keep.any():
            return rows[keep], columns[keep], kernel[entries][keep], Convolution(shape, kernel)
    chosen = sorted(rng.sample(pairs, rng.randint(1, len(pairs))))
    weights = [rng.choice((1, 255, rng.randint(1, 255))) for _ in chosen]
    return np.array([i for i, _ in chosen]), np.array([j for _, j in chosen]), np.array(weights), None


def _actuator(
    rng: random.Random, name: str, source: IntegerPopulation, decoders: tuple[int, ...]
) -> IntegerActuator:
    decoder = rng.choice(decoders)
    if decoder == layout.DECODE_POTENTIAL and source.size > 1:
        decoder = layout.DECODE_STRONGEST
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
            if "circle" in error.what:  # of graded populations, which nothing bounds: make them spike
                circuit = dataclasses.replace(
                    circuit, populations=tuple(_spiking(p) for p in circuit.populations)
                )
                continue
            name = error.what.split("'")[1]
            circuit = dataclasses.replace(
                circuit,
                populations=tuple(_faster(p) if p.name == name else p for p in circuit.populations),
                # all of them: what a graded population sends on depends on what reaches it
                projections=tuple(_softer(p) for p in circuit.projections),
            )


def _finite(circuit: IntegerCircuit) -> IntegerCircuit:
    """The circuit without graded populations, whose values could grow without end in a circle."""
    return dataclasses.replace(circuit, populations=tuple(_spiking(p) for p in circuit.populations))


def _spiking(p: IntegerPopulation) -> IntegerPopulation:
    graded = isinstance(p.neuron, neurons.Graded | neurons.Rectified)
    return dataclasses.replace(p, neuron=neurons.Lif(vth=p.neuron.vth)) if graded else p


def _faster(p: IntegerPopulation) -> IntegerPopulation:
    faster = {"du": min(4095, p.neuron.du * 2 + 1)}
    if isinstance(p.neuron, neurons.GeneralLif):
        faster["receptor_du"] = tuple(min(4095, du * 2 + 1) for du in p.neuron.receptor_du)
    return dataclasses.replace(p, neuron=dataclasses.replace(p.neuron, **faster))


def _softer(p: IntegerProjection) -> IntegerProjection:
    shift = min(p.shift + 1, 20) if p.graded else max(p.shift - 1, 0)
    weights = np.maximum(p.weights // 2, 1) if shift == p.shift else p.weights
    shared = p.shared
    if shared is not None and shift == p.shift:
        shared = Convolution(shared.shape, np.where(shared.weights, np.maximum(shared.weights // 2, 1), 0))
    return dataclasses.replace(p, shift=shift, weights=weights, shared=shared)
