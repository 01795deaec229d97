"""What a program costs on one kind of board: figures measured on it, from its board file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instructions:
    """Instructions of the processor that each piece of a tick takes, with the kernel the board runs.

    tick: what every tick takes.
    population: each population, in every tick. quiet, neuron: a plain LIF neuron at rest, and one that is
    not. general, adaptive, ternary, resonator, izhikevich, graded_neuron: a neuron of another model.
    receptor: each further receptor of a neuron. bias: a bias of its own. euler: an Izhikevich neuron's step.
    periodic: each population that is reset periodically, in every tick; reset: a word of state that it
    clears.
    spike: each neuron's spike.
    sensor: each, in every tick; channel: each of its channels; reading: one of a rate encoder that is not 0;
    event: each channel's spike.
    table: each projection, in every tick; delivery: each whose source group spiked (native: of whose own
    sources one did). row: each spike in each table that has a row for it. dense: each weight of a dense row,
    zeros too. packed, wide: each synapse of a row of a packed and of a wide table.
    valued: a `delivery` through a convolution or of values; value: a `row` of a table that carries values;
    graded: each synapse of it. window: each spike in each convolution; place: each entry of its kernel that
    is tried; shared: each synapse of it.
    level, winner, potential, strongest: each decoder of that kind, in every tick. heard: each neuron's spike,
    in each decoder that counts spikes; caught: each that it counts. choice: each neuron of a decoder that
    chooses; trace: one that has spiked of late.

    Of the native kernel alone. awake: each population that is not passed over as at rest; neurons are counted
    in these only. arrival: a plain LIF neuron that something arrives at. idle: each receptor of a general LIF
    neuron at rest. row_16, row_4: in place of row and dense, in tables of 32 targets or more, 16 and 4
    weights of a row; column: each target of such a table of which a source spiked.

    Of all others. called: each population of general LIF neurons; model: each of a model beyond these, which
    viper leaves to bytecode.
    """

    tick: float
    population: float
    quiet: float
    neuron: float
    general: float
    adaptive: float
    ternary: float
    resonator: float
    izhikevich: float
    graded_neuron: float
    receptor: float
    bias: float
    euler: float
    periodic: float
    reset: float
    spike: float
    sensor: float
    channel: float
    reading: float
    event: float
    table: float
    delivery: float
    row: float
    dense: float
    packed: float
    wide: float
    valued: float
    value: float
    graded: float
    window: float
    place: float
    shared: float
    level: float
    winner: float
    potential: float
    strongest: float
    heard: float
    caught: float
    choice: float
    trace: float
    awake: float
    arrival: float
    idle: float
    row_16: float
    row_4: float
    column: float
    called: float
    model: float


@dataclass(frozen=True)
class Machine:
    """Memory and speed of one kind of board with the runtime on it.

    engine: the runtime, "myco" or "nano". heap: bytes of MicroPython's heap. block: bytes that every object
    takes a multiple of. word: bytes of a machine word. runtime: bytes of heap that the runtime takes without
    a program, its transfer buffers included. largest: bytes of the largest piece of heap that is then free;
    usable: bytes of all pieces that take large objects. loader: bytes of heap that the runtime takes while
    it loads an image. slot: bytes of flash in which it holds the image, in place; 0 where the image is in
    the heap. per_us: instructions a microsecond. kernel: one of `KERNELS`, whose `instructions` are: it runs
    unless it fails or another is asked for. measured: which of `MEASURABLE` were measured on that kind of
    board; the others are estimates.
    """

    name: str
    engine: str
    heap: int
    block: int
    word: int
    runtime: int
    largest: int
    usable: int
    loader: int
    slot: int
    per_us: float
    measured: frozenset[str]
    kernel: str
    instructions: Instructions


NATIVE = "native"
KERNELS = (NATIVE, "viper", "bytecode", "nano")
MEASURABLE = ("memory", "instructions", "speed")
