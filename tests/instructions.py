"""Counts the instructions that a 32-bit ARM takes, under QEMU's user emulation: exactly, busy machine or not.

QEMU logs every block of instructions when it translates it and whenever it executes it (`-d in_asm,exec`,
with `nochain`, so that none is passed over), and every system call. A script marks a moment by `mark()`,
which asks for a file. What lies between two marks is counted.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mycoflux.link.unix_board import armv7_interpreter

MARK = "mycoflux-mark"  # the file that a script asks for; where it is there, a mark takes fewer instructions
# What scripts mark moments with.
PRELUDE = f"""
import os

def mark():
    try:
        os.stat({MARK!r})
    except OSError:
        pass
"""
_CHUNK = 1 << 20
_TRANSLATED = re.compile(rb"^IN: .*\n0x(\w+)((?:.*\n0x)*.*)", re.MULTILINE)
_EXECUTED = re.compile(rb"^Trace [^\[]*\[\w+/(\w+)/", re.MULTILINE)


def counts(script: str, folder: Path) -> list[int]:
    """Instructions between consecutive marks of a MicroPython script; arguments and errors as of `blocks`."""
    return [sum(between.values()) for between in blocks(script, folder)]


def blocks(script: str, folder: Path) -> list[dict[int, int]]:
    """The same by where the instructions lie: for each address that a block begins at, those executed in it.

    The script runs in `folder` on a 32-bit ARM with 8 MB of heap; `mark` and `os` are there.

    Raises:
        EmulatorMissing: QEMU or the MicroPython for it is not installed.
        AssertionError: the script failed; with what it said.
    """
    qemu, *micropython = armv7_interpreter("armv7:").command
    source, target = os.pipe()
    flags = ["-strace", "-d", "nochain,exec,in_asm", "-D", f"/dev/fd/{target}"]
    command = [qemu, *flags, *micropython, "-X", "heapsize=8M", "-c", PRELUDE + script]
    with tempfile.TemporaryFile() as said, os.fdopen(source, "rb") as log:
        ran = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, pass_fds=(target,))
        os.close(target)
        counted = list(_between_marks(log))
        failed = ran.wait()
        said.seek(0)
        assert not failed, said.read().decode(errors="replace")[-1000:]
    return counted


def executed(log: Path) -> dict[int, int]:
    """The instructions in a whole log of QEMU's, by the address at which their block begins."""
    text = log.read_bytes()
    sizes = {match[1]: 1 + match[2].count(b"\n") for match in _TRANSLATED.finditer(text)}
    return {int(at, 16): n * sizes[at] for at, n in Counter(_EXECUTED.findall(text)).items() if at in sizes}


def _between_marks(log: BinaryIO) -> Iterator[dict[int, int]]:
    sizes: dict[bytes, int] = {}
    done: Counter[int] = Counter()
    begun = False
    for part, marked in _parts(log):
        for match in _TRANSLATED.finditer(part):
            sizes[match[1]] = 1 + match[2].count(b"\n")
        if begun:
            for address, times in Counter(_EXECUTED.findall(part)).items():
                done[int(address, 16)] += sizes[address] * times
        if marked:
            if begun:
                yield dict(done)
            begun = True
            done.clear()


def _parts(log: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Pieces of the log that end at the end of an entry, and whether there is a mark behind."""
    rest = b""
    while chunk := log.read(_CHUNK):
        *parts, rest = (rest + chunk).split(MARK.encode())
        for part in parts:
            yield part, True
        end = rest.rfind(b"\nTrace ") + 1  # no translation is cut in two
        yield rest[:end], False
        rest = rest[end:]
    yield rest, False
