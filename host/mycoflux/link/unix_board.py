"""MicroPython's unix port as a board: `virtual:` (native) and `armv7:` (32-bit ARM, emulated)."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mycoflux.errors import EmulatorMissing, FirmwareTooOld
from mycoflux.link import board_folder, unix_prompt
from mycoflux.link.board_file import BoardFile
from mycoflux.link.board_folder import BoardFolder
from mycoflux.link.board_url import BoardUrl
from mycoflux.link.pty_board import PtyBoard

PATH_MINIMUM = (1, 23)  # of a `micropython` on PATH: reads .mpy 6.3, as the packaged one does
_RAW_REPL_SINCE = (1, 28)  # 1.25's unix port has none; where unsure we bring our own, which always works


@dataclass(frozen=True)
class Interpreter:
    """How to run MicroPython's unix port."""

    command: Sequence[str]
    has_raw_repl: bool


class UnixBoard(PtyBoard):
    """An interpreter on a pty, whose working folder is the board's file system.

    As on a board, `main.py` runs when it starts, and it starts again when it ends.
    """

    def __init__(self, url: str, interpreter: Interpreter, heap_kib: int, root: Path | None) -> None:
        self._folder = BoardFolder(url, root, "mycoflux-board-")
        self.root = self._folder.path
        start = [*interpreter.command, "-X", f"heapsize={heap_kib}k"]
        main = self.root / "main.py"

        def command() -> list[str]:
            if not interpreter.has_raw_repl:
                return [*start, "-c", unix_prompt.PROMPT]
            return [*start, "-i", "main.py"] if main.is_file() else [*start, "-i"]

        try:
            super().__init__(
                url,
                command,
                cwd=str(self.root),
                env={
                    "PATH": os.environ.get("PATH", os.defpath),
                    "MICROPYPATH": ".:.frozen",  # not ~/.micropython/lib: a board has only its own files
                    "HOME": str(self.root),
                    "TERM": "dumb",
                },
                restarts=True,
            )
        except BaseException:
            self._folder.close()
            raise

    def interrupt(self) -> None:
        """SIGINT: on this port Ctrl-C as a byte does not interrupt running code.

        It ends an interpreter that waits at its prompt or called `micropython.kbd_intr(-1)`; the next
        `read` then starts it again.
        """
        os.kill(self.pid, signal.SIGINT)  # not yet reaped, so the number is still its own

    def close(self) -> None:
        """End the interpreter and remove the file system, unless it was given."""
        super().close()
        self._folder.close()


def native_interpreter(url: str) -> Interpreter:
    """The command of this machine's MicroPython: the packaged one, else one on PATH.

    Raises:
        EmulatorMissing: there is none.
        FirmwareTooOld: the one on PATH is older than PATH_MINIMUM.
    """
    if importlib.util.find_spec("micropython_unix") is not None:
        # -P: the board's files are not Python's.
        return Interpreter([sys.executable, "-P", "-m", "micropython_unix"], has_raw_repl=True)
    found = shutil.which("micropython")
    if found is None:
        raise EmulatorMissing(
            "no MicroPython for this machine",
            where=url,
            remedy="Put a `micropython` of version 1.23 or later on PATH (no wheel exists for this platform),"
            " or use sim:",
        )
    return _checked(found, url)


def _checked(micropython: str, url: str) -> Interpreter:
    asked = [micropython, "-c", "import sys; print(*sys.implementation[1][:2])"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmulatorMissing(f"{micropython} does not run", where=url, remedy="Reinstall it") from error
    numbers = re.fullmatch(r"(\d+) (\d+)\s*", answer)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    if version < PATH_MINIMUM:
        raise FirmwareTooOld(
            f"{micropython} is MicroPython {version[0]}.{version[1]}",
            where=url,
            remedy="Install 1.23 or later, or put a newer one first on PATH",
        )
    return Interpreter([micropython], has_raw_repl=version >= _RAW_REPL_SINCE)


def emulators_folder() -> Path:
    """Where `firmware_tools/install_emulators.sh` puts what it fetches."""
    given = os.environ.get("MYCOFLUX_EMULATORS")
    if given:
        return Path(given)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "mycoflux"


def armv7_interpreter(url: str) -> Interpreter:
    """The command of the 32-bit ARM MicroPython under QEMU's user emulation.

    Raises:
        EmulatorMissing: QEMU or the ARM MicroPython is not installed.
    """
    system = emulators_folder() / "armv7" / "fs"
    micropython = system / "usr" / "bin" / "micropython"
    qemu = shutil.which("qemu-arm-static")
    if qemu is None or not micropython.is_file():
        raise EmulatorMissing(
            "the 32-bit ARM board needs qemu-arm-static" if qemu is None else f"{micropython} is missing",
            where=url,
            remedy="Run `make emulators` (firmware_tools/install_emulators.sh)",
        )
    return Interpreter([qemu, "-L", str(system), str(micropython)], has_raw_repl=False)


def _open(url: BoardUrl, board: BoardFile, interpreter: Interpreter) -> UnixBoard:
    url.allow("root", "kernel")
    return UnixBoard(url.text, interpreter, board.heap_kib, board_folder.given(url))


def open_virtual(url: BoardUrl, board: BoardFile) -> UnixBoard:
    """Open `virtual:[BOARD][?root=DIR]`."""
    return _open(url, board, native_interpreter(url.text))


def open_armv7(url: BoardUrl, board: BoardFile) -> UnixBoard:
    """Open `armv7:[BOARD][?root=DIR]`."""
    return _open(url, board, armv7_interpreter(url.text))
