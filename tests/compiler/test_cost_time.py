"""Predicted instructions of a tick against counted ones, on programs that no figure was fitted to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.cost import Rates, tick_cost
from mycoflux.compiler.cost_time import uniform, work
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.link import board_file
from mycoflux.program.machine import Machine
from mycoflux.resources import data_folder
from tests.programs import ALL_MODELS, random_inputs, random_program
from tests.tick_counts import Run, activities, engine_ticks, excited, kernel_ticks

pytestmark = pytest.mark.armv7

Count = Callable[[Sequence[Run]], list[list[int]]]
KERNELS = [
    pytest.param(engine_ticks, "armv7", id="engine"),
    pytest.param(kernel_ticks, "microbit", id="nano"),
]
TICKS = 12


def machine(kind: str) -> Machine:
    found = board_file.load(kind).machine
    assert found is not None and "instructions" in found.measured
    return found


def example() -> Run:
    program = compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py"))).program
    return program, random_inputs(1, program.channels, TICKS)


def drawn(kind: str) -> list[Run]:
    """Random programs that no figure was fitted to."""
    programs = [
        random_program(seed, max_size=(6, 20)[seed % 2], models=ALL_MODELS if kind == "armv7" else ("lif",))
        for seed in range(6 if kind == "armv7" else 30)
    ]
    return [(p, random_inputs(i, p.channels, TICKS)) for i, p in enumerate(programs)]


def rates(run: Run) -> Rates:
    """What the sources did in the mean."""
    program, rows = run
    spikes = np.mean([a.spikes for a in activities(program, rows)], axis=0)
    own = [spikes[p.first : p.first + p.size].mean() for p in program.populations]
    first = program.neurons
    sensed = [spikes[first + s.first : first + s.first + s.size].mean() for s in program.sensors]
    return Rates(tuple(map(float, own)), tuple(map(float, sensed)))


@pytest.mark.parametrize(("count", "kind"), KERNELS)
def test_typical_and_worst_ticks_are_foreseen(count: Count, kind: str) -> None:
    figures = machine(kind)
    usual = [example(), *drawn(kind)]
    extreme = [excited(program, TICKS) for program, _ in usual]
    counts = iter(count([*usual, *extreme]))
    for run in usual:
        predicted = tick_cost(run[0], figures, rates(run)).typical
        assert predicted == pytest.approx(np.mean(next(counts)), rel=0.1), run[0].name
    for run in extreme:
        assert min(a.spikes[: run[0].neurons].min() for a in activities(*run)) == 1, "all neurons spike"
        predicted = tick_cost(run[0], figures, rates(run)).worst
        assert predicted == pytest.approx(max(next(counts)), rel=0.1), run[0].name


@pytest.mark.parametrize(("count", "kind"), KERNELS)
def test_a_quiet_tick_is_the_best_one(count: Count, kind: str) -> None:
    program, rows = example()
    run = (program, [[0] * program.channels for _ in rows])
    (counted,) = count([run])
    best = tick_cost(program, machine(kind), rates(run)).best
    assert best == pytest.approx(counted[-1], rel=0.1)


@pytest.mark.parametrize("kind", ["armv7", "microbit"])
def test_rates_lie_between_rest_and_all(kind: str) -> None:
    figures = machine(kind)
    for program, _ in drawn(kind):
        before = 0.0
        for rate in (0.0, 0.001, 0.01, 0.1, 0.5, 1.0):
            every = Rates((rate,) * len(program.populations), (rate,) * len(program.sensors))
            time = tick_cost(program, figures, every)
            assert time.best <= time.typical <= time.worst * 1.000001
            assert time.typical >= before
            before = time.typical
        assert time.us(figures).worst == pytest.approx(time.worst / figures.per_us)


def test_pieces_are_counted_one_by_one() -> None:
    program, _ = example()
    done = work(program, uniform(program, 1.0)).counts
    assert done["tick"] == 1 and done["population"] == len(program.populations)
    assert done["neuron"] == program.neurons and done["quiet"] == 0
    assert (done["spike"], done["event"]) == (program.neurons, program.channels)
    assert done["table"] == done["delivery"] == len(program.projections)
    assert sum(done[name] for name in ("dense", "packed", "wide", "graded", "shared")) >= program.synapses
