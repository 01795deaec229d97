"""Bytes: of a synapse, of a neuron, of heap left, of images and kernels' files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from myco.engine import Engine
from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy.connect import connect
from mycoflux.link import board_file
from mycoflux.program import neurons
from mycoflux.program.image import encode
from mycoflux.resources import data_folder
from tests.bench.device_cases import lif_image

KIB = 1024
ARMV7 = "192 KiB of heap (`armv7:`), left by the runtime"


@dataclass(frozen=True)
class Line:
    """A figure: bytes, and the goal for it; at_least: that it must reach rather than keep below."""

    what: str
    bytes: float
    goal: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the goal is, if there is one."""
        if self.goal is None:
            return True
        return self.bytes >= self.goal if self.at_least else self.bytes <= self.goal

    def __str__(self) -> str:
        """A line of the table."""
        goal = "" if self.goal is None else f"{'at least' if self.at_least else 'at most'} {_text(self.goal)}"
        return f"| {self.what} | {_text(self.bytes)} | {goal}{'' if self.reached else ': missed'} |"


def _text(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def synapse(sources: int, targets: int, density: float) -> float:
    """Bytes of image that a projection adds, its record and all, divided by its synapses."""
    draw = np.random.default_rng(1)
    by, onto = np.nonzero(draw.random((sources, targets)) < density)
    weights = draw.integers(1, 256, len(by))
    cell = neurons.Lif(bias_mant=0)
    populations = tuple(
        IntegerPopulation(n, size, cell, 1.0, "") for n, size in (("from", sources), ("onto", targets))
    )
    projection = IntegerProjection("p", "from", "onto", False, 1, 0, 0, by, onto, weights, "", 0, None)

    def size(*projections: IntegerProjection) -> int:
        return len(encode(emit(IntegerCircuit("bytes", 1000, populations, (), projections, ()))))

    return (size(projection) - size()) / len(by)


def neuron(*buffers: str) -> int:
    """Bytes of these buffers of the engine that one more LIF neuron takes."""

    def size(count: int) -> int:
        engine = Engine(lif_image(count, 0))
        return sum(len(getattr(engine, b)) * getattr(engine, b).itemsize for b in buffers)

    return (size(150) - size(50)) // 100


def heap_left(url: str) -> int:
    """Bytes of a board's heap that its runtime leaves without a program, by what it says."""
    with connect(url) as connected:
        return connected.welcome.heap_free


def pico_left() -> int:
    """The same of a Raspberry Pi Pico, by its board file: the native kernel's code lies in its heap, too."""
    machine = board_file.load("pico").machine
    assert machine is not None
    return machine.heap - machine.runtime


def nano_left() -> tuple[int, int]:
    """Bytes of the micro:bit's heap that its runtime leaves: all, and what of them is in large pieces."""
    machine = board_file.load("microbit-qemu").machine
    assert machine is not None
    return machine.heap - machine.runtime, machine.usable


def image(circuit: str) -> int:
    """Bytes of an example's image."""
    return len(compile_circuit(load_circuit(str(data_folder("examples") / circuit))).image)


def lines() -> list[Line]:
    """All figures."""
    whole, usable = nano_left()
    found = [
        Line("a synapse, all in: 10 % onto 250 neurons, packed", synapse(250, 250, 0.1), 2.2),
        Line("a synapse, all in: 10 % onto 1,000 neurons, packed", synapse(1000, 1000, 0.1), 2.2),
        Line("a synapse, all in: dense, 100 onto 100", synapse(100, 100, 1.0), 1.1),
        Line("a synapse, all in: dense, 250 onto 250", synapse(250, 250, 1.0), 1.1),
        Line("an LIF neuron's state: u, v, what arrives", neuron("u", "v", "drive"), 12),
        Line("and its place in the list of spikes", neuron("fired")),
        Line(ARMV7, heap_left("armv7:"), 150 * KIB, True),
        Line("the same of a Pico, an estimate: less the kernel's code", pico_left(), 150 * KIB, True),
        Line("9.8 KiB of heap (`microbit-qemu:`), left by the runtime", whole, 4 * KIB, True),
        Line("of these in pieces that a program's state can lie in", usable, 4 * KIB, True),
        Line("image of the demo (16 neurons, 52 synapses)", image("line_follower.py")),
        Line("image of Synfire4 (1,000 neurons, 85,200 synapses)", image("synfire4.py")),
    ]
    return found + [
        Line(f"`{file.name}`", file.stat().st_size)
        for file in sorted((data_folder("kernels") / "built").glob("*.mpy"))
    ]


def table(found: list[Line]) -> list[str]:
    """The table's lines."""
    return ["| bytes of | | goal |", "|---|--:|---|", *map(str, found)]
