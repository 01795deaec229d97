"""Law 1: every executor gives the same spikes, outputs, u and v at every tick, bit for bit."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.backends.base import Backend
from mycoflux.backends.board import BoardBackend
from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.compiler.emit import emit
from mycoflux.deploy.connect import Connected
from mycoflux.program.image import encode
from tests.programs import ALL_MODELS, random_inputs, random_program
from tests.tables import formats, heated, table_circuit, table_program
from tests.tick_counts import kernel_states


def assert_equal(expected: Backend, got: Backend, inputs: list[list[int]]) -> int:
    """Run both and compare everything at every tick; how many spikes there were."""
    spikes = 0
    for tick, readings in enumerate(inputs):
        want, have = expected.step(readings), got.step(readings)
        assert have == want, f"tick {tick}"
        assert got.state() == expected.state(), f"tick {tick}"
        spikes += len(want.spikes)
    return spikes


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_device_engine_equals_the_reference(seed: int) -> None:
    program = random_program(seed, models=ALL_MODELS)
    inputs = random_inputs(seed, program.channels, 80)
    engine, reference = EngineBackend(program), PlainReference(program)
    assert_equal(reference, engine, inputs)
    engine.reset()
    reference.reset()
    assert_equal(reference, engine, inputs[:10])


def test_random_programs_are_not_trivial() -> None:
    spikes = [
        assert_equal(PlainReference(p), EngineBackend(p), random_inputs(seed, p.channels, 60))
        for seed in range(40)
        for p in (random_program(seed),)
    ]
    assert sum(s > 0 for s in spikes) > 25


@pytest.mark.timeout(600)
def test_boards_equal_the_reference(any_board: Connected) -> None:
    """Random programs, one after another on one board: each replaces the one before."""
    small = any_board.session.stream.url.startswith("microbit")
    spikes = 0
    for seed in (5,) if small else range(30):
        program = (
            random_program(seed, max_size=3, max_delay=5)
            if small
            else random_program(seed, models=ALL_MODELS)
        )
        any_board.put(encode(program))
        backend = BoardBackend(program, any_board.session)
        inputs = random_inputs(seed, program.channels, 20 if small else 60)
        spikes += assert_equal(PlainReference(program), backend, inputs)
    assert spikes > 0
    health = any_board.session.health()
    assert health["frames_bad"] == 0


@pytest.mark.parametrize("valued", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_tables_of_every_format(seed: int, valued: bool) -> None:
    """In blocks, padded and hot; of spikes, of readings, of values."""
    program = table_program(seed, valued)
    assert formats(program) == {"dense", "packed", "wide", "padded", "block", "hot"}
    inputs = random_inputs(seed, program.channels, 40)
    assert assert_equal(PlainReference(program), EngineBackend(program), inputs) > 100
    assert assert_equal(PlainReference(program), FastReference(program), inputs) > 100


def test_tables_of_every_format_on_a_board(any_board: Connected) -> None:
    small = any_board.session.stream.url.startswith("microbit")
    for seed in range(1 if small else 3):
        program = table_program(seed, bool(seed % 2))
        if small:
            program = heated(emit(table_circuit(seed, 2, 33)), random.Random(seed))
            # What is small enough for this board gains nothing from blocks.
            assert formats(program) == {"dense", "packed", "padded", "hot"}
        any_board.put(encode(program))
        backend = BoardBackend(program, any_board.session)
        inputs = random_inputs(seed, program.channels, 20)
        assert assert_equal(PlainReference(program), backend, inputs) > 20


@pytest.mark.armv7
def test_tables_of_every_format_in_the_smallest_boards_code() -> None:
    """Its native code on a 32-bit ARM: the programs are too large for the board itself."""
    runs = [(p := table_program(seed), random_inputs(seed, p.channels, 20)) for seed in range(3)]
    for (program, rows), states in zip(runs, kernel_states(runs), strict=True):
        reference = PlainReference(program)
        spikes = 0
        for row, state in zip(rows, states, strict=True):
            spikes += len(reference.step(row).spikes)
            assert state == reference.state()
        assert spikes > 50


def test_blocks_of_targets_are_delivered_each_to_its_own() -> None:
    from mycoflux.circuit import LIF, AllToAll, Circuit, Random, Rate
    from mycoflux.compiler.pipeline import compile_circuit
    from mycoflux.program.inspect import as_dict

    circuit = Circuit("wide")
    source = circuit.sensor("in", Rate(800.0), 4)
    wide = circuit.population("wide", 300, LIF(tau_syn_s=0.0))
    few = circuit.population("few", 5, LIF())
    circuit.connect(source, wide, weight_v=0.02, pattern=Random(0.2, seed=3))
    circuit.connect(wide, few, weight_v=0.0004, pattern=AllToAll(), delay_s=0.004)
    circuit.connect(few, wide, weight_v=-0.005, pattern=Random(0.1, seed=4))
    build = compile_circuit(circuit)
    tables = [p["table"] for p in as_dict(build.program, build.image)["projections"]]
    assert sorted(tables) == ["dense", *["packed"] * 4]
    inputs = random_inputs(1, 4, 60)
    assert assert_equal(PlainReference(build.program), EngineBackend(build.program), inputs) > 100
