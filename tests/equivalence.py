"""Law 1 as a machine: random programs through every executor, every spike, output, u and v compared.

`python -m tests.equivalence --programs 10000` (or `make equivalence PROGRAMS=10000`) ends with
`equivalence: N programs, E executors, D differences`, and with exit code 1 where D is not 0.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mycoflux.backends.base import Backend
from mycoflux.backends.board import BoardBackend
from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.lava.backend import LavaBackend
from mycoflux.backends.lava.subset import outside
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.backends.run import Record, Run
from mycoflux.deploy import kernels
from mycoflux.deploy.connect import connect
from mycoflux.program.image import encode
from mycoflux.program.types import Program
from tests.programs import ALL_MODELS, LAVA_MODELS, random_inputs, random_program
from tests.tables import table_program

TICKS = 40
Execute = Callable[[Program, np.ndarray, Record], Run | None]  # None: outside of what it can run


def by_steps(backend: Backend, inputs: list[list[int]], record: Record) -> Run:
    """A run made of single steps, and of the state after each."""
    program = backend.program
    times, neurons, outputs, states = [], [], [], []
    for tick, readings in enumerate(inputs):
        ticked = backend.step(readings)
        times += [tick] * len(ticked.spikes)
        neurons += ticked.spikes
        outputs.append(ticked.outputs)
        states.append(backend.state())

    def trace(which: int, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        parts = {p.name: slice(p.first, p.first + p.size) for p in program.populations}
        return {name: np.array([s[which][parts[name]] for s in states], np.int32) for name in names}

    return Run(
        len(inputs),
        np.array(times, np.int32),
        np.array(neurons, np.int32),
        np.array(outputs, np.int32).reshape(len(inputs), -1),
        trace(0, record.currents),
        trace(1, record.potentials),
    )


@contextlib.contextmanager
def _stepping(make: Callable[[Program], Backend]) -> Iterator[Execute]:
    yield lambda program, inputs, record: by_steps(make(program), inputs.tolist(), record)


@contextlib.contextmanager
def _fast() -> Iterator[Execute]:
    yield lambda program, inputs, record: FastReference(program).run(inputs, record)


@contextlib.contextmanager
def _lava() -> Iterator[Execute]:
    yield (
        lambda program, inputs, record: None if outside(program) else LavaBackend(program).run(inputs, record)
    )


@contextlib.contextmanager
def _board(kind: str, kernel: str, installed: Path) -> Iterator[Execute]:
    """A board of a kind with a kernel; it begins with the files that the first of its kind was sent."""
    root = installed / f"{kind}-{kernel}"
    others = sorted(installed.glob(f"{kind}-*/myco"))
    if others:
        for package in ("myco", "myco_hal"):
            shutil.copytree(others[0].parent / package, root / package)
    with connect(f"{kind}:?root={root}&kernel={kernel}") as connected:

        def execute(program: Program, inputs: np.ndarray, record: Record) -> Run:
            connected.put(encode(program))
            return by_steps(BoardBackend(program, connected.session), inputs.tolist(), record)

        yield execute


BOARDS = {
    f"{kind} board, {kernel}": (kind, kernel) for kernel in kernels.NAMES for kind in ("virtual", "armv7")
}

# Every executor that is held against the plain reference, made of the folder that boards have their files in;
# a new one is a line here.
EXECUTORS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Execute]]] = {
    "fast reference": lambda _: _fast(),
    "engine": lambda _: _stepping(EngineBackend),
    **{name: functools.partial(_board, *which) for name, which in BOARDS.items()},
    "lava": lambda _: _lava(),
}


@dataclass
class Result:
    """How far the executors agreed."""

    programs: int = 0
    ran: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EXECUTORS, 0))
    spikes: int = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"equivalence: {self.programs} programs, {len(self.ran) + 1} executors, "
            f"{len(self.differences)} differences"
        )


def drawn(seed: int) -> tuple[Program, np.ndarray]:
    """Program number `seed`: every second of models that Lava has, every third beyond what is proven.

    One in 20 is a larger one, with tables of every format.
    """
    if seed % 20 == 19:
        program = table_program(seed, valued=seed % 40 == 39)
        return program, np.array(random_inputs(seed, program.channels, TICKS))
    models = LAVA_MODELS if seed % 2 else ALL_MODELS
    program = random_program(seed, models=models, proven=seed % 3 != 0)
    return program, np.array(random_inputs(seed, program.channels, TICKS)).reshape(TICKS, -1)


def compare(
    programs: int,
    first: int = 0,
    tell: Callable[[Result], None] = lambda _: None,
    turns: Mapping[str, int] | None = None,
) -> Result:
    """Run programs first .. first + programs - 1 through every executor.

    turns: executors that run but a third of the programs, by name: 0, 1 or 2, which third.
    """
    result = Result()
    with contextlib.ExitStack() as stack:
        installed = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        executors = {name: stack.enter_context(make(installed)) for name, make in EXECUTORS.items()}
        for seed in range(first, first + programs):
            program, inputs = drawn(seed)
            names = tuple(p.name for p in program.populations)
            record = Record(currents=names, potentials=names)
            expected = by_steps(PlainReference(program), inputs.tolist(), record)
            result.programs += 1
            result.spikes += len(expected.spike_ticks)
            for name, execute in executors.items():
                if turns and seed // 3 % 3 != turns.get(name, seed // 3 % 3):
                    continue
                got = execute(program, inputs, record)
                if got is not None:
                    result.ran[name] += 1
                    if not expected.same_as(got):
                        result.differences.append(f"program {seed} on {name}: {difference(expected, got)}")
            tell(result)
    return result


def difference(expected: Run, got: Run) -> str:
    """The first tick at which two runs differ, and in what."""
    found = []
    for name, ours, theirs in (
        ("u", expected.currents, got.currents),
        ("v", expected.potentials, got.potentials),
    ):
        for population in ours:
            ticks = np.nonzero((ours[population] != theirs[population]).any(axis=1))[0]
            if len(ticks):
                found.append((int(ticks[0]), f"{name} of '{population}'"))
    ticks = np.nonzero((expected.outputs != got.outputs).any(axis=1))[0]
    found += [(int(ticks[0]), "outputs")] if len(ticks) else []
    spikes = {*zip(expected.spike_ticks, expected.spike_neurons, strict=True)}
    spikes ^= {*zip(got.spike_ticks, got.spike_neurons, strict=True)}
    found += [(int(min(spikes)[0]), "spikes")] if spikes else []
    tick, what = min(found)
    return f"first at tick {tick}, {what}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first program drawn")
    arguments = parser.parse_args()

    def tell(result: Result) -> None:
        if result.programs % 100 == 0:
            print(f"{result.programs} programs, {len(result.differences)} differences", file=sys.stderr)

    result = compare(arguments.programs, arguments.first, tell)
    for text in result.differences:
        print(text)
    print("plain reference: all;", "; ".join(f"{name}: {n}" for name, n in result.ran.items()))
    print(result)
    sys.exit(bool(result.differences))


if __name__ == "__main__":
    main()
