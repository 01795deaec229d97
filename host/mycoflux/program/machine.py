"""What a program costs on one kind of board: figures measured on it, from its board file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instructions:
    """Instructions of the processor that each piece of a tick takes, with the kernel the board runs.

    tick: what every tick takes. population, sensor, actuator, table: each of them, in every tick; a table
    only where a source of its group spiked. quiet, neuron: a neuron at rest, and one that is not. channel:
    a sensor channel. spike: each spike of a source in each table it has a row in. dense: each weight of a
    dense row, zeros too. sparse: each synapse of a sparse row; shared: of a convolution. choice: each neuron
    of a decoder that chooses.
    """

    tick: float
    population: float
    sensor: float
    actuator: float
    table: float
    quiet: float
    neuron: float
    channel: float
    spike: float
    dense: float
    sparse: float
    shared: float
    choice: float


@dataclass(frozen=True)
class Machine:
    """Memory and speed of one kind of board with the runtime on it.

    heap: bytes that MicroPython's heap has when it has started. block: bytes that every object takes a
    multiple of. word: bytes of a machine word. runtime: bytes of heap that the runtime takes without a
    program, its transfer buffers included. per_us: instructions a microsecond.
    """

    name: str
    heap: int
    block: int
    word: int
    runtime: int
    per_us: float
    instructions: Instructions
