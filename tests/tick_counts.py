"""The instructions of single ticks on 32-bit ARM, and what happened in those ticks."""

from __future__ import annotations

import dataclasses
import importlib.util
import struct
import subprocess
import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

from myco import plan, wire
from myco.engine import Engine
from mycoflux import resources
from mycoflux.compiler.cost_time import Activity, can_rest, graded
from mycoflux.deploy import kernels
from mycoflux.link.unix_board import armv7_interpreter
from mycoflux.program.image import encode
from mycoflux.program.neurons import GeneralLif, Lif
from mycoflux.program.types import Population, Program
from tests.instructions import MARK, PRELUDE, blocks, counts
from tests.native_kernel import NativeEngine

FIRST = 2  # ticks in which MicroPython looks up what it remembers later, and the native kernel who rests
Run = tuple[Program, Sequence[Sequence[int]]]  # and the readings of each tick

_ENGINE = """
import gc, sys
sys.path[:0] = {folders!r}
from array import array
from myco.engine import Engine
from myco.layout import Header
import {kernel} as kernel

gc.threshold(-1)  # as `myco.main` does: no collection is counted as work

def run(name, ticks):
    with open(name, 'rb') as f:
        image = bytearray(f.read())
    engine = Engine(image, kernel, Header(image))  # which was checked here
    with open(name + '.inputs', 'rb') as f:
        inputs = array('H', f.read())
    channels = engine.header.channels
    for t in range(ticks):
        for c in range(channels):
            engine.inputs[c] = inputs[t * channels + c]
        mark()
        engine.tick()
        mark()
for _ in range({marks}):
    mark()
for name, ticks in {runs!r}:
    run(name, ticks)
"""
_MARKS = 5  # the first ones take longer


def engine_ticks(runs: Sequence[Run], kernel: str = "bytecode", arch: str = "armv7emsp") -> list[list[int]]:
    """Instructions of each tick of each run: of the engine with a kernel, for `arch` unless bytecode."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folders = [str(resources.package_folder(package).parent) for package in ("myco", "myco_hal")]
        names = [(str(i), len(rows)) for i, (_, rows) in enumerate(runs)]
        for (file, _), (program, rows) in zip(names, runs, strict=True):
            (folder / file).write_bytes(encode(program))
            (folder / f"{file}.inputs").write_bytes(array("H", [x for row in rows for x in row]).tobytes())
        module = "myco.kernel"
        if kernel != kernels.BYTECODE:
            module, file = kernel, kernels.built(kernel, arch)
            assert file is not None, f"no kernel {kernel} for {arch}"
            (folder / f"{kernel}.mpy").write_bytes(file)
        (folder / MARK).touch()
        script = _ENGINE.format(folders=folders, runs=names, kernel=module, marks=_MARKS)
        between = counts(script, folder)
    marking, ticks = between[_MARKS - 2], iter(between[_MARKS::2])
    return [[next(ticks) - marking for _ in rows] for _, rows in runs]


_KERNEL = """
import ffi, uctypes
from array import array

code = ffi.open('libc.so.6').func('i', 'mmap', 'iiiiii')({address}, 4096, 7, 0x32, -1, 0)
with open({kernel!r}, 'rb') as f:
    uctypes.bytearray_at(code, 4096)[:{size}] = f.read()
kernel = ffi.func('i', code | 1, 'iip')
buffers = []

def room(size):
    buffers.append(bytearray(size))
    return uctypes.addressof(buffers[-1])

def run(name):
    with open(name, 'rb') as f:
        image = f.read()
    context = array('i', [0] * {k.WORDS})
    context[{k.CONTENT}] = room(256)
    context[{k.FRAME}] = room(256)
    context[{k.LAST}] = -1
    context[{k.IMAGE}] = at = room(len(image))
    uctypes.bytearray_at(at, len(image))[:] = image
    context[{k.ARENA}] = room(kernel({k.MEASURE}, at, context))
    kernel({k.START}, 0, context)
    with open(name + '.frames', 'rb') as f:
        frames = f.read().split(b'\\0\\0')
    states = open(name + '.states', 'wb')
    for frame in frames:
        mark()
        kernel({k.PUSH}, 0, context)
        for byte in frame:
            kernel({k.PUSH}, byte, context)
        kernel({k.PUSH}, 0, context)
        mark()
        states.write(uctypes.bytearray_at(context[{k.ARENA}], 8 * (image[16] | image[17] << 8)))  # u, v
    states.close()

for name in {runs!r}:
    run(name)
"""
_CODE_AT = 0x50000000


def kernel_ticks(runs: Sequence[Run]) -> list[list[int]]:
    """Instructions of each tick of each run, in the native code of the smallest boards (device/nano/kernel).

    Only what the code does for a tick, not what it does for any request: the blocks that no request executes
    which is refused or reads.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        between = blocks(_kernel_script(runs, folder), folder)[::2]
    place = iter(between)
    requests = [[next(place) for _ in _requests(rows)] for _, rows in runs]
    serving = {address for run in requests for request in run[: len(_others())] for address in request}
    return [
        [
            sum(
                n
                for address, n in tick.items()
                if address - _CODE_AT in range(4096) and address not in serving
            )
            for tick in run[len(_others()) :]
        ]
        for run in requests
    ]


def kernel_states(runs: Sequence[Run]) -> list[list[tuple[tuple[int, ...], tuple[int, ...]]]]:
    """u and v after each tick of each run, in the native code of the smallest boards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [*armv7_interpreter("armv7:").command, "-X", "heapsize=8M", "-c"]
        subprocess.run([*command, PRELUDE + _kernel_script(runs, folder)], cwd=folder, check=True)
        found = []
        for i, (program, rows) in enumerate(runs):
            states = np.fromfile(folder / f"{i}.states", "<i4").reshape(-1, 2, program.neurons)
            assert len(states) == len(_requests(rows))
            found.append([(tuple(u), tuple(v)) for u, v in states[len(_others()) :].tolist()])
    return found


def _kernel_script(runs: Sequence[Run], folder: Path) -> str:
    """The script that makes the runs in `folder`, where their images and requests are from now on."""
    kernel = resources.data_folder("nano") / "kernel" / "kernel.bin"
    for i, (program, rows) in enumerate(runs):
        (folder / str(i)).write_bytes(encode(program))
        (folder / f"{i}.frames").write_bytes(b"\0\0".join(_requests(rows)))
    return _KERNEL.format(
        address=_CODE_AT,
        kernel=str(kernel),
        size=kernel.stat().st_size,
        k=nano_context(),
        runs=[str(i) for i in range(len(runs))],
    )


def _requests(rows: Sequence[Sequence[int]]) -> list[bytes]:
    """Requests that make no tick, then one tick for each row: frames without their zero bytes."""
    steps = [struct.pack(f"<I{len(row)}h", t, *row) for t, row in enumerate(rows)]
    requests = [*_others(), *((wire.STEP, step) for step in steps)]
    out = bytearray(wire.MAX_FRAME)
    frames = []
    for number, (kind, payload) in enumerate(requests):
        size = wire.encode(kind, number % 255 + 1, payload, len(payload), out)
        frames.append(bytes(out[1 : size - 1]))
    return frames


def _others() -> list[tuple[int, bytes]]:
    reads = [struct.pack("<BH", table, 0) for table in (wire.READ_U, wire.READ_SPIKES, wire.READ_OUTPUTS)]
    wrong = [struct.pack("<I", 99), struct.pack("<I4h", 99, 0, 1, 2, 3)]
    sensed = [struct.pack("<Hh", 0, -1), struct.pack("<Hh", 0, 5000), struct.pack("<H3h", 0, 0, 0, 0)]
    return [
        *((wire.READ, read) for read in reads),
        *((wire.STEP, step) for step in wrong),
        *((wire.SENSE, values) for values in sensed),
        (wire.RESET, b""),
    ]


def nano_context() -> ModuleType:
    """The numbers that the native code shares with the Python around it."""
    spec = importlib.util.spec_from_file_location(
        "nano_context", resources.data_folder("nano") / "nano_context.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def excited(program: Program, ticks: int) -> Run:
    """The program with neurons that spike in every tick, whatever arrives, and readings at full scale."""
    always = Lif(du=4095, dv=4095, bias_mant=4095, bias_exp=7)
    populations, at = [], 0
    for p in program.populations:
        populations.append(dataclasses.replace(p, neuron=always, ring_at=at))
        at += p.size * p.depth
    changed = dataclasses.replace(
        program,
        populations=tuple(populations),
        sensors=tuple(dataclasses.replace(s, rate=4096 if s.rate else 0) for s in program.sensors),
        projections=tuple(
            dataclasses.replace(
                q,
                receptor=0,
                sign=1,
                shift=20 if q.group >= len(populations) and graded(program, q.group) else 0,
            )
            for q in program.projections
        ),
    )
    return changed, [[4095] * program.channels] * ticks


def activities(program: Program, rows: Sequence[Sequence[int]]) -> list[Activity]:
    """What happened in each tick, exactly."""
    engine = NativeEngine(encode(program))
    result = []
    for row in rows:
        for channel, reading in enumerate(row):
            engine.inputs[channel] = reading
        awake = [float(_awake(engine, p, i)) for i, p in enumerate(program.populations)]
        busy = [_busy(engine, p, i) for i, p in enumerate(program.populations)]
        reached = [
            np.count_nonzero(_due(engine, p, i)[: p.size]) / p.size for i, p in enumerate(program.populations)
        ]
        traced = np.array([_traced(engine, a.trace_at, a.traces) for a in program.actuators])
        engine.tick()
        spikes = np.zeros(program.neurons + program.channels)
        spikes[engine.fired[: engine.segments[len(engine.segments) - 1]]] = 1
        read = [np.count_nonzero(row[s.first : s.first + s.size]) / s.size for s in program.sensors]
        result.append(
            Activity(spikes, np.array(awake), np.array(busy), np.array(reached), np.array(read), traced)
        )
    return result


def _awake(engine: Engine, population: Population, index: int) -> bool:
    """Whether the native kernel will look at its neurons."""
    words = plan.PARTS + plan.POPULATION_WORDS * index
    slot = engine.slots[index]
    arrived = engine.plan[words + plan.ARRIVED + (slot >> 5)] >> (slot & 31) & 1
    return bool(arrived or engine.plan[words + plan.AWAKE] or not can_rest(population.neuron))


def _due(engine: Engine, population: Population, index: int) -> list[int]:
    """What arrives in this tick, at each receptor of all its neurons."""
    width = population.size * population.neuron.receptors
    at = population.ring_at + engine.slots[index] * width
    return list(engine.drive[at : at + width])


def _busy(engine: Engine, population: Population, index: int) -> float:
    """The share of its neurons whose tick will not be skipped."""
    p, neuron = population, population.neuron
    at = engine.extra_at[index]
    held = engine.extra[at : at + p.size * neuron.words]
    state = [*engine.u[p.first : p.first + p.size], *engine.v[p.first : p.first + p.size], *held]
    state += _due(engine, p, index)
    biases = neuron.biases if isinstance(neuron, GeneralLif) and neuron.biases else (neuron.bias,) * p.size
    return sum(bool(biases[i] or any(state[i :: p.size])) for i in range(p.size)) / p.size


def _traced(engine: Engine, at: int, size: int) -> float:
    return sum(map(bool, engine.traces[at : at + size])) / size if size else 0.0
