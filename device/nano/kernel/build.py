"""Builds the pieces of native code (kernel.bin and others) from C, with the Python modules' constants.

    pip install ziglang && python device/nano/kernel/build.py

They are kept in the repository so that installing needs no compiler; beside them, `sources.sha256` is the
hash of what they were built from, and a test refuses stale ones.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PIECES = ("kernel", "check", "tables", "flash")
MAX_FRAME = 60  # as in mycoflux.deploy.nano_bundle
MODULES = {
    "WIRE": ROOT / "device/myco/wire.py",
    "LAYOUT": ROOT / "device/myco/layout.py",
    "ARITH": ROOT / "device/myco/arith.py",
    "ENGINE": ROOT / "device/myco/engine.py",
    "ENCODERS": ROOT / "hal/myco_hal/encoders.py",
    "CRC": ROOT / "device/myco/crc.py",
    "": ROOT / "device/nano/nano_context.py",
}
FLAGS = [
    "-target",
    "thumb-freestanding-eabi",
    "-mcpu=cortex_m0",
    "-Oz",
    "-fropi",
    "-ffreestanding",
    "-fno-builtin",
    "-fno-jump-tables",
    "-fno-sanitize=all",
    "-fno-stack-protector",
    "-fno-unwind-tables",
    "-fomit-frame-pointer",
    "-std=c11",
    "-Wall",
    "-Werror",
    "-nostdlib",
    "-Wl,--build-id=none",
]
SCRIPT = "SECTIONS { . = 0; .text : { *(.entry*) *(.text*) } /DISCARD/ : { *(.ARM*) *(.comment) } }"


def constants() -> str:
    """C definitions of every number (and 4-byte magic) of the modules."""
    from mycoflux.deploy.slim import constants as read
    from mycoflux.deploy.slim import with_values

    lines = []
    for prefix, path in MODULES.items():
        source = path.read_text(encoding="utf-8")
        if prefix == "WIRE":
            source = with_values(source, {"MAX_FRAME": MAX_FRAME})
        for name, value in read(source).items():
            if isinstance(value, bytes) and len(value) == 4:
                value = int.from_bytes(value, "little")
            if isinstance(value, int):
                lines.append(f"#define {prefix + '_' if prefix else ''}{name.lstrip('_')} ({value})")
    return "\n".join(lines) + "\n"


def sources_hash(header: str) -> str:
    """What identifies the inputs of a build."""
    digest = hashlib.sha256()
    files = [(HERE / name).read_text(encoding="utf-8") for name in ("image.h", *[f"{p}.c" for p in PIECES])]
    for text in (header, *files, " ".join(FLAGS)):
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def build(piece: str, header: str) -> bytes:
    """Compile one file, link it at 0, cut out the code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "constants.h").write_text(header)
        (folder / "piece.ld").write_text(SCRIPT)
        zig = [sys.executable, "-m", "ziglang"]
        elf, binary = folder / "piece.elf", folder / "piece.bin"
        command = [*zig, "cc", *FLAGS, f"-I{folder}", str(HERE / f"{piece}.c"), "-o", str(elf)]
        subprocess.run([*command, f"-Wl,-T,{folder / 'piece.ld'}", f"-Wl,--entry={piece}"], check=True)
        subprocess.run([*zig, "objcopy", "-O", "binary", str(elf), str(binary)], check=True)
        return binary.read_bytes()


def main() -> None:
    """Build all pieces."""
    header = constants()
    for piece in PIECES:
        code = build(piece, header)
        (HERE / f"{piece}.bin").write_bytes(code)
        sys.stdout.write(f"{piece}.bin: {len(code)} bytes\n")
    (HERE / "sources.sha256").write_text(sources_hash(header) + "\n")


if __name__ == "__main__":
    main()
