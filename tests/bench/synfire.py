"""Synfire4 on the Cortex-M33 of QEMU's mps2-an505, in the native code that boards get: every tick counted.

The circuit of `examples/synfire4.py`, 1,000 neurons and 200 inputs, against a tick of 1 ms and the memory of
an RP2350, whose core that is. Its spikes are held equal to the fast reference's in every tick.
"""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myco import layout, plan, straight
from mycoflux.backends.reference.fast import FastReference
from mycoflux.compiler.cost_memory import Memory, memory
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.link import board_file
from mycoflux.program.types import Program, Projection
from mycoflux.resources import data_folder
from tests import bare_machine as bare
from tests.bench.device_bytes import heap_left

MACHINE, ARCH = "cortex-m33", "armv7emsp"
TICKS = 1000
LIMIT = 150_000  # instructions: a millisecond at 150 MHz, one a cycle
RAM = 520 * 1024  # of an RP2350, bytes
STAGES = ("integrate", "sense", "propagate", "actuate")
_ROOM = 1 << 20  # for straight-line code on the emulated machine
_SETS = 1 << 12  # of projections looked at at once
_WHOLE = ((plan.TICK,),)


@dataclass(frozen=True)
class Case:
    """The program, a row of readings for each tick, and the neurons that must spike in it."""

    program: Program
    image: bytes
    readings: list[list[int]]
    spikes: list[list[int]]

    @cached_property
    def events(self) -> NDArray[np.int64]:
        """Synapses of each projection that carry a spike in each tick, (projections, ticks)."""
        sources = self.program.neurons + self.program.channels
        sent = [np.bincount(spikes, minlength=sources) for spikes in self._sources()]
        return np.array([[_carried(p, row) for row in sent] for p in self.program.projections])

    def _sources(self) -> list[list[int]]:
        """With the channels, each of which spikes for a reading."""
        neurons = self.program.neurons
        return [
            [*spikes, *(neurons + c for c, reading in enumerate(row) if reading)]
            for spikes, row in zip(self.spikes, self.readings, strict=True)
        ]


def _carried(p: Projection, sent: NDArray[np.int64]) -> int:
    return int(np.diff(p.rows) @ sent[p.first : p.first + p.sources])


@dataclass(frozen=True)
class Counted:
    """Instructions of every tick: in one call, and by stage with a call each, (ticks, stages)."""

    ticks: NDArray[np.float64]
    stages: NDArray[np.float64]
    straight: tuple[int, ...]  # projections that are straight-line code
    code: int  # its bytes

    @property
    def worst(self) -> float:
        """The longest tick's instructions."""
        return float(self.ticks.max())


class Bench:
    """Synfire4 on the emulated machine."""

    def __init__(self, folder: Path) -> None:
        """Build the machine's program in `folder`, and run the reference."""
        self.case = case()
        self._elf = bare.build_runner(MACHINE, folder)
        self.kernel = bare.shipped(ARCH)
        projections = range(len(self.case.program.projections))
        orders = bare.Orders(self.case.image, self.kernel)
        for i in projections:
            orders.run(plan.MEASURE, i)
        self.sizes = bare.run_program(MACHINE, self._elf, orders, self.case.readings[:1])[0]

    def counted(self, straight: Sequence[int] = ()) -> Counted:
        """Run all ticks, with straight-line code for these projections.

        Raises:
            AssertionError: a tick's spikes are not the reference's.
        """
        header = layout.Header(self.case.image)
        stages = (
            (plan.INTEGRATE, 0, header.populations),
            (plan.SENSE,),
            (plan.PROPAGATE, 0, header.projections),
            (plan.ACTUATE,),
        )
        whole, parts = self._run(straight, _WHOLE), self._run(straight, stages)
        code = sum(self.sizes[i] for i in straight)
        return Counted(whole[:, 0], parts, tuple(straight), code)

    def _run(self, straight: Sequence[int], stages: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
        orders = bare.Orders(self.case.image, self.kernel, _ROOM)
        at = 0
        for i in straight:
            orders.run(plan.EMIT, i, at)
            at += self.sizes[i]
        made, took, spikes = bare.run_program(MACHINE, self._elf, orders, self.case.readings, stages)
        assert made == [self.sizes[i] for i in straight], "straight-line code is not as long as was said"
        for tick, (ours, reference) in enumerate(zip(spikes, self.case.spikes, strict=True)):
            assert ours == reference, f"tick {tick}: spikes are not the reference's"
        return np.array(took)

    @property
    def memory(self) -> Memory:
        """What the program takes of the heap of a 32-bit board, as MicroPython on armv7 does."""
        machine = board_file.load("armv7").machine
        assert machine is not None
        return memory(self.case.program, machine)

    def used(self, counted: Counted) -> int:
        """Bytes of RAM: the runtime's heap, image, buffers with the plan, native code, straight-line code."""
        needed = self.memory
        return self.runtime + needed.image + needed.buffers + len(self.kernel) + counted.code

    @cached_property
    def runtime(self) -> int:
        """Bytes of heap that the runtime takes on `armv7:`, whose machine code lies outside of it."""
        return self.memory.heap - heap_left("armv7:")

    def at_boot(self, generic: Counted) -> list[int]:
        """Projections that a board makes straight-line code of when it starts (myco.straight)."""
        chosen, room = [], RAM - self.used(generic) - straight.RESERVE
        for i, projection in enumerate(self.case.program.projections):
            if projection.hot and 0 < self.sizes[i] <= room:
                chosen.append(i)
                room -= self.sizes[i]
        return chosen

    def shortest(self, generic: Counted) -> list[int]:
        """Projections for straight-line code with which the worst tick is shortest, of all sets that fit.

        What each saves in each tick is counted with it alone; together they save the sum.
        """
        able = [i for i, size in enumerate(self.sizes) if size]
        saved = np.array([generic.ticks - self._run([i], _WHOLE)[:, 0] for i in able])
        sizes = np.array([self.sizes[i] for i in able])
        room = RAM - self.used(generic)
        best, chosen = generic.worst, np.zeros(len(able), bool)
        for begin in range(0, 1 << len(able), _SETS):
            sets = (np.arange(begin, begin + _SETS)[:, None] >> np.arange(len(able)) & 1).astype(bool)
            sets = sets[sets @ sizes <= room]
            worst = (generic.ticks - sets @ saved).max(axis=1, initial=0)
            if len(worst) and worst.min() < best:
                best, chosen = float(worst.min()), sets[worst.argmin()]
        return [i for i, taken in zip(able, chosen, strict=True) if taken]


def case(ticks: int = TICKS) -> Case:
    """Synfire4 and its stimulus, with the fast reference's spikes."""
    example = runpy.run_path(str(data_folder("examples") / "synfire4.py"))
    circuit = example["Synfire4"]("synfire4")
    build = compile_circuit(circuit)
    readings = example["stimulus"](circuit, ticks)
    run = FastReference(build.program).run(readings)
    spikes = [run.spike_neurons[run.spike_ticks == t].tolist() for t in range(ticks)]
    return Case(build.program, build.image, readings.tolist(), spikes)
