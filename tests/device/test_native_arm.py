"""The native kernel's ARM code, as it is shipped, on bare ARM processors: all state equals the engine's every
tick, with straight-line code and without."""

from __future__ import annotations

import struct

import pytest

from myco import plan
from myco.engine import Engine
from mycoflux.program.image import encode
from tests import bare_machine
from tests.native_kernel import state
from tests.programs import ALL_MODELS, random_inputs, random_program

TICKS = 12
ARCHS = [("cortex-m0", "armv6m"), ("cortex-m33", "armv7m"), ("cortex-m33", "armv7emsp")]
CODE_BYTES = 5000  # of the 16 KB that the small machine has


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    runners = {name: bare_machine.build_runner(name, folder) for name, _ in ARCHS}
    return runners, bare_machine.kernels(folder)


def _program(seed):
    """Small enough for 16 KB: delays are short, tables of all kinds."""
    models = (ALL_MODELS, ("lif",), ("lif", "general"))[seed % 3]
    size = (6, 40, 90)[seed % 4 % 3]
    return random_program(seed, max_size=size, max_delay=2, models=models, proven=seed % 5 != 0)


def _tick(engine, orders, readings):
    """A tick of the engine, and the orders for the same."""
    for channel, reading in enumerate(readings):
        engine.inputs[channel] = reading
        orders.set(plan.INPUTS, channel, reading, 2)
    engine.tick()
    orders.run(plan.TICK)
    orders.dump()
    return state(engine)


@pytest.mark.parametrize("straight", [False, True])
@pytest.mark.parametrize(("machine", "arch"), ARCHS)
def test_equal_to_the_engine(built, machine, arch, straight):
    runners, kernels = built
    made = 0
    for seed in range(30):
        program = _program(seed)
        image = encode(program)
        engine = Engine(image)
        orders = bare_machine.Orders(image, kernels[arch], CODE_BYTES)
        if straight:
            orders.straighten()
        for which, buffer in ((plan.V, engine.v), (plan.EXTRA, engine.extra)):  # some neurons begin elsewhere
            for i, value in enumerate(buffer):
                if value:
                    orders.set(which, i, value)
        inputs = random_inputs(seed, program.channels, TICKS)
        expected = [_tick(engine, orders, readings) for readings in inputs]
        out = bare_machine.run(machine, runners[machine], orders)
        if straight:
            made += struct.unpack_from("<I", out)[0]
            out = out[8:]
        for tick in range(TICKS):
            fired = struct.unpack_from("<I", out)[0]
            got, out = bare_machine.read_state(engine, out[4:])
            assert got == expected[tick], f"program {seed}, tick {tick}"
            assert fired == got["segments"][engine.header.populations]
        assert not out
    assert not straight or made > 30
