"""Reading and writing a file descriptor with a timeout, without sleeping: POSIX only."""

from __future__ import annotations

import os
import select
import time

from mycoflux.errors import BoardLost, LinkError
from mycoflux.link.stream import WRITE_TIMEOUT_S


class Descriptor:
    """A non-blocking descriptor: a serial port, a socket, one side of a pty.

    `watched` is a second descriptor that wakes a waiting `read` up when it hangs up (a process's life line).
    """

    def __init__(self, fd: int, url: str) -> None:
        self.fd = fd
        self._url = url
        self._readable = select.poll()
        self._readable.register(fd, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(fd, select.POLLOUT)
        os.set_blocking(fd, False)

    def watch(self, fd: int) -> None:
        """Let a hang-up of `fd` end a waiting `read`."""
        self._readable.register(fd, select.POLLIN)

    def unwatch(self, fd: int) -> None:
        """Undo `watch`."""
        self._readable.unregister(fd)

    def read(self, size: int, timeout_s: float) -> bytes:
        """As ByteStream.read; b"" too when the watched descriptor hung up."""
        ready = self._readable.poll(max(0.0, timeout_s) * 1000)
        if not any(fd == self.fd for fd, _ in ready):
            return b""
        try:
            data = os.read(self.fd, size)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise lost(self._url) from error
        if not data:
            raise lost(self._url)
        return data

    def write(self, data: bytes | memoryview) -> None:
        """Send all of `data`; LinkError when the other side takes nothing for WRITE_TIMEOUT_S."""
        deadline = 0.0
        while data:
            try:
                data = data[os.write(self.fd, data) :]
                deadline = 0.0
            except BlockingIOError:
                now = time.monotonic()
                deadline = deadline or now + WRITE_TIMEOUT_S
                if now >= deadline:
                    raise deaf(self._url) from None
                self._writable.poll((deadline - now) * 1000)
            except OSError as error:
                raise lost(self._url) from error


def lost(url: str) -> BoardLost:
    """The error for a board that went away."""
    return BoardLost(
        "the board is gone", where=url, remedy="Check its cable and power, then run the command again"
    )


def deaf(url: str) -> LinkError:
    """The error for a board that takes no bytes."""
    return LinkError(
        f"the board took nothing for {WRITE_TIMEOUT_S:.0f} s",
        where=url,
        remedy="Reset it, then run the command again",
    )
