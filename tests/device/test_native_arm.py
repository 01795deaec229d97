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
from tests.tables import formats, table_program

TICKS = 12
LARGE = "cortex-m0, 2 MB"
ARCHS = [("cortex-m0", "armv6m"), (LARGE, "armv6m"), ("cortex-m33", "armv7m"), ("cortex-m33", "armv7emsp")]
SMALL = 30  # programs; those of higher numbers need more than 16 KB
SEEDS = {"cortex-m0": range(SMALL), LARGE: range(SMALL, SMALL + 8), "cortex-m33": range(SMALL + 4)}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    runners = {name: bare_machine.build_runner(name, folder) for name, _ in ARCHS}
    return runners, bare_machine.kernels(folder)


def _program(seed):
    """Small enough for 16 KB, with short delays; from SMALL on, with blocks and tables of every format."""
    if seed >= SMALL:
        return table_program(seed, valued=seed % 4 == 3)
    models = (ALL_MODELS, ("lif",), ("lif", "general"))[seed % 3]
    size = (6, 40, 90)[seed % 4 % 3]
    return random_program(seed, max_size=size, max_delay=2, models=models, proven=seed % 5 != 0)


def _code_bytes(seed):
    """Room for straight-line code: of 16 KB, what is left; else enough for all that is hot."""
    return 5000 if seed < SMALL else 200_000


def test_large_programs_have_tables_of_every_format():
    found = set().union(*(formats(_program(seed)) for seed in SEEDS[LARGE]))
    assert found == {"dense", "packed", "wide", "padded", "block", "hot"}


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
    for seed in SEEDS[machine]:
        program = _program(seed)
        image = encode(program)
        engine = Engine(image)
        orders = bare_machine.Orders(image, kernels[arch], _code_bytes(seed))
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
