"""Builds the native kernel: `device/kernels/native` to one piece of position-independent code for each arch.

    apt-get install gcc gcc-arm-none-eabi && python -m firmware_tools.build_kernels

What it makes is kept in device/kernels/built and goes into the wheel, with a record: which compilers made it,
and a hash of them, the sources and the files.

The code begins with its entry, a function of the calling convention of MicroPython's viper functions
(entry.c); it lies anywhere, and has no data of its own. What would break that is refused here: relocations
that depend on a place, static data, calls into a library.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware_tools import mpy_file
from firmware_tools.build_viper import BUILT, cross, cross_version
from mycoflux.deploy.slim import constants as constants_of
from mycoflux.deploy.slim import slim

ROOT = Path(__file__).resolve().parents[1]
NATIVE = ROOT / "device" / "kernels" / "native"
RECORDS = ROOT / "device" / "nano" / "kernel"  # image.h
RECORD = BUILT / "native.sha256"
PIECES = ("entry", "run", "integrate", "models", "propagate", "ports", "hot", "emit")
MODULES = {
    "PLAN": ROOT / "device/myco/plan.py",
    "LAYOUT": ROOT / "device/myco/layout.py",
    "MODELS": ROOT / "device/myco/models.py",
    "NEURONS": ROOT / "device/myco/neurons.py",
    "ARITH": ROOT / "device/myco/arith.py",
    "ENCODERS": ROOT / "hal/myco_hal/encoders.py",
}
COMPILER = "arm-none-eabi-gcc"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-parentheses")
FLAGS = (
    *WARNINGS,
    "-Os",
    "-ffreestanding",
    "-fno-builtin",
    "-fno-jump-tables",
    "-fno-tree-loop-distribute-patterns",
    "-fno-common",
    "-fno-stack-protector",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-fomit-frame-pointer",
)
LINK = ("-nostdlib", "-static", "-Wl,--emit-relocs", "-Wl,--build-id=none", "-Wl,--fatal-warnings")
# One section of code; what the assertions find would be data.
SCRIPT = """ENTRY(run)
SECTIONS {
    . = 0;
    .text : { *(.entry*) *(.text*) }
    .data : { *(.rodata*) *(.data*) *(.got*) *(.bss*) *(COMMON) }
    ASSERT(SIZEOF(.data) == 0, "the kernel has static data")
    /DISCARD/ : { *(.ARM*) *(.comment) *(.note*) *(.eh_frame*) }
}
"""
# Relative to where the code lies, wherever that is. What is not here is refused.
_RELATIVE = {
    *("R_ARM_THM_CALL", "R_ARM_THM_JUMP24", "R_ARM_THM_JUMP11", "R_ARM_THM_JUMP8", "R_ARM_V4BX"),
    *("R_X86_64_PC32", "R_X86_64_PLT32"),
}


@dataclass(frozen=True)
class Arch:
    """A kind of processor: its files of hot loops (none: those in C), how it is compiled for."""

    hot: tuple[str, ...]
    flags: tuple[str, ...]
    tools: str = "arm-none-eabi-"


_X64_LINK = ("-fcf-protection=none", "-Wl,--no-warn-rwx-segments")
ARCHS = {  # by MicroPython's names
    "armv6m": Arch(("hot_armv6m.S", "hot_armv6m_rows.S"), ("-mcpu=cortex-m0", "-mthumb")),
    "armv7m": Arch(("hot_armv7m.S",), ("-mcpu=cortex-m3", "-mthumb")),
    "armv7emsp": Arch(("hot_armv7m.S",), ("-mcpu=cortex-m4", "-mthumb", "-Wa,--defsym,DSP=1")),
    # Vectors would bring constants, which must lie on multiples of 16.
    "x64": Arch((), ("-O2", "-m64", "-fPIC", "-fvisibility=hidden", "-fno-tree-vectorize", *_X64_LINK), ""),
}


class KernelError(Exception):
    """The kernel cannot be built, or what was built cannot be placed anywhere."""


def constants() -> str:
    """C definitions of every whole number that the Python modules name at their top."""
    lines = []
    for prefix, path in MODULES.items():
        for name, value in constants_of(path.read_text(encoding="utf-8")).items():
            if isinstance(value, int):
                lines.append(f"#define {prefix}_{name.lstrip('_')} ({value})")
    return "\n".join(lines) + "\n"


def sources(arch: Arch) -> list[Path]:
    """The files that the kernel of an arch is made of."""
    return [NATIVE / name for name in (*(f"{piece}.c" for piece in PIECES), *arch.hot)]


def compile_c(arch: str, folder: Path) -> bytes:
    """The code for an arch of ARCHS; `folder` is for what comes in between.

    Raises:
        KernelError: there is no compiler, it refuses, or the code is bound to a place.
    """
    kind = ARCHS[arch]
    (folder / "constants.h").write_text(constants(), encoding="utf-8")
    (folder / "kernel.ld").write_text(SCRIPT, encoding="utf-8")
    elf, binary = folder / f"{arch}.elf", folder / f"{arch}.bin"
    script = f"-Wl,-T,{folder / 'kernel.ld'}"
    _run(
        f"{kind.tools}gcc",
        *FLAGS,
        *kind.flags,
        f"-I{folder}",
        f"-I{RECORDS}",
        *sources(kind),
        *LINK,
        script,
        "-o",
        elf,
    )
    relocations = _run(f"{kind.tools}readelf", "--relocs", "--wide", elf).splitlines()
    kinds = {line.split()[2] for line in relocations if " R_" in line}
    if kinds - _RELATIVE:
        raise KernelError(
            f"the kernel for {arch} is bound to a place: {', '.join(sorted(kinds - _RELATIVE))}"
        )
    _run(f"{kind.tools}objcopy", "-O", "binary", "-j", ".text", elf, binary)
    return binary.read_bytes()


def mpy(arch: str, folder: Path) -> bytes:
    """The kernel for an arch as a .mpy file, with its Python part (native.py); `folder` as of `compile_c`.

    Raises:
        KernelError: as `compile_c`.
    """
    python = slim(
        (NATIVE / "native.py").read_text("utf-8"), {"myco.plan": MODULES["PLAN"].read_text("utf-8")}
    )
    return module(python, arch, "native", compile_c(arch, folder))


def module(python: str, arch: str, name: str, code: bytes) -> bytes:
    """The .mpy file of module `name`: what `python` says, its viper function `run` made of `code`.

    Raises:
        KernelError: `python` has constants that are objects (tuples, floats, long texts). They would come
            before the function table, which the code looks for first (entry.c).
        mpy_file.MpyError: it has no such function.
        ChildProcessError: mpy-cross refuses it.
    """
    file = mpy_file.read(cross(python, arch, f"myco/{name}.py"))
    if file.objects[:1] != (mpy_file.FUNCTION_TABLE,):
        raise KernelError(f"{name}.py has constants that are objects: they come before the function table")
    return mpy_file.write(file.with_code("run", code))


def tools(arch: str) -> str:
    """The compiler and the linker for an arch that are here, as they call themselves.

    Raises:
        KernelError: there are none.
    """
    kind = ARCHS[arch]
    return "; ".join(
        _run(f"{kind.tools}{name}", "--version").splitlines()[0].strip() for name in ("gcc", "ld")
    )


def record(made_by: Mapping[str, str]) -> str:
    """The text of RECORD: the tools of each arch, and a hash of them, the sources and the files built."""
    parts = [cross_version().encode(), constants().encode()]
    own = [Path(__file__), Path(mpy_file.__file__), *sorted(NATIVE.iterdir()), *sorted(RECORDS.glob("*.h"))]
    parts += [part for path in own for part in (path.name.encode(), path.read_bytes())]
    parts += [(BUILT / f"native-{arch}.mpy").read_bytes() for arch in ARCHS]
    lines = [f"{arch}: {made_by[arch]}" for arch in ARCHS]
    digest = hashlib.sha256()
    for part in (*parts, *(line.encode() for line in lines)):
        digest.update(len(part).to_bytes(4, "little") + part)
    return "\n".join((digest.hexdigest(), *lines, ""))


def recorded_tools() -> dict[str, str]:
    """The tools of each arch that made what is in BUILT."""
    lines = RECORD.read_text(encoding="utf-8").splitlines()[1:]
    return dict(line.split(": ", 1) for line in lines)


def _run(*command: str | Path) -> str:
    try:
        ran = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise KernelError(
            f"{command[0]} is not installed: `apt-get install gcc gcc-arm-none-eabi`"
        ) from error
    if ran.returncode:
        raise KernelError(f"{command[0]}: {ran.stderr.strip()}")
    return ran.stdout


def main() -> None:
    """Build them all."""
    with tempfile.TemporaryDirectory() as name:
        for arch in ARCHS:
            data = mpy(arch, Path(name))
            (BUILT / f"native-{arch}.mpy").write_bytes(data)
            print(f"native-{arch}.mpy: {len(data)} bytes")
    RECORD.write_text(record({arch: tools(arch) for arch in ARCHS}), encoding="utf-8")


if __name__ == "__main__":
    main()
