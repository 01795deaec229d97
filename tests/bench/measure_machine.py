"""What programs cost on a kind of board: the tables [machine] and [instructions] of its board file.

    python -m tests.bench.measure_machine armv7:

Memory is asked of the board itself, which loses its program. Instructions are those of the board's kernel on
an emulated 32-bit ARM (`tests.tick_counts`), whatever the board: for another processor they are an estimate,
and so is the speed, `per_us`, which nobody can ask for. A kernel's figures are those that explain the counts
of single ticks of a set of programs best, by least squares of the relative error, none below 0; the first
ticks of a program are left out (`tests.tick_counts.FIRST`).
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import struct
import sys
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import nnls

from myco import layout, wire
from mycoflux.compiler.cost_time import work
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import (
    IntegerActuator,
    IntegerCircuit,
    IntegerPopulation,
    IntegerProjection,
    IntegerSensor,
)
from mycoflux.compiler.lacking import SMALL
from mycoflux.deploy import kernels, nano_bundle
from mycoflux.deploy.connect import Connected, connect
from mycoflux.errors import DoesNotFit
from mycoflux.link.refusal import Refusal
from mycoflux.link.repl import Repl
from mycoflux.link.urls import board_file_for
from mycoflux.program.convolution import Convolution
from mycoflux.program.image import encode
from mycoflux.program.joined import by_kind
from mycoflux.program.machine import NATIVE, Instructions
from mycoflux.program.neurons import GeneralLif, Graded, Lif
from mycoflux.program.types import Program
from mycoflux.shapes import ConvolutionShape
from tests.programs import ALL_MODELS, random_inputs, random_program
from tests.tick_counts import FIRST, Run, activities, engine_ticks, excited, kernel_ticks

TICKS = 6
FEW_TICKS = FIRST + 2  # of what does the same in each
FIRST_SEED = 1000  # tests of the predictions draw other programs
LARGE = ((34, 0.9), (44, 0.6), (63, 0.9), (96, 0.8), (150, 0.7), (150, 0.1), (250, 0.05))  # neurons, synapses
NAMES = [f.name for f in dataclasses.fields(Instructions)]
NONE = Instructions(**dict.fromkeys(NAMES, 0.0))


def training(engine: str) -> list[Run]:
    """Programs that between them do much of every piece of a tick, with their readings."""
    programs = []
    for i in range(90 if engine == "myco" else 60):
        mixed = ALL_MODELS if i % 2 else (ALL_MODELS[i // 4 % len(ALL_MODELS)],) if i % 4 else ("lif",)
        models = mixed if engine == "myco" else ("lif",)
        programs.append(random_program(FIRST_SEED + i, max_size=(6, 20, 3)[i % 3], models=models))
    programs += [
        driven(size, kind, chance) for size in (8, 24) for kind in (1, 2, 3) for chance in (0.1, 0.9)
    ]
    programs += [uncut(driven(300, 3, 0.02))]  # a wide table
    programs += [driven(size, 3, chance) for size, chance in LARGE]
    if engine == "myco":
        programs += [driven(size, 1, 0.5, Graded()) for size in (5, 20)]
        programs += many_neurons()
    usual = [(p, random_inputs(i, p.channels, TICKS)) for i, p in enumerate(programs)]
    full = [excited(program, FEW_TICKS) for program in programs[:40]]
    if engine == "myco":
        full += [excited(program, FEW_TICKS) for program in many_neurons()]
        shapes = [(1, 1), (2, 3), (4, 2), (8, 1), (1, 5), (6, 3)]
        full += [(convolved(channels, size), [[4095] * 36] * FEW_TICKS) for channels, size in shapes]
    return usual + full + few_pieces(engine)


def many_neurons() -> list[Program]:
    """Programs in which what every tick takes is little."""
    mixed = [random_program(FIRST_SEED + 200 + i, max_size=120, models=ALL_MODELS) for i in range(6)]
    return mixed + [random_program(FIRST_SEED + 300 + i, max_size=120) for i in range(4)]


def few_pieces(engine: str) -> list[Run]:
    """Programs of nearly nothing, in which what every tick, part and channel takes shows alone."""
    decoders = (layout.DECODE_LEVEL, layout.DECODE_WINNER, layout.DECODE_POTENTIAL, layout.DECODE_STRONGEST)
    known = decoders if engine == "myco" else decoders[:2]
    runs = [(bare(count, vth, 0, 0, ()), [[]] * FEW_TICKS) for count in (1, 2, 4) for vth in (0, 9)]
    for encoder in (layout.ENCODE_CURRENT, layout.ENCODE_RATE, layout.ENCODE_SPIKE):
        for count in (1, 2, 4):
            runs += [
                (bare(1, 9, encoder, count, ()), [[reading] * (2 * count)] * FEW_TICKS)
                for reading in (0, 4095)
            ]
    runs += [
        (bare(1, vth, 0, 0, (kind,) * count), [[]] * FEW_TICKS)
        for kind in known
        for count in (1, 3)
        for vth in (0, 9)
    ]
    return runs


def bare(count: int, vth: int, encoder: int, sensors: int, decoders: tuple[int, ...]) -> Program:
    """Populations of one neuron that always spikes (vth 0) or never, sensors of two channels, decoders."""
    neuron = Lif(vth=vth, bias_mant=0 if vth else 1)
    return emit(
        IntegerCircuit(
            "bare",
            1000,
            tuple(IntegerPopulation(f"p{i}", 1, neuron, 1.0, "") for i in range(count)),
            tuple(
                IntegerSensor(f"s{i}", 2, encoder, 4096 if encoder == layout.ENCODE_RATE else 0, "")
                for i in range(sensors)
            ),
            (),
            tuple(IntegerActuator(f"a{i}", "p0", k, 400, 8, 10, 4, 4095, "") for i, k in enumerate(decoders)),
        )
    )


def driven(size: int, encoder: int, chance: float, neuron: Lif | Graded | None = None) -> Program:
    """Three sensor channels through a dense table, and neurons through drawn synapses, all spiking often."""
    rng = random.Random(size)
    bias = neuron or Lif(du=4095, dv=4095, vth=2000, bias_mant=3000, bias_exp=6)
    populations = (
        IntegerPopulation("p", size, bias, 1.0, ""),
        IntegerPopulation("q", size, Lif(vth=9), 1.0, ""),
    )
    rate = 4096 if encoder == layout.ENCODE_RATE else 0
    pairs = [(i, j) for i in range(size) for j in range(size) if rng.random() < chance]
    every = [(i, j) for i in range(3) for j in range(size)]
    projections = tuple(
        IntegerProjection(
            name,
            name,
            target,
            graded,
            1,
            12 if graded else 0,
            0,
            *np.array(synapses).T,
            np.ones(len(synapses), int),
            "",
        )
        for name, target, graded, synapses in (
            ("s", "p", encoder == layout.ENCODE_CURRENT, every),
            ("p", "q", False, pairs),
        )
        if synapses
    )
    actuators = tuple(
        IntegerActuator(name, "p", kind, 400, 8, 10, 4, 4095, "")
        for name, kind in (("a", layout.DECODE_LEVEL), ("b", layout.DECODE_WINNER))
    )
    sensors = (IntegerSensor("s", 3, encoder, rate, ""),)
    return emit(IntegerCircuit("driven", 1000, populations, sensors, projections, actuators))


def uncut(program: Program) -> Program:
    """The same with a table a projection, onto the whole population, however small a block of it would do."""
    whole = (
        dataclasses.replace(q, first_target=0, target_count=program.populations[q.target].size)
        for q in by_kind(program.projections)
    )
    return dataclasses.replace(program, projections=tuple(whole))


def convolved(channels: int, size: int) -> Program:
    """A sensor of 6 x 6 through a kernel of `size` x `size` to so many channels."""
    shape = ConvolutionShape((1, 6, 6), channels, (size, size), padding=(size // 2, size // 2))
    kernel = np.full(channels * size * size, 7)
    sources, targets, entries = shape.synapses()
    projection = IntegerProjection(
        "s", "s", "p", False, 1, 0, 0, sources, targets, kernel[entries], "", 0, Convolution(shape, kernel)
    )
    populations = (IntegerPopulation("p", int(np.prod(shape.outputs)), Lif(vth=50), 1.0, ""),)
    sensors = (IntegerSensor("s", 36, layout.ENCODE_SPIKE, 0, ""),)
    return emit(IntegerCircuit("convolved", 1000, populations, sensors, (projection,), ()))


def fit(runs: Sequence[Run], counts: Sequence[Sequence[int]], kernel: str) -> tuple[Instructions, float]:
    """The figures that explain a kernel's counts best, and the root mean square of their relative error."""
    pieces, counted = [], []
    for (program, rows), ticks in zip(runs, counts, strict=True):
        happened = activities(program, rows)
        for tick in range(FIRST, len(ticks)):
            done = work(program, happened[tick], kernel).counts | {"reset": words_reset(program, tick)}
            pieces.append([done[name] for name in NAMES])
            counted.append(ticks[tick])
    share = np.array(pieces) / np.array(counted)[:, None]
    figures, _ = nnls(share, np.ones(len(share)))
    error = float(np.sqrt(np.mean((share @ figures - 1) ** 2)))
    return Instructions(**dict(zip(NAMES, figures.tolist(), strict=True))), error


def words_reset(program: Program, tick: int) -> int:
    """Words of state that periodic resets clear in that very tick."""
    return sum(
        p.size * (2 + p.neuron.words)
        for p in program.populations
        if isinstance(p.neuron, GeneralLif)
        and p.neuron.interval
        and (tick + 1) % p.neuron.interval == p.neuron.offset
    )


def has_room(connected: Connected, size: int) -> bool:
    """Whether the board makes room for an image of `size` bytes."""
    request = struct.pack(wire.PUT_BEGIN_FORMAT, size, 0)
    try:
        connected.session._request(wire.PUT_BEGIN, request, wire.ACK)
    except Refusal:
        return False
    return True


def largest(has_room: Callable[[int], bool]) -> int:
    """Bytes of the largest image that there is room for."""
    low, high = 0, 1 << 18
    while high - low > 16:
        middle = (low + high) // 2
        low, high = (middle, high) if has_room(middle) else (low, middle)
    return low


def measure_memory(url: str, engine: str) -> dict[str, int]:
    """The bytes of [machine], by asking the board at `url`; it loses its program.

    An emulated board of the smallest runtime is started anew for each try: in 10 KB each leaves its mark. It
    holds images in flash, so its heap is filled with the state of programs.
    """
    with connect(url) as connected:
        if engine == "myco":
            connected.session.forget()
        free = connected.session.hello().heap_free
        piece = largest(lambda size: has_room(connected, size)) if engine == "myco" else 0
        connected.session.hello()
        repl = Repl(connected.session.stream)
        repl.enter()
        heap = repl.eval("__import__('gc').mem_alloc() + __import__('gc').mem_free()")
        word = 8 if repl.eval("getattr(__import__('sys'), 'maxsize', 0)") > 1 << 31 else 4

    sizes = {"heap": heap, "block": 4 * word, "word": word, "runtime": heap - free, "loader": loader(engine)}
    sizes["slot"] = slot(engine)
    piece = piece or filled(url, free)
    return sizes | {"largest": piece, "usable": piece}


def filled(url: str, free: int) -> int:
    """Bytes of the largest state, one object, with which a board runs a program that was just started."""
    low, high = 0, free
    while high - low > 16:
        middle = (low + high) // 2
        with connect(url) as connected:
            try:
                connected.put(encode(stateful(middle)))
                low = middle
            except DoesNotFit:
                high = middle
    return low // 16 * 16


def stateful(size: int) -> Program:
    """Neurons in a chain, whose state takes `size` bytes or a little less (cost_memory._state).

    With synapses, so that an image goes through the heap first, as any program's.
    """
    neurons = max(2, (size - 6) // 14)
    every, ones = np.arange(neurons), np.ones(neurons, int)
    chain = IntegerProjection("p", "p", "p", False, 1, 0, 0, every, np.sort((every + 1) % neurons), ones, "")
    population = IntegerPopulation("p", neurons, Lif(vth=9), 1.0, "")
    return emit(IntegerCircuit("state", 1000, (population,), (), (chain,), ()))


def slot(engine: str) -> int:
    """Bytes of flash for an image."""
    flash = nano_bundle.bundle(in_flash=True).flash
    return flash.room if engine == SMALL and flash else 0


def loader(engine: str) -> int:
    """Bytes that the runtime takes to load an image, beside it or its state.

    The full one: requests and records that come and go, found by filling boards until they refused. The
    smallest one: the buffer through which an image goes into flash.
    """
    return 1024 if engine == "myco" else 16 + 64


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--only", choices=("memory", "instructions"))
    parser.add_argument("--kernel", choices=kernels.NAMES, help="unless the one of the board's file")
    parser.add_argument(
        "--arch", choices=("armv6m", "armv7emsp"), default="armv7emsp", help="of a compiled kernel"
    )
    given = parser.parse_args(arguments)
    board = board_file_for(given.url)
    engine = board.runtime if board else "myco"
    if given.only != "instructions":
        print("[machine]")
        for key, value in measure_memory(given.url, engine).items():
            print(f"{key} = {value}")
    if given.only != "memory":
        kernel = given.kernel or (board.machine.kernel if board and board.machine else NATIVE)
        runs = training(engine)
        counted = kernel_ticks(runs) if engine == "nano" else engine_ticks(runs, kernel, given.arch)
        instructions, error = fit(runs, counted, kernel)
        print(f'\n[instructions]  # {error:.1%} root mean square of a tick\nkernel = "{kernel}"')
        for name in NAMES:
            print(f"{name} = {getattr(instructions, name):.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
