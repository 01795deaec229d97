"""Bare ARM machines under QEMU: they run the native kernel's code as it is shipped, and count instructions.

With `-icount shift=0` a machine takes one nanosecond for an instruction, whatever the computer does
meanwhile, and its timer counts nanoseconds. `tests/bench/bare` is what runs there; it carries out orders.
"""

from __future__ import annotations

import struct
import subprocess
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firmware_tools import build_kernels, mpy_file

from myco import plan
from myco.engine import Engine
from mycoflux.deploy.kernels import built
from tests.native_kernel import BUFFERS, comparable

BARE = Path(__file__).resolve().parent / "bench" / "bare"
FINISH, RUN, SET, DUMP, SPIKES, STRAIGHTEN, TIME, TIME_C, TIME_VIPER = range(9)  # as runner.c
C_NOTHING, C_LIF, C_SPIKES, C_LOOP = range(4)  # as baseline.c
ATTRIBUTE_ZEROS, ATTRIBUTE_NUMBER = 0x40000000, 0x50000000
_NO_ROOM = 6  # how runner.c ends then
_HEAD = 28  # bytes of runner.c's Orders
_COUNTS = {"inputs": "channels", "sigma": "channels", "traces": "traces", "outputs": "actuators"}
C_FLAGS = ("-std=c11", "-O2", "-mthumb", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-Wno-parentheses")


@dataclass(frozen=True)
class Machine:
    """A machine of QEMU's: the kernels its processor takes, where orders lie, how fast its timer counts."""

    qemu: str
    cpu: str
    archs: tuple[str, ...]
    orders: int
    timer_hz: int

    @property
    def per_tick(self) -> float:
        """Instructions between two counts of the timer."""
        return 1e9 / self.timer_hz


MACHINES = {
    "cortex-m0": Machine("microbit", "cortex-m0", ("armv6m",), 0x10000, 16_000_000),
    # The same code on a processor that has its instructions too, and more memory.
    "cortex-m0, 2 MB": Machine("mps2-an505", "cortex-m0", ("armv6m",), 0x10010000, 20_000_000),
    "cortex-m33": Machine("mps2-an505", "cortex-m33", ("armv7m", "armv7emsp"), 0x10010000, 20_000_000),
}


class NoRoom(Exception):
    """The machine's memory does not hold the buffers of the image."""


@dataclass
class Orders:
    """What a machine is to do with one image; `words` are the orders so far."""

    image: bytes
    kernel: bytes
    code_bytes: int = 0
    viper: bytes = (
        b""  # a function's code, and the attributes that it may ask for by the places of their names
    )
    attributes: tuple[int, ...] = ()
    words: list[int] = field(default_factory=list)
    asked: int = 0  # answers of the kernel's

    def run(self, op: int, first: int = 0, second: int = 0) -> None:
        """Call the kernel; its result is put out. For EMIT, `second` counts from the room for code."""
        self.words += [RUN, op, first, second]
        self.asked += 1

    def set(self, buffer: int, index: int, value: int, width: int = 4) -> None:
        """buffer: one of plan's words."""
        self.words += [SET, buffer, index, width, value & 0xFFFFFFFF]

    def dump(self) -> None:
        """Put out all buffers."""
        self.words.append(DUMP)

    def straighten(self, least: int = 0) -> None:
        """Make straight-line code as far as there is room; put out of how many projections, and its bytes.

        least: of so many, or there is no room.
        """
        self.words += [STRAIGHTEN, least]

    def time(self, kind: int, times: int, *arguments: int) -> None:
        """Put out what `times` calls take, in counts of the timer; arguments begin with what is called."""
        self.words += [kind, times, len(arguments), *arguments]

    def bytes(self) -> bytes:
        """As they lie in the machine's memory."""
        extra = len(Engine(self.image).extra)
        commands = struct.pack(f"<{len(self.words) + 1}I", *self.words, FINISH)
        attributes = struct.pack(f"<{len(self.attributes)}I", *self.attributes)
        body, places = b"", []
        for part in (self.kernel, self.image, commands, self.viper, attributes):
            places.append(_HEAD + len(body))
            body += part + bytes(-len(part) % 4)
        return struct.pack("<7I", *places[:3], self.code_bytes, extra, *places[3:]) + body


def build_runner(name: str, folder: Path) -> Path:
    """The program of a machine of MACHINES, as an ELF file in `folder`."""
    machine = MACHINES[name]
    (folder / "constants.h").write_text(build_kernels.constants(), encoding="utf-8")
    elf = folder / f"runner-{machine.qemu}-{machine.cpu}.elf"
    sources = [str(BARE / f"{piece}.c") for piece in ("machine", "runner", "baseline")]
    includes = (
        f"-I{folder}",
        f"-I{build_kernels.NATIVE}",
        f"-I{build_kernels.RECORDS}",
        f"-I{BARE}",
        f"-L{BARE}",
    )
    link = ("-nostdlib", "-nostartfiles", f"-Wl,-T,{BARE / machine.qemu}.ld", "-Wl,--build-id=none")
    command = [build_kernels.COMPILER, f"-mcpu={machine.cpu}", *C_FLAGS, *includes, *sources, *link]
    ran = subprocess.run([*command, "-o", str(elf)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return elf


def run(name: str, elf: Path, orders: Orders, *flags: str, counted: bool = True) -> bytes:
    """What a machine puts out as it carries out `orders`; where not `counted`, its clock means nothing."""
    machine, folder = MACHINES[name], elf.parent
    (folder / "orders.bin").write_bytes(orders.bytes())
    command = [
        "qemu-system-arm",
        "-machine",
        machine.qemu,
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "none",
    ]
    command += ["-icount", "shift=0"] if counted else []
    command += ["-semihosting-config", "enable=on,target=native", "-kernel", str(elf)]
    command += ["-device", f"loader,file=orders.bin,addr={machine.orders:#x},force-raw=on", *flags]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if ran.returncode == _NO_ROOM:
        raise NoRoom
    assert ran.returncode == 0, f"ended with {ran.returncode}: {ran.stderr}"
    return (folder / "output.bin").read_bytes()


def run_program(
    name: str,
    elf: Path,
    orders: Orders,
    inputs: Sequence[Sequence[int]],
    stages: Sequence[tuple[int, ...]] = ((plan.TICK,),),
) -> tuple[list[int], list[list[float]], list[list[int]]]:
    """Run a program for a tick with each row of readings.

    Args:
        name: of MACHINES.
        elf: its program.
        orders: of the image; nothing that puts out more than the kernel's answers (`Orders.run`).
        inputs: a row of readings for each tick.
        stages: what a tick is made of, with arguments; all of it in one call if left out.

    Returns:
        The answers, each tick's instructions by stage, and the neurons that spiked in it.
    """
    asked = orders.asked
    before = [0] * len(inputs[0])
    for readings in inputs:
        for channel, reading in enumerate(readings):
            if reading != before[channel]:
                orders.set(plan.INPUTS, channel, reading, 2)
        before = list(readings)
        for op, *arguments in stages:
            orders.time(TIME, 1, op, 0, *arguments)
        orders.words.append(SPIKES)
    out = run(name, elf, orders)
    answers = list(struct.unpack_from(f"<{asked}i", out))
    at, took, spikes = 4 * asked, [], []
    for _ in inputs:
        *counts, fired = struct.unpack_from(f"<{len(stages) + 1}I", out, at)
        at += 4 * (len(stages) + 1)
        took.append([count * MACHINES[name].per_tick for count in counts])
        spikes.append(list(array("H", out[at : at + 2 * fired])))
        at += 2 * fired
    return answers, took, spikes


def read_state(engine: Engine, out: bytes) -> tuple[dict[str, list[int]], bytes]:
    """What `dump` put out of a program that `engine` runs too, and what comes behind it."""
    kept, header = {}, engine.header
    for name in BUFFERS:
        buffer = getattr(engine, name)
        size = len(buffer)
        if name == "payload":
            size = header.neurons + header.channels
        elif name in _COUNTS and not getattr(header, _COUNTS[name]):
            size = 0  # the engine's are never empty
        values = array(buffer.typecode, out[: size * buffer.itemsize])
        kept[name], out = list(values) or [0], out[size * buffer.itemsize :]
    return comparable(engine, kept), out


def shipped(arch: str) -> bytes:
    """The native kernel's machine code for an ARM arch, out of the file that boards get."""
    file = built("native", arch)
    assert file is not None, f"no native kernel for {arch} comes with mycoflux"
    return mpy_file.read(file).functions()["run"].code


def kernels(folder: Path) -> dict[str, bytes]:
    """The native kernel for every ARM arch, built now."""
    archs = {arch for machine in MACHINES.values() for arch in machine.archs}
    return {arch: build_kernels.compile_c(arch, folder) for arch in archs}
