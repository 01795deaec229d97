"""Time as a test wants it: a clock that moves when it is told to, and wraps around as a board's does."""

from __future__ import annotations

from collections.abc import Callable

from myco.server import Server
from myco.store import Store


class FakeClock:
    """MicroPython's module `time`, with a clock of 30 bits that stands still between sleeps.

    begins: what it shows first, in us. reading_us: how far each look at it moves it.
    """

    PERIOD = 1 << 30

    def __init__(self, begins: int = 0, reading_us: int = 0) -> None:
        self.now, self.reading_us = begins, reading_us

    def ticks_us(self) -> int:
        self.now += self.reading_us
        return self.now % self.PERIOD

    def ticks_ms(self) -> int:
        return self.now // 1000 % self.PERIOD

    def ticks_add(self, ticks: int, delta: int) -> int:
        assert abs(delta) < self.PERIOD // 2  # MicroPython raises OverflowError
        return (ticks + delta) % self.PERIOD

    def ticks_diff(self, a: int, b: int) -> int:
        half = self.PERIOD // 2
        return (a - b + half) % self.PERIOD - half

    def sleep_us(self, us: int) -> None:
        assert us >= 0
        self.now += us


def server_into(
    out: bytearray, store: Store | None = None, clock: FakeClock | None = None, kernel: object = None
) -> Server:
    """A board's server that appends the frames it sends to `out`."""
    return Server(sender(out), clock or FakeClock(), store, kernel=kernel)


def sender(out: bytearray) -> Callable[[bytearray, int], None]:
    """What a Server calls to send."""

    def send(frame: bytearray, size: int) -> None:
        out.extend(frame[:size])

    return send
