"""The native kernel's C, compiled for this computer, against the engine: all state, every tick."""

from __future__ import annotations

import pytest

from myco.engine import Engine
from mycoflux.circuit import LIF, Circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.image import encode
from tests.native_kernel import NativeEngine, state
from tests.programs import ALL_MODELS, random_inputs, random_program

TICKS = 40


@pytest.mark.parametrize("seed", range(200))
def test_equal_to_the_engine(seed):
    models = (ALL_MODELS, ("lif",), ("lif", "general"))[seed % 3]
    size = (6, 6, 40, 300)[seed % 4]  # rows of all kinds: narrow, words, more than a block
    program = random_program(seed, max_size=size, models=models, proven=seed % 5 != 0)
    image = encode(program)
    engine, native = Engine(image), NativeEngine(image)
    for tick, readings in enumerate(random_inputs(seed, program.channels, TICKS)):
        for e in (engine, native):
            for channel, reading in enumerate(readings):
                e.inputs[channel] = reading
            e.tick()
        assert state(native) == state(engine), f"tick {tick}"


@pytest.mark.parametrize("seed", range(40))
def test_what_is_written_between_ticks_counts(seed):
    """Also where all was at rest: a population is asked about that only when something arrives."""
    program = random_program(seed, models=ALL_MODELS)
    image = encode(program)
    engine, native = Engine(image), NativeEngine(image)
    for tick, readings in enumerate(random_inputs(seed, program.channels, TICKS)):
        for e in (engine, native):
            disturb(e, tick)
            for channel, reading in enumerate(readings):
                e.inputs[channel] = reading
            e.tick()
        assert state(native) == state(engine), f"tick {tick}"


def test_only_who_says_so_is_heard():
    """The test above would see a kernel that was not told."""
    circuit = Circuit("quiet")
    circuit.population("cells", 5, LIF(tau_m_s=0.02))
    native = NativeEngine(compile_circuit(circuit).image)
    native.tick()
    native.v[3] = 1000
    native.tick()
    assert native.v[3] == 1000
    native.written()
    native.tick()
    assert 0 < native.v[3] < 1000


def disturb(engine, tick):
    """Now and then, begin again, or write potentials."""
    if tick % 13 == 12:
        engine.reset()
    elif tick % 5 == 4:
        for n in range(engine.header.neurons):
            engine.v[n] = n * 97 - 150
        engine.written()
