"""Programs on one kernel in one MicroPython process, tick by tick: for holding kernels equal, fast."""

from __future__ import annotations

import subprocess
import tempfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from myco.crc import crc32
from myco.engine import Engine
from mycoflux import resources
from mycoflux.deploy import kernels
from mycoflux.link.unix_board import Interpreter, armv7_interpreter, native_interpreter
from mycoflux.program.image import encode
from mycoflux.program.types import Program

Run = tuple[Program, Sequence[Sequence[int]]]  # and the readings of each tick

RESET, WRITE = 15, 24  # ticks before which all begins anew, and potentials are written

_SCRIPT = """
import sys
sys.path[:0] = {folders!r}
from array import array
from myco.crc import crc32
from myco.engine import Engine
import {kernel} as kernel

{STRAIGHT}
made = 0
for i in range({runs}):
    with open('%d.image' % i, 'rb') as f:
        engine = Engine(bytearray(f.read()), kernel)
    if {straight}:
        straight.make(engine)
        made += len(engine.code)
    with open('%d.inputs' % i, 'rb') as f:
        inputs = array('h', f.read())
    channels = engine.header.channels
    for t in range(len(inputs) // (channels or 1)):
        if t == {RESET}:
            engine.reset()
        if t == {WRITE}:
            for n in range(engine.header.neurons):
                engine.v[n] = n * 97 - 150
            engine.written()
        for c in range(channels):
            engine.inputs[c] = inputs[t * channels + c]
        engine.tick()
        fired = engine.fired[:engine.segments[len(engine.segments) - 1]]
        parts = (engine.u, engine.v, engine.extra, engine.drive, engine.outputs, engine.traces, fired)
        print(i, t, *[crc32(bytes(part)) for part in parts])
if {straight}:
    print(made, "tables as code")
"""
# Linux runs no code from MicroPython's heap; QEMU sees what was written, as processors without caches do.
STRAIGHT = """
import ffi
from myco import straight

mmap = ffi.open('libc.so.6').func('P', 'mmap', 'PiiiiI')
straight.can_run = lambda: True
straight.room = lambda size: (None, mmap(None, size, 7, 0x22, -1, 0))
"""


@dataclass(frozen=True)
class Target:
    """An emulated processor, and which build of a kernel to run on it."""

    board: str  # "virtual" or "armv7"
    arch: str

    def interpreter(self) -> Interpreter:
        """How to run MicroPython on it."""
        return native_interpreter("virtual:") if self.board == "virtual" else armv7_interpreter("armv7:")


# An ARMv7 processor also runs what is built for a Cortex-M0.
TARGETS = (Target("virtual", "x64"), Target("armv7", "armv7emsp"), Target("armv7", "armv6m"))


def on_kernel(runs: Sequence[Run], target: Target, name: str, straight: bool = False) -> list[str]:
    """A line for each tick: run, tick, checksums of u, v, extra, drive, outputs, traces, spikes.

    Programs without channels have no ticks here: readings say how many there are. straight: hot tables become
    straight-line code, on ARM; a last line says how many did.

    Raises:
        AssertionError: the script failed; with what it said.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        file = kernels.built(name, target.arch)
        assert file is not None, f"no kernel {name} for {target.arch}"
        (folder / f"{name}.mpy").write_bytes(file)
        for i, (program, rows) in enumerate(runs):
            (folder / f"{i}.image").write_bytes(encode(program))
            (folder / f"{i}.inputs").write_bytes(array("h", [x for row in rows for x in row]).tobytes())
        folders = [str(resources.package_folder(package).parent) for package in ("myco", "myco_hal")]
        script = _SCRIPT.format(
            folders=folders,
            kernel=name,
            runs=len(runs),
            RESET=RESET,
            WRITE=WRITE,
            STRAIGHT=STRAIGHT if straight else "",
            straight=straight,
        )
        command = [*target.interpreter().command, "-X", "heapsize=16M", "-c", script]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "Traceback" not in ran.stderr + ran.stdout, ran.stderr + ran.stdout[-2000:]
    return ran.stdout.splitlines()


def on_bytecode(runs: Sequence[Run]) -> list[str]:
    """The same by the bytecode kernel, in this process."""
    lines = []
    for i, (program, rows) in enumerate(runs):
        engine = Engine(bytearray(encode(program)))
        for t, row in enumerate(rows):
            if t == RESET:
                engine.reset()
            if t == WRITE:
                for n in range(engine.header.neurons):
                    engine.v[n] = n * 97 - 150
                engine.written()
            for c, reading in enumerate(row):
                engine.inputs[c] = reading
            engine.tick()
            fired = engine.fired[: engine.segments[len(engine.segments) - 1]]
            parts = (engine.u, engine.v, engine.extra, engine.drive, engine.outputs, engine.traces, fired)
            lines.append(" ".join(map(str, (i, t, *(crc32(bytes(part)) for part in parts)))))
    return lines
