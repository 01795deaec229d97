"""Predicted instructions of a tick against counted ones, on programs that no figure was fitted to."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.cost import Rates, tick_cost
from mycoflux.compiler.cost_time import uniform, work
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.link import board_file
from mycoflux.program.machine import Machine
from mycoflux.resources import data_folder
from tests.bench import synfire
from tests.bench.measure_machine import bare, driven, stateful
from tests.programs import ALL_MODELS, random_inputs, random_program
from tests.tick_counts import FIRST, Run, activities, engine_ticks, excited, kernel_ticks

pytestmark = pytest.mark.armv7

KINDS = {"native": "armv7", "viper": "esp32", "nano": "microbit"}  # a board that runs each kernel
TICKS = FIRST + 12


def machine(kernel: str) -> Machine:
    found = board_file.load(KINDS[kernel]).machine
    assert found is not None and found.kernel == kernel
    return found


def example() -> Run:
    program = compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py"))).program
    return program, random_inputs(1, program.channels, TICKS)


def drawn(kernel: str) -> list[Run]:
    """Random programs that no figure was fitted to."""
    models = ("lif",) if kernel == "nano" else ALL_MODELS
    programs = [
        random_program(seed, max_size=(6, 20)[seed % 2], models=models)
        for seed in range(30 if kernel == "nano" else 6)
    ]
    return [(p, random_inputs(i, p.channels, TICKS)) for i, p in enumerate(programs)]


def large(kernel: str) -> list[Run]:
    """A few of some 200 neurons, in which what every tick takes is little."""
    seeds = (50, 51, 53) if kernel == "native" else ()
    programs = [random_program(seed, max_size=150, models=ALL_MODELS) for seed in seeds]
    return [(p, random_inputs(i, p.channels, TICKS)) for i, p in enumerate(programs)]


def rates(run: Run) -> Rates:
    """What the sources did in the mean."""
    program, rows = run
    spikes = np.mean([a.spikes for a in activities(program, rows)[FIRST:]], axis=0)
    own = [spikes[p.first : p.first + p.size].mean() for p in program.populations]
    first = program.neurons
    sensed = [spikes[first + s.first : first + s.first + s.size].mean() for s in program.sensors]
    return Rates(tuple(map(float, own)), tuple(map(float, sensed)))


@dataclasses.dataclass(frozen=True)
class Counted:
    """Runs, and the instructions of their ticks but the first ones. figures: of the machine that counted."""

    figures: Machine
    usual: list[tuple[Run, Sequence[int]]]
    large: list[tuple[Run, Sequence[int]]]
    extreme: list[tuple[Run, Sequence[int]]]
    quiet: tuple[Run, Sequence[int]]


@functools.cache
def counted(kernel: str) -> Counted:
    """All that is counted with a kernel, at once: to start the engine takes longest."""
    usual, many = [example(), *drawn(kernel)], large(kernel)
    extreme = [excited(program, FIRST + 2) for program, _ in (*usual, *many)]
    quiet = (usual[0][0], [[0] * usual[0][0].channels] * TICKS)
    least = (bare(1, 9, 0, 0, ()), [[]] * TICKS)
    runs = [*usual, *many, *extreme, quiet, least]
    counts = kernel_ticks(runs) if kernel == "nano" else engine_ticks(runs, kernel)
    each = [(run, ticks[FIRST:]) for run, ticks in zip(runs, counts, strict=True)]
    first, last = len(usual), len(usual) + len(many)
    return Counted(as_counted(kernel, each[-1]), each[:first], each[first:last], each[last:-2], each[-2])


def as_counted(kernel: str, least: tuple[Run, Sequence[int]]) -> Machine:
    """The board's figures, but what MicroPython itself takes in every tick is that of this very count.

    least: a program of nearly nothing, at rest. What its look-ups take depends on all names that there are
    (docs/cost.md).
    """
    figures = machine(kernel)
    (program, _), ticks = least
    expected = tick_cost(program, figures, Rates((0.0,), ())).best
    more = float(np.mean(ticks)) - expected
    assert abs(more) < 0.25 * expected
    instructions = dataclasses.replace(figures.instructions, tick=figures.instructions.tick + more)
    return dataclasses.replace(figures, instructions=instructions)


@pytest.mark.parametrize("kernel", KINDS)
def test_typical_and_worst_ticks_are_foreseen(kernel: str) -> None:
    found = counted(kernel)
    for run, counts in found.usual:
        predicted = tick_cost(run[0], found.figures, rates(run)).typical
        assert predicted == pytest.approx(np.mean(counts), rel=0.1), run[0].name
    for run, counts in found.extreme:
        assert min(a.spikes[: run[0].neurons].min() for a in activities(*run)) == 1, "all neurons spike"
        predicted = tick_cost(run[0], found.figures, rates(run)).worst
        assert predicted == pytest.approx(max(counts), rel=0.1), run[0].name


def test_ticks_of_many_neurons_follow_from_what_happens_in_them() -> None:
    found = counted("native")
    assert found.large
    for (program, rows), counts in found.large:
        happened = activities(program, rows)[FIRST:]
        predicted = [work(program, each, "native").on(found.figures) for each in happened]
        assert predicted == pytest.approx(counts, rel=0.1), program.name


def test_synfire_on_a_cortex_m33_is_foreseen() -> None:
    """Without MicroPython, as docs/device-speed.md has it, to whose figures `tests.bench` holds it."""
    text = (Path(__file__).parents[2] / "docs" / "device-speed.md").read_text(encoding="utf-8")
    said = re.search(r"\| generic \| ([\d,]+); ([\d,]+) \|", text)
    assert said is not None
    mean, worst = (int(figure.replace(",", "")) for figure in said.groups())
    case, figures = synfire.case(150), machine("native")
    happened = activities(case.program, case.readings)[FIRST:]
    predicted = [
        work(case.program, each, "native").on(figures) - figures.instructions.tick for each in happened
    ]
    assert np.mean(predicted) == pytest.approx(mean, rel=0.1)
    assert max(predicted) == pytest.approx(worst, rel=0.1)


@pytest.mark.parametrize("kernel", KINDS)
def test_a_quiet_tick_is_the_best_one(kernel: str) -> None:
    found = counted(kernel)
    run, counts = found.quiet
    best = tick_cost(run[0], found.figures, rates(run)).best
    assert best == pytest.approx(counts[-1], rel=0.1)


@pytest.mark.parametrize("kernel", KINDS)
def test_rates_lie_between_rest_and_all(kernel: str) -> None:
    figures = machine(kernel)
    for program, _ in drawn(kernel):
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
    done = work(program, uniform(program, 1.0), "native").counts
    assert done["tick"] == 1 and done["population"] == len(program.populations)
    assert done["awake"] == len(program.populations)
    assert done["neuron"] == done["arrival"] == program.neurons and done["quiet"] == 0
    assert (done["spike"], done["event"]) == (program.neurons, program.channels)
    assert done["table"] == done["delivery"] == len(program.projections)
    assert sum(done[name] for name in ("dense", "packed", "wide", "graded", "shared")) >= program.synapses


def test_the_native_kernel_passes_over_populations_at_rest() -> None:
    def best(kernel: str, size: int) -> float:
        return tick_cost(stateful(size), machine(kernel), Rates((0.0,), ())).best

    assert best("native", 200) == best("native", 2000)
    assert best("viper", 200) < best("viper", 2000)


def test_the_native_kernel_sums_up_columns_of_wide_rows() -> None:
    def done(targets: int, kernel: str) -> dict[str, float]:
        program = driven(targets, 3, 1.0)  # three channels onto so many, and these onto as many
        return work(program, uniform(program, 1.0), kernel).counts

    narrow, wide = done(31, "native"), done(55, "native")
    assert (narrow["row"], narrow["dense"], narrow["row_16"]) == (34, 34 * 31, 0)
    assert (wide["row"], wide["row_16"], wide["row_4"], wide["column"]) == (0, 58 * 3, 58 * 2, 2 * 55)
    assert (done(55, "viper")["dense"], done(55, "viper")["column"]) == (58 * 55, 0)
