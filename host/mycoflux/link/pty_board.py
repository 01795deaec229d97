"""A program that plays a board on a pseudo-terminal, and dies with the stream. POSIX only."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
import tty
import weakref
from collections.abc import Callable, Mapping, Sequence

from mycoflux.errors import BoardLost
from mycoflux.link import descriptor
from mycoflux.link.stream import ByteStream

# Opens the terminal as the leader of a new session, so it becomes the program's controlling terminal: when
# this process dies, however it dies, the kernel hangs the terminal up and the program ends; also where this
# process ignores that signal (under nohup), which a shell could not undo.
_ON_TERMINAL = """import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)
terminal = os.open(sys.argv[1], os.O_RDWR)
for fd in 0, 1, 2:
    os.dup2(terminal, fd)
os.close(terminal)
os.execvp(sys.argv[2], sys.argv[2:])
"""
_RESTARTS = 5  # within _RESTART_WINDOW_S; a program that dies faster does not work here at all
_RESTART_WINDOW_S = 2.0
SOFT_REBOOT = b"MPY: soft reboot\r\n"  # what a board says when its interpreter begins again


class _Life:
    """The running program and the terminal; apart from the stream so that it can outlive it by a moment."""

    def __init__(self) -> None:
        self.board_fd, self.program_fd = pty.openpty()
        # Raw on both sides: otherwise "\r\n" becomes "\r\r\n" and Ctrl-C is swallowed.
        tty.setraw(self.board_fd)
        self.life_line = -1
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], cwd: str, env: Mapping[str, str]) -> None:
        tty.setraw(self.program_fd)
        self.life_line, held = os.pipe()  # the read end hangs up when the program is gone
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-ISc", _ON_TERMINAL, os.ttyname(self.program_fd), *command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[held],
            )
        finally:
            os.close(held)

    def stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        if self.life_line >= 0:
            os.close(self.life_line)
            self.life_line = -1

    def end(self) -> None:
        self.stop()
        os.close(self.board_fd)
        os.close(self.program_fd)


class PtyBoard(ByteStream):
    """A board played by a program.

    Args:
        url: the board URL.
        command: gives the program and its arguments, at each start anew.
        cwd: the folder the program starts in.
        env: its whole environment.
        restarts: whether a program that ends by itself is started again, as a board's interpreter is.
    """

    def __init__(
        self,
        url: str,
        command: Callable[[], Sequence[str]],
        cwd: str,
        env: Mapping[str, str],
        *,
        restarts: bool,
    ) -> None:
        self.url = url
        self._command, self._cwd, self._env, self._restarts = command, cwd, env, restarts
        self._life = _Life()
        self._finalizer = weakref.finalize(self, self._life.end)  # at interpreter exit too
        self._descriptor = descriptor.Descriptor(self._life.board_fd, url)
        self._pending = b""  # said by us in the board's place
        self._starts: list[float] = []
        self._gone = False
        self._start()

    @property
    def pid(self) -> int:
        """The process that plays the board now."""
        if self._life.process is None:
            raise descriptor.lost(self.url)
        return self._life.process.pid

    def read(self, size: int, timeout_s: float) -> bytes:
        """See ByteStream.read."""
        if self._pending:
            data, self._pending = self._pending[:size], self._pending[size:]
            return data
        if self._gone:
            raise descriptor.lost(self.url)
        data = self._descriptor.read(size, timeout_s)
        if data or not self._ended():
            return data
        last_words = self._descriptor.read(65536, 0)
        self._revive(last_words)
        self._pending = last_words + SOFT_REBOOT
        return self.read(size, 0)

    def write(self, data: bytes) -> None:
        """See ByteStream.write."""
        if self._gone:
            raise descriptor.lost(self.url)
        self._descriptor.write(data)

    def reset(self) -> None:
        """Kill the program and start it again; what was under way on the wire is lost."""
        if self._gone:
            raise descriptor.lost(self.url)
        self._stop()
        self._pending = b""
        while self._descriptor.read(65536, 0):
            pass
        self._start()

    def kill(self) -> None:
        """Pull the plug: from now on the board is lost."""
        self._gone = True
        self._pending = b""
        self._stop()

    def close(self) -> None:
        """See ByteStream.close."""
        self._gone = True
        self._pending = b""
        self._finalizer()

    def _start(self) -> None:
        self._starts.append(time.monotonic())
        self._life.start(self._command(), self._cwd, self._env)
        self._descriptor.watch(self._life.life_line)

    def _stop(self) -> None:
        if self._life.life_line >= 0:
            self._descriptor.unwatch(self._life.life_line)
        self._life.stop()

    def _ended(self) -> bool:
        return bool(select.select([self._life.life_line], [], [], 0)[0])

    def _revive(self, last_words: bytes) -> None:
        self._stop()
        recent = [at for at in self._starts if at > time.monotonic() - _RESTART_WINDOW_S]
        self._starts = recent
        if not self._restarts or len(recent) >= _RESTARTS:
            self._gone = True
            said = last_words.decode("utf-8", "replace").strip()[-300:]
            raise BoardLost(
                "the program that plays this board ended" + (f", saying: {said}" if said else ""),
                where=self.url,
                remedy=f"Try it by itself: {' '.join(self._command())}",
            )
        self._start()
