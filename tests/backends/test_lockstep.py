"""A program cut into shares is the program uncut: every spike, output, u and v, bit for bit."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.backends.base import Backend
from mycoflux.backends.board import BoardBackend
from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.lockstep import Lockstep
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit.load import NirOptions, load_circuit
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.mesh_pipeline import compile_for_mesh
from mycoflux.compiler.spread import Options, spread
from mycoflux.deploy.connect import connect
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.errors import DelayTooShort, MeshError
from mycoflux.program.image import encode
from mycoflux.program.mesh import MeshProgram
from mycoflux.program.types import Program
from mycoflux.resources import data_folder
from tests.backends.test_equal import assert_equal
from tests.meshes import random_mesh
from tests.programs import ALL_MODELS, random_circuit, random_inputs


def cut(seed: int) -> MeshProgram | None:
    """Random circuit, mesh, pins and balance; None where its delays or pins forbid that."""
    rng = random.Random(seed)
    circuit = random_circuit(seed, max_size=9, models=ALL_MODELS, proven=seed % 3 != 0)
    try:
        return spread(
            circuit,
            random_mesh(rng, rng.randint(1, 5), circuit),
            Options(seed, stretch=rng.random() < 0.8),
        ).program
    except (DelayTooShort, MeshError):
        return None


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_cut_program_equals_the_uncut_one(seed: int) -> None:
    program = cut(seed)
    if program is None:
        return
    inputs = random_inputs(seed, program.whole.channels, 80)
    whole = PlainReference(program.whole)
    with Lockstep(program, EngineBackend if seed % 2 else PlainReference) as shares:
        assert_equal(whole, shares, inputs)
        shares.reset()
        whole.reset()
        assert_equal(whole, shares, inputs[:10])


def test_what_is_drawn_is_cut_and_spikes() -> None:
    boards: Counter[int] = Counter()
    spikes = bonds = 0
    for seed in range(60):
        program = cut(seed)
        if program is not None:
            boards[len(program.shares)] += 1
            bonds += len(program.bonds)
            inputs = random_inputs(seed, program.whole.channels, 60)
            spikes += assert_equal(PlainReference(program.whole), Lockstep(program), inputs) > 0
    assert sum(boards[n] for n in (2, 3, 4, 5)) > 20 and boards[4] + boards[5] > 5
    assert bonds > 40 and spikes > 30


@pytest.mark.parametrize("make", [PlainReference, FastReference, EngineBackend])
def test_the_line_follower_on_three_boards(make: type[Backend]) -> None:
    """Its sensors on three boards; delays of one tick are stretched."""
    circuit = load_circuit(str(data_folder("examples") / "line_follower.py"))
    mesh = dataclasses.replace(
        load_mesh("3xpico"), ports={"line_left": "pico0", "proximity": "pico1", "line_right": "pico2"}
    )
    build = compile_for_mesh(circuit, mesh, Options(stretch=True))
    program = build.spread.program
    assert len(program.shares) == 3 and program.bonds
    inputs = random_inputs(5, 3, 400)
    assert assert_equal(PlainReference(program.whole), Lockstep(program, make), inputs) > 300


def test_digits_on_two_boards() -> None:
    """Convolutions, cut into sparse tables."""
    circuit = load_circuit(str(data_folder("examples") / "digits" / "digits.nir"), NirOptions(dt_s=0.0001))
    build = compile_for_mesh(circuit, mesh_of(2), Options(stretch=True))
    program = build.spread.program
    assert len(program.shares) == 2
    inputs = np.random.default_rng(3).integers(0, 4096, (30, program.whole.channels)).tolist()
    assert_equal(PlainReference(program.whole), Lockstep(program, FastReference), inputs)


def mesh_of(boards: int) -> Mesh:
    return dataclasses.replace(load_mesh(f"{boards}xsim"), balance=1.2)


@pytest.mark.virtual
def test_two_boards_of_real_micropython() -> None:
    """Each share on a board of its own; a neuron's spike on one acts on the other when it would have here."""
    circuit = load_circuit(str(data_folder("examples") / "line_follower.py"))
    mesh = dataclasses.replace(
        load_mesh("2xvirtual"), ports={"line_left": "virtual0", "line_right": "virtual1"}
    )
    program = compile_for_mesh(circuit, mesh, Options(stretch=True)).spread.program
    assert len(program.shares) == 2
    with contextlib.ExitStack() as stack:

        def board(share: Program) -> Backend:
            connected = stack.enter_context(connect("virtual:"))
            connected.put(encode(share))
            return BoardBackend(share, connected.session)

        inputs = random_inputs(8, 3, 150)
        assert assert_equal(PlainReference(program.whole), Lockstep(program, board), inputs) > 100
