"""Predicted memory against what boards say of their own heap."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myco.engine import Engine
from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.cost import demand_fit, memory
from mycoflux.compiler.cost_memory import ENGINE_ATTRIBUTES, HEADER_ATTRIBUTES
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy.connect import Connected, connect
from mycoflux.errors import DoesNotFit
from mycoflux.link import board_file
from mycoflux.program.image import encode
from mycoflux.program.machine import Machine
from mycoflux.program.neurons import Izhikevich, Lif
from mycoflux.program.types import Population, Program, Projection
from mycoflux.resources import data_folder
from tests.programs import ALL_MODELS, random_program

URLS = [
    pytest.param("virtual:", marks=pytest.mark.virtual),
    pytest.param("armv7:", marks=pytest.mark.armv7),
]


def machine(kind: str) -> Machine:
    found = board_file.load(kind).machine
    assert found is not None
    return found


def recurrent(size: int, fan_out: int, depth: int = 1) -> Program:
    """One population whose every neuron reaches `fan_out` of them, after `depth` ticks."""
    targets = np.concatenate([np.sort((np.arange(fan_out) * 7 + i) % size) for i in range(size)])
    projection = Projection(
        0,
        0,
        0,
        size,
        0,
        size,
        depth - 1,
        1,
        0,
        np.arange(size + 1) * fan_out,
        targets,
        np.ones(size * fan_out, np.int64),
    )
    population = Population("p", 0, size, Lif(du=1, dv=1, vth=100), depth, 0, "here.py:3")
    return Program("recurrent", 1000, (population,), (), (projection,), ())


SHAPES: dict[str, Callable[[int], Program]] = {
    "neurons": lambda n: recurrent(max(n, 2), 1),
    "synapses": lambda n: recurrent(401, max(n // 20, 1)),
    "delays": lambda n: recurrent(max(n // 6, 2), 1, 50),
}


def programs() -> list[Program]:
    sizes = (6, 30, 3)
    drawn = [
        random_program(seed, max_size=sizes[seed % 3], models=ALL_MODELS if seed % 2 else ("lif",))
        for seed in range(24)
    ]
    example = compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py")))
    return [*drawn, example.program, recurrent(300, 20), recurrent(40, 3, 60)]


def taken(connected: Connected, program: Program) -> int:
    """Bytes of heap that the board has less once it runs `program`."""
    connected.session.forget()
    before = connected.session.hello().heap_free
    connected.session.put(encode(program))
    return before - connected.session.hello().heap_free


@pytest.mark.parametrize("url", URLS)
def test_every_byte_of_a_program_is_foreseen(url: str) -> None:
    figures = machine(url.strip(":"))
    with connect(url) as connected:
        for program in programs():
            needed = memory(program, figures)
            # MicroPython takes some garbage for used: it looks at the stack as it lies there.
            assert abs(taken(connected, program) - needed.image - needed.buffers) <= 10 * figures.block


@pytest.mark.parametrize("url", URLS)
def test_the_board_file_says_what_the_board_says(url: str) -> None:
    figures = machine(url.strip(":"))
    assert "memory" in figures.measured
    with connect(url) as connected:
        connected.session.forget()
        free = connected.session.hello().heap_free
    assert abs(free - (figures.heap - figures.runtime)) < 0.003 * figures.heap


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_just_fits_is_taken_and_a_tenth_more_is_not(url: str, shape: str) -> None:
    figures, make = machine(url.strip(":")), SHAPES[shape]
    low, high = 0, 10_000
    while high - low > 8:
        middle = (low + high) // 2
        low, high = (middle, high) if memory(make(middle), figures).fits else (low, middle)
    with connect(url) as connected:
        assert taken(connected, make(low)) > 0.5 * (figures.heap - figures.runtime)
        connected.session.forget()
        connected.session.hello()
        with pytest.raises(DoesNotFit):
            connected.session.put(encode(make(low + low // 9)))


@pytest.mark.microbit
@pytest.mark.parametrize("seed", range(3))
def test_the_smallest_board_too(seed: int) -> None:
    figures = machine("microbit-qemu")
    program = random_program(seed, max_size=(6, 12, 20)[seed], max_delay=8)
    needed = memory(program, figures)
    with connect("microbit-qemu:") as connected:
        before = connected.session.hello().heap_free
        assert abs(before - (figures.heap - figures.runtime)) < 0.02 * figures.heap
        connected.session.put(encode(program))
        assert before - connected.session.hello().heap_free == needed.image + needed.buffers


@pytest.mark.microbit
@pytest.mark.parametrize("fan_out, least", [(1, 250), (10, 130), (1000, 50)])
def test_what_just_fits_on_the_smallest_board_is_taken_and_a_ninth_more_is_not(
    fan_out: int, least: int
) -> None:
    figures = machine("microbit-qemu")

    def make(size: int) -> Program:
        return recurrent(size, min(size, fan_out))

    most = max(size for size in range(2, 400) if memory(make(size), figures).fits)
    assert most >= least
    with connect("microbit-qemu:") as connected:
        assert connected.put(encode(make(most)))
        with pytest.raises(DoesNotFit):
            connected.put(encode(make(most + most // 9)))
        assert connected.session.hello().program == zlib.crc32(encode(make(most))[:-4])


def test_a_program_too_large_for_the_flash_of_the_smallest_board_is_told_so() -> None:
    with pytest.raises(DoesNotFit, match=r"bytes longer than the 3,068 of flash kept for it"):
        demand_fit(recurrent(60, 60), machine("microbit"))


def test_an_engine_has_the_attributes_that_are_counted() -> None:
    engine = Engine(bytearray(encode(recurrent(3, 1))))
    assert (len(vars(engine)), len(vars(engine.header))) == (ENGINE_ATTRIBUTES, HEADER_ATTRIBUTES)


@given(st.integers(2, 300), st.integers(1, 20), st.sampled_from(["virtual", "armv7", "pico", "microbit"]))
def test_more_of_anything_takes_no_less(size: int, depth: int, kind: str) -> None:
    figures = machine(kind)
    needed = memory(recurrent(size, 1, depth), figures)
    for larger in (recurrent(size + 9, 1, depth), recurrent(size, 2, depth), recurrent(size, 1, depth + 1)):
        more = memory(larger, figures)
        assert more.total >= needed.total and more.over >= needed.over
    assert needed.total == needed.runtime + needed.image + needed.buffers == needed.heap - needed.free
    assert needed.total <= needed.peak <= needed.loading
    assert needed.image % figures.block == needed.buffers % figures.block == 0


def test_the_largest_part_is_named() -> None:
    with pytest.raises(DoesNotFit, match=r"projection 'p' -> 'p'.*fewer synapses") as caught:
        demand_fit(recurrent(500, 200), machine("armv7"))
    assert "more than there are" in caught.value.what
    with pytest.raises(DoesNotFit, match=r"population 'p'.*Shorten the delays into 'p' \(60 ticks") as caught:
        demand_fit(recurrent(2000, 1, 60), machine("armv7"))
    assert caught.value.where == "here.py:3"
    over = memory(recurrent(2000, 1, 60), machine("armv7")).over
    assert f"{over:,} more" in caught.value.what


def test_what_the_smallest_runtime_lacks_is_named() -> None:
    neuron = Izhikevich(peak=1 << 16, v_reset=-70, w_step=1, a=40, b=800, step=4096, steps=1)
    program = Program("x", 1000, (Population("cells", 0, 2, neuron, 1, 0),), (), (), ())
    with pytest.raises(DoesNotFit, match="lacks population 'cells' of Izhikevich neurons"):
        demand_fit(program, machine("microbit"))
    assert demand_fit(program, machine("armv7")).fits
