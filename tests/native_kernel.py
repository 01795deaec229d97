"""`device/kernels/native` compiled for this computer, with traps where C leaves the result open."""

from __future__ import annotations

import ctypes
import functools
import subprocess
import tempfile
from array import array
from pathlib import Path

from firmware_tools import build_kernels

from myco import plan
from myco.engine import Engine, zeros
from tests.native import TRAPS, host_compiler

FLAGS = ("-O1", "-g", "-shared", "-fPIC", "-fno-builtin", "-DHOST")
BUFFERS = (  # of an engine, in the order of the plan's words
    "u",
    "v",
    "extra",
    "drive",
    "inputs",
    "sigma",
    "traces",
    "outputs",
    "fired",
    "payload",
    "segments",
    "slots",
    "phases",
)


@functools.cache
def library() -> ctypes.CDLL:
    """The kernel as a shared library; a process that runs into undefined behaviour in it ends."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "constants.h").write_text(build_kernels.constants(), encoding="utf-8")
        sources = [str(build_kernels.NATIVE / f"{piece}.c") for piece in build_kernels.PIECES]
        # The section is for the linker of the board; not every system's assembler takes its name.
        command = [
            *host_compiler(),
            *build_kernels.WARNINGS,
            *FLAGS,
            *TRAPS,
            "-Dsection(x)=used",
            f"-I{folder}",
            f"-I{build_kernels.RECORDS}",
        ]
        library = folder / "native.so"
        ran = subprocess.run(
            [*command, *sources, "-o", str(library)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        pieces = ctypes.CDLL(str(library))
    pieces.native_run.argtypes = (ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p)
    return pieces


class NativeEngine(Engine):
    """An engine whose ticks are the native kernel's."""

    def __init__(self, image: bytes) -> None:
        super().__init__(image)
        self.plan = zeros("l", plan.words(self.header))
        self.kept = (ctypes.c_char * len(image)).from_buffer_copy(image)  # begins on a multiple of 4
        places = [getattr(self, name).buffer_info()[0] for name in BUFFERS]
        self.run(plan.BIND, ctypes.addressof(self.kept), *places, 0)

    def run(self, op: int, *arguments: int) -> int:
        """What `run(op, plan, ...)` says on a board."""
        values = array("l", arguments or (0,))
        return library().native_run(op, self.plan.buffer_info()[0], values.buffer_info()[0])

    def tick(self) -> None:
        """One tick, all of it native."""
        self.run(plan.TICK)

    def written(self) -> None:
        """State was written from outside."""
        self.run(plan.FORGET)


def state(engine: Engine) -> dict[str, list[int]]:
    """All that an engine holds between ticks, and what it did in the last one."""
    return comparable(engine, {name: list(getattr(engine, name)) for name in BUFFERS})


def comparable(engine: Engine, kept: dict[str, list[int]]) -> dict[str, list[int]]:
    """The contents of buffers without what lies in them from earlier ticks."""
    segments = kept["segments"]
    graded = [g for g in range(engine.header.populations) if engine.graded[g]]
    values = [x for g in graded for x in kept["payload"][segments[g] : segments[g + 1]]]
    return {**kept, "fired": kept["fired"][: segments[-1]], "payload": values}
