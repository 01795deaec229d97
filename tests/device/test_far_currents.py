"""Currents beyond 24 bits, which the contract wraps once a tick: every kernel does as the bytecode, to 2^30.

No compiled circuit comes there unless its author accepts it, and no random one does.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from myco import layout
from myco.engine import Engine
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection, IntegerSensor
from mycoflux.program.image import encode
from mycoflux.program.neurons import Lif
from tests.device.kernel_runs import Run, Target, on_bytecode, on_kernel
from tests.device.test_viper import on_every_target
from tests.tick_counts import kernel_states

CHANNELS = 500  # of the strongest synapses: 500 * (255 << 7 << 6) is a little less than 2^30


def far(seed: int, sign: int, du: int, channels: int = CHANNELS) -> Run:
    """Inputs onto a few neurons: all of them at once, then none for a while, then some of them."""
    rng = random.Random(seed)
    neurons = 5
    cells = IntegerPopulation("cells", neurons, Lif(du=du, dv=400, vth=100_000), 1.0, "")
    touch = IntegerSensor("touch", channels, layout.ENCODE_SPIKE, 0, "")
    sources, targets = np.divmod(np.arange(channels * neurons), neurons)
    weights = np.full(channels * neurons, 255)
    joined = IntegerProjection("joined", "touch", "cells", False, sign, 7, 0, sources, targets, weights, "")
    program = emit(IntegerCircuit("far", 1000, (cells,), (touch,), (joined,), ()))
    shares = [1, *([0] * 29), *(rng.choice((0, 0, 0, 0.02, 0.05)) for _ in range(30))]
    return program, [[int(rng.random() < share) for _ in range(channels)] for share in shares]


RUNS = [far(1, 1, 200), far(2, -1, 200), far(3, 1, 4095), far(4, -1, 1500)]


def test_currents_are_that_far_out_and_stay_so_while_nothing_comes() -> None:
    for program, rows in RUNS:
        engine = Engine(bytearray(encode(program)))
        far_out = []
        for row in rows:
            for i, reading in enumerate(row):
                engine.inputs[i] = reading
            engine.tick()
            far_out.append(max(map(abs, engine.u)))
        assert 1 << 29 < max(far_out) < 1 << 30
        quiet = [u for u, before in zip(far_out[2:], rows[:-2], strict=True) if not any(before)]
        assert max(quiet) > 1 << 24 or program.populations[0].neuron.du == 4095


@pytest.mark.parametrize("name", ["native", "viper"])
@on_every_target
def test_kernels_wrap_as_the_bytecode_does(target: Target, name: str) -> None:
    assert on_kernel(RUNS, target, name) == on_bytecode(RUNS)


def test_this_computer_wraps_as_the_bytecode_does() -> None:
    for program, rows in RUNS:
        engine, plain, fast = (
            Engine(bytearray(encode(program))),
            PlainReference(program),
            FastReference(program),
        )
        for row in rows:
            for i, reading in enumerate(row):
                engine.inputs[i] = reading
            engine.tick()
            plain.step(row)
            fast.step(row)
            assert plain.state() == fast.state() == (tuple(engine.u), tuple(engine.v))


@pytest.mark.armv7
def test_the_smallest_boards_code_wraps_as_the_reference_does() -> None:
    """With as many inputs as one frame carries: some 2^25."""
    runs = [far(seed, sign, 200, channels=20) for seed, sign in ((1, 1), (2, -1))]
    for (program, rows), states in zip(runs, kernel_states(runs), strict=True):
        reference = PlainReference(program)
        for row, state in zip(rows, states, strict=True):
            reference.step(row)
            assert state == reference.state()
        assert max(map(abs, states[1][0])) > 1 << 24
