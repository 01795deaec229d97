"""What the check lets through, every executor runs, and all of them alike."""

from __future__ import annotations

import random
import struct
from collections import Counter

import numpy as np
import pytest

from myco import check, layout
from myco.engine import Engine
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.errors import ImageError
from mycoflux.program import neurons, sections
from mycoflux.program.convolution import Convolution
from mycoflux.program.image import decode, encode
from mycoflux.program.inspect import as_dict, as_text
from mycoflux.program.types import Population, Program, Projection, Sensor
from mycoflux.shapes import ConvolutionShape
from tests.forging import forged, sealed
from tests.programs import ALL_MODELS, random_program

TICKS = 12
PROVEN = 1 << 24  # `a` beyond this is the compiler's to rule out, not the check's (see myco.check)


def most_pending(reference: PlainReference) -> int:
    return max((abs(a) for due in reference._due.values() for a in due.values()), default=0)


def run_alike(image: bytes, seed: int) -> str:
    """Run an image on three executors; "ran", or "unproven" where drive left what the check answers for."""
    program = decode(image)
    as_text(program, image)
    assert encode(decode(encode(program))) == encode(program)
    engine, plain = Engine(bytearray(image)), PlainReference(program)
    fast, again = FastReference(program), Engine(bytearray(encode(program)))
    rng = random.Random(seed)
    for _ in range(TICKS):
        row = [rng.choice((0, 4095, rng.randrange(4096))) for _ in range(program.channels)]
        ticked = plain.step(row)
        if most_pending(plain) >= PROVEN:
            return "unproven"
        assert fast.step(row) == ticked and fast.state() == plain.state()
        for device in (engine, again):
            for channel, value in enumerate(row):
                device.inputs[channel] = value
            device.tick()
            assert tuple(device.fired[: device.neurons_fired()]) == ticked.spikes
            assert tuple(device.outputs[: len(program.actuators)]) == ticked.outputs
            n = program.neurons
            assert (tuple(device.u[:n]), tuple(device.v[:n])) == plain.state()
    return "ran"


@pytest.mark.parametrize("model", ALL_MODELS)
def test_forged_images_run_alike_or_are_refused(model: str) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(12):
        program = random_program(seed, max_size=5, max_delay=6, models=("lif", model))
        kinds = (program.populations, program.sensors, program.projections, program.actuators)
        parts = tuple(map(len, kinds))
        for image in forged(encode(program), seed, 40):
            try:
                check.check(image)
            except layout.BadImage:
                outcomes["refused"] += 1
                with pytest.raises(ImageError):
                    decode(image)
                continue
            header = layout.Header(image)
            if (header.populations, header.sensors, header.projections, header.actuators) != parts:
                outcomes["fewer"] += 1  # than names and sections: only the host minds
                continue
            outcomes[run_alike(image, seed)] += 1
    assert outcomes["ran"] > 40 and outcomes["refused"] > 40, outcomes
    assert outcomes["unproven"] + outcomes["fewer"] < outcomes["ran"], outcomes


def test_names_that_are_damaged_are_refused_by_the_host() -> None:
    """Boards have no use for names, so only the host looks at them; it must not fall over them."""
    rng = random.Random(1)
    image = encode(random_program(5, models=ALL_MODELS))
    _, _, names, *_ = sections.read(image)
    refused = 0
    for _ in range(300):
        body = bytearray(image[:-4])
        body[rng.randrange(names.at, names.end)] = rng.randrange(256)
        try:
            run_alike(sealed(body), 1)
        except ImageError:
            refused += 1
    assert 50 < refused < 300


def test_a_table_without_synapses_can_be_looked_at() -> None:
    population, sensor = Population("p", 0, 2, neurons.Lif(), 1, 0), Sensor("s", 3, 0, 2, 0)
    nothing = Projection(1, 0, 2, 2, 0, 2, 0, 1, 0, np.zeros(3, int), np.zeros(0, int), np.zeros(0, int))
    image = encode(Program("empty", 1000, (population,), (sensor,), (nothing,), ()))
    data = as_dict(decode(image), image)["projections"][0]
    assert (data["synapses"], data["weight_min"], data["weight_max"]) == (0, 0, 0)
    assert run_alike(image, 1) == "ran"


def enormous(copies: int, kernel: int) -> bytes:
    """A small image that names convolutions of very many synapses."""
    side, pad = 150, kernel // 2
    populations = (
        Population("a", 0, side * side, neurons.Lif(), 1, 0),
        Population("b", side * side, side * side, neurons.Lif(), 1, side * side),
    )
    shape = ConvolutionShape((1, side, side), 1, (kernel, kernel), padding=(pad, pad))
    weights = Convolution(shape, np.ones(kernel * kernel, np.int64))
    # Row starts only say that any other table would be larger: what is laid out follows from `weights`.
    rows, none = np.full(side * side + 1, 1 << 17), np.zeros(1 << 17, int)
    one = Projection(0, 1, 0, side * side, 0, side * side, 0, 1, 0, rows, none, none, 0, weights)
    return encode(Program("bomb", 1000, populations, (), (one,) * copies, ()))


@pytest.mark.parametrize(("copies", "kernel"), [(1, 149), (9, 45)])
def test_an_image_that_explodes_is_refused_before_it_does(copies: int, kernel: int) -> None:
    image = enormous(copies, kernel)
    check.check(image)  # a board holds it as it is
    assert len(image) < 60_000
    with pytest.raises(ImageError, match="synapses"):
        decode(image)


def test_tables_that_share_bytes_are_refused_by_the_host() -> None:
    """One table named by many projections is small on a board and large on a host, which writes them out."""
    population, sensor = Population("p", 0, 200, neurons.Lif(), 1, 0), Sensor("s", 3, 0, 200, 0)
    rows, targets = np.arange(201) * 200, np.tile(np.arange(200), 200)
    one = Projection(1, 0, 200, 200, 0, 200, 0, 1, 0, rows, targets, np.full(40_000, 9))
    image = encode(Program("shared", 1000, (population,), (sensor,), (one,), ()))
    header, body = layout.Header(image), bytearray(image[:-4])
    record = bytes(body[header.projections_at : header.projections_at + layout.PROJECTION_SIZE])
    body += bytes(-len(body) % layout.ALIGN)
    at, copies = len(body), 5500
    body += copies * record
    struct.pack_into("<I", body, 8, len(body) + 4)
    struct.pack_into("<H", body, 24, copies)
    struct.pack_into("<I", body, 44, at)
    check.check(sealed(body))
    with pytest.raises(ImageError, match="synapses"):
        decode(sealed(body))
