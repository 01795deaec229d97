"""The native kernel's C, compiled for this computer, against the engine: all state, every tick."""

from __future__ import annotations

import pytest

from myco.engine import Engine
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
