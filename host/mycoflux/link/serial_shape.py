"""A ByteStream in the shape of a pyserial port, for mpremote's transport, which speaks to nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

from mycoflux.errors import LinkError
from mycoflux.link.stream import ByteStream

READ_TIMEOUT_S = 10.0  # mpremote waits without end in places; a lost byte must not hang the host


class SerialShape:
    """What mpremote calls on its port, and a `read_until` that does not sleep between bytes."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._buffer = bytearray()

    def _fill(self, timeout_s: float) -> bool:
        data = self._stream.read(4096, timeout_s)
        self._buffer += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def read(self, size: int = 1) -> bytes:
        """Exactly `size` bytes."""
        while len(self._buffer) < size:
            if not self._fill(READ_TIMEOUT_S):
                raise LinkError(
                    "the board stopped answering", where=self._stream.url, remedy="Run the command again"
                )
        return self._take(size)

    def write(self, data: bytes) -> int:
        """Send all of `data`."""
        self._stream.write(data)
        return len(data)

    def inWaiting(self) -> int:  # noqa: N802  (pyserial's name)
        """How many bytes can be read at once."""
        self._fill(0)
        return len(self._buffer)

    def close(self) -> None:
        """Nothing: the stream belongs to who opened it."""

    def put_back(self, data: bytes) -> None:
        """Let the next read begin with `data`."""
        self._buffer[:0] = data

    def drain(self, quiet_s: float, at_most_s: float) -> bytes:
        """Everything that comes until nothing comes for `quiet_s`."""
        end = time.monotonic() + at_most_s
        while self._fill(quiet_s) and time.monotonic() < end:
            pass
        return self._take(len(self._buffer))

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float | None = 10,
        data_consumer: Callable[[bytes], None] | None = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """What came up to `ending` or a timeout; in place of mpremote's method of this name."""
        del min_num_bytes  # obsolete there too
        overall = float("inf") if timeout_overall is None else time.monotonic() + timeout_overall
        searched = 0
        while True:
            found = self._buffer.find(ending, max(0, searched - len(ending)))
            if found >= 0:
                data = self._take(found + len(ending))
                if data_consumer is not None:
                    data_consumer(data)
                return data
            searched = len(self._buffer)
            wait_s = min(READ_TIMEOUT_S * 360 if timeout is None else timeout, overall - time.monotonic())
            if wait_s <= 0 or not self._fill(wait_s):
                return self._take(len(self._buffer))
