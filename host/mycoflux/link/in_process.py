"""`sim:`: the device runtime itself, run by CPython in this process: no prompt; waits only in real time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from mycoflux.link import board_folder, descriptor
from mycoflux.link.board_file import BoardFile
from mycoflux.link.board_folder import BoardFolder
from mycoflux.link.board_url import BoardUrl
from mycoflux.link.stream import ByteStream

BUNDLE = bytes(8)  # nothing was installed, so no bundle has a name; the runtime is the host's own copy


class Clock(Protocol):
    """Time as MicroPython's module `time` tells it."""

    def ticks_us(self) -> int:
        """Microseconds since some moment."""

    def ticks_add(self, ticks: int, delta: int) -> int:
        """`ticks`, `delta` later."""

    def ticks_diff(self, a: int, b: int) -> int:
        """How much later `a` is than `b`."""

    def sleep_us(self, us: int) -> None:
        """Wait for `us` microseconds."""


class HostClock:
    """This computer's time."""

    def ticks_us(self) -> int:
        """See Clock."""
        return time.monotonic_ns() // 1000

    def ticks_add(self, ticks: int, delta: int) -> int:
        """See Clock."""
        return ticks + delta

    def ticks_diff(self, a: int, b: int) -> int:
        """See Clock."""
        return a - b

    def sleep_us(self, us: int) -> None:
        """See Clock."""
        time.sleep(us / 1e6)


class InProcessBoard(ByteStream):
    """The runtime's server, fed by `write` and emptied by `read`.

    There is no thread: while the board's own clock runs, ticks are run by whoever reads.
    """

    has_repl = False

    def __init__(self, url: str, root: Path | None, clock: Clock | None = None) -> None:
        self.url = url
        self._clock = clock or HostClock()
        self._folder = BoardFolder(url, root, "mycoflux-sim-")
        self.root = self._folder.path
        self._out = bytearray()
        self._gone = False
        self.reset()

    def read(self, size: int, timeout_s: float) -> bytes:
        """See ByteStream.read; waits only while the board's clock runs, for nothing else happens here."""
        if self._gone:
            raise descriptor.lost(self.url)
        if not self._out:
            self._run_free(round(timeout_s * 1e6))
        data = bytes(self._out[:size])
        del self._out[:size]
        return data

    def write(self, data: bytes) -> None:
        """Let the runtime take `data`; its answers are there when this returns."""
        if self._gone:
            raise descriptor.lost(self.url)
        if self._server.due():
            self._server.tick()
        feed = self._server.feed
        for byte in data:
            if not feed(byte):
                # A board would be at its prompt now. There is none here: the runtime begins again.
                self._start()
                return

    def _run_free(self, us: int) -> None:
        """Let this time pass, if the board's clock runs, and the ticks in it."""
        clock, server = self._clock, self._server
        begun = clock.ticks_us()
        while server.clock.running:
            if server.due():
                server.tick()
            left = us - clock.ticks_diff(clock.ticks_us(), begun)
            if left <= 0:
                return
            clock.sleep_us(max(0, min(left, server.clock.left_us())))

    def reset(self) -> None:
        """Begin again with the same files."""
        self._out.clear()
        self._start()

    def kill(self) -> None:
        """Pull the plug: from now on the board is lost."""
        self._gone = True

    def close(self) -> None:
        """See ByteStream.close."""
        self._gone = True
        self._folder.close()

    def _start(self) -> None:
        from myco.server import Server
        from myco.store import Store

        self._server = Server(self._send, self._clock, Store(f"{self.root}/"), BUNDLE)

    def _send(self, frame: bytearray, size: int) -> None:
        self._out += frame[:size]


def open_url(url: BoardUrl, board: BoardFile) -> InProcessBoard:
    """Open `sim:[?root=DIR]`."""
    del board  # CPython has no heap of a board's size
    url.allow("root")
    return InProcessBoard(url.text, board_folder.given(url))
