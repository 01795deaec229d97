"""`device/nano/kernel/check.c` and `tables.c`, compiled for this computer: the very lines that boards run."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from mycoflux.resources import data_folder

FLAGS = ("-std=c11", "-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-fno-builtin")
TRAPS = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")  # ends the process


def build_module() -> ModuleType:
    """`kernel/build.py`, which knows the constants."""
    spec = importlib.util.spec_from_file_location(
        "build_nano_kernel", data_folder("nano") / "kernel" / "build.py"
    )
    assert spec is not None and spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    return build


def host_compiler() -> list[str]:
    """How to call this computer's C compiler."""
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    raise AssertionError("this test compiles C: install gcc or clang, or `pip install ziglang`")


@functools.cache
def nano_check() -> Callable[[bytes], int]:
    """A function that says of an image what the smallest runtime does: one of layout.IMAGE_*, or 0."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "constants.h").write_text(build_module().constants())
        kernel, library = data_folder("nano") / "kernel", folder / "check.so"
        sources = [str(kernel / "check.c"), str(kernel / "tables.c")]
        # The section is for the linker of the board; not every system's assembler takes its name.
        command = [*host_compiler(), *FLAGS, *TRAPS, "-Dsection(x)=used", f"-I{folder}", *sources]
        ran = subprocess.run([*command, "-o", str(library)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        pieces = ctypes.CDLL(str(library))
    pieces.check.argtypes = pieces.tables.argtypes = (ctypes.c_char_p, ctypes.c_uint32)

    def code(image: bytes) -> int:
        return int(pieces.check(image, len(image)) or pieces.tables(image, len(image)))

    return code
