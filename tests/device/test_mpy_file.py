"""The .mpy container: what mpy-cross writes is read and written back, and code that replaces code runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from firmware_tools import mpy_file
from firmware_tools.build_kernels import KernelError, module
from firmware_tools.build_viper import cross

from mycoflux.link.repl import ARCHS as BOARD_ARCHS
from tests.device.kernel_runs import Target

SOURCE = """
CONSTANTS = (1, 2.5, 1 << 40, 3j, b"bytes", "text that is too long to be interned by MicroPython", None, ...)

@micropython.viper
def fast(x: int, p: ptr32) -> int:
    return x + p[0]

@micropython.native
def native(x):
    return [i for i in range(x)]

def plain(a, *, b=3):
    def inner():
        return a + b
    while b < 300:
        if b == 7:
            continue
        b += 1
    return inner

class Thing:
    def method(self):
        return CONSTANTS
"""
ARCHS = BOARD_ARCHS[1:-1]  # mpy-cross has no rv64imc

# C of the viper calling convention: the sum of the first `args[1]` words of the array `args[0]`, now doubled.
C = """
#include <stdint.h>
#include <stddef.h>
typedef struct {
    void *none, *no, *yes;
    uintptr_t (*take)(void *, uintptr_t);
    void *(*give)(uintptr_t, uintptr_t);
} table;
typedef struct { void *base, *globals, *qstrs; const table **objects; } context;
typedef struct { void *base; context *context; } function;

void *run(function *self, size_t n_args, size_t n_kw, void *const *args) {
    const table *mp = self->context->objects[0];
    int32_t *words = (int32_t *)mp->take(args[0], 7);
    intptr_t left = (intptr_t)mp->take(args[1], 2), sum = 0;
    for (; n_args == 2 && n_kw == 0 && left > 0; left--, words++) {
        sum += *words;
        *words *= 2;
    }
    return mp->give((uintptr_t)sum, 2);
}
"""
STUB = """
@micropython.viper
def run(x: int) -> int:
    return x

"""
FLAGS = ["-O2", "-fPIC", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-c"]


@pytest.mark.parametrize("arch", ARCHS)
def test_files_are_read_and_written_back(arch: str) -> None:
    data = cross(SOURCE, arch, "some.py")
    file = mpy_file.read(data)
    assert mpy_file.write(file) == data
    assert file.arch == arch
    kinds = {name: mpy_file.KINDS[raw.kind] for name, raw in file.functions().items()}
    assert kinds == {"fast": "viper", "native": "native", "plain": "bytecode"}
    other = file.with_code("fast", b"\1\2\3" * 50)
    assert other.functions()["fast"].code == b"\1\2\3" * 50
    assert mpy_file.read(mpy_file.write(other)) == other
    assert other.with_code("fast", file.functions()["fast"].code) == file


def test_damaged_files_are_refused() -> None:
    data = cross(SOURCE, "armv6m", "some.py")
    for size in range(len(data)):
        with pytest.raises(mpy_file.MpyError):
            mpy_file.read(data[:size])
    with pytest.raises(mpy_file.MpyError, match="behind the end"):
        mpy_file.read(data + b"\0")
    with pytest.raises(mpy_file.MpyError, match=r"not a .mpy file of version 6\.3"):
        mpy_file.read(b"M\5" + data[2:])
    with pytest.raises(mpy_file.MpyError, match="no viper function 'plain', but fast, native, plain"):
        mpy_file.read(data).with_code("plain", b"")


def test_constants_before_the_function_table_are_refused() -> None:
    with pytest.raises(KernelError, match="function table"):
        module(STUB + "A = (1, 2)\n", "x64", "some", b"\0")


def compiled(arch: str, folder: Path) -> bytes:
    """The machine code of C."""
    tools, more = (
        ("", ["-fcf-protection=none"])
        if arch == "x64"
        else ("arm-none-eabi-", ["-mthumb", "-mcpu=cortex-m0"])
    )
    source, made, code = folder / "f.c", folder / "f.o", folder / "f.bin"
    source.write_text(C)
    subprocess.run([f"{tools}gcc", *FLAGS, *more, str(source), "-o", str(made)], check=True)
    subprocess.run([f"{tools}objcopy", "-O", "binary", "-j", ".text", str(made), str(code)], check=True)
    return code.read_bytes()


CALL = """
import k
from array import array
a = array('i', [1, 2, -300, 7, 9])
print(k.NAME, k.run(a, 4), list(a), k.run(array('i', [-1 << 31]), 1), k.run(a, 0))
"""


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(Target("virtual", "x64"), marks=pytest.mark.virtual, id="virtual"),
        pytest.param(Target("armv7", "armv6m"), marks=pytest.mark.armv7, id="armv7"),
    ],
)
def test_code_from_c_runs_as_a_viper_function(target: Target, tmp_path: Path) -> None:
    """It finds the function table, takes an array's memory and gives a number back."""
    code = compiled(target.arch, tmp_path)
    (tmp_path / "k.mpy").write_bytes(module(STUB + "NAME = 'from C'\n", target.arch, "k", code))
    ran = subprocess.run(
        [*target.interpreter().command, "-c", CALL], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.stdout.split("\n")[0] == "from C -290 [2, 4, -600, 14, 9] -2147483648 0", ran.stderr
