"""What every transport is to the rest of mycoflux: a stream of bytes to and from one board."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from mycoflux.errors import LinkError

WRITE_TIMEOUT_S = 10.0  # a board that takes no byte for this long is not listening


class ByteStream(ABC):
    """Bytes to and from one board; what they mean is the business of whoever holds the stream.

    Attributes:
        url: the board URL this stream was opened with.
        has_repl: whether MicroPython's prompt can be reached through it.
    """

    url: str
    has_repl: bool = True

    @abstractmethod
    def read(self, size: int, timeout_s: float) -> bytes:
        """Up to `size` bytes, as soon as there are any; b"" when none came within `timeout_s`.

        Raises:
            BoardLost: the board is gone.
        """

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            BoardLost: the board is gone.
            LinkError: the board takes nothing any more.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the board; an emulated one ends. May be called again."""

    # Not abstract on purpose: most transports have no way but the bytes themselves.
    def interrupt(self) -> None:  # noqa: B027
        """Interrupt the running code by another way than bytes, where there is one.

        May restart the board when nothing was running, so try Ctrl-C as a byte first.
        """

    def reset(self) -> None:
        """Take the board's power away and give it back; its file system stays.

        Raises:
            LinkError: this board's power cannot be switched from here.
        """
        raise LinkError(
            "this board cannot be reset from here",
            where=self.url,
            remedy="Press its reset button, or unplug it and plug it in again",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
