"""Values over the host link instead of pins: a sensor that the host feeds, an actuator that it reads.

16-bit little-endian words, as SENSE and STEPPED have them (docs/wire.md). Who has the link calls `take` and
`give`.
"""

from array import array

from .base import FULL, Driver, clipped, demand, older


class StreamIn(Driver):
    """Readings that came last. `age` counts the reads since, `stale` is whether that is more than
    `stale_after`.

    Stale readings are 0 if `forget`, else they stay.
    """

    name = "stream in"

    def __init__(self, channels, stale_after=50, forget=True):
        demand(0 < channels <= 4096, self.name, "channels", channels)
        self.channels = channels
        self._values = array("h", [0] * channels)
        self._stale_after = stale_after
        self._forget = forget
        self.age = stale_after + 1

    @property
    def stale(self):
        """Whether the readings are too old to go by."""
        return self.age > self._stale_after

    def _start(self):
        for i in range(self.channels):
            self._values[i] = 0
        self.age = self._stale_after + 1

    def take(self, first, content, at, end):
        """Readings of channels from `first` on are content[at:end]; what has no channel is left out."""
        while at + 1 < end and first < self.channels:
            value = content[at] | content[at + 1] << 8
            self._values[first] = 0 if value & 0x8000 else FULL if value > FULL else value
            first += 1
            at += 2
        self.age = 0

    def _read(self, values, at):
        self.age = older(self.age)
        gone = self._forget and self.age > self._stale_after
        for i in range(self.channels):
            values[at + i] = 0 if gone else self._values[i]


class StreamOut(Driver):
    """Levels for the host: -32768..32767 each. Stopped, all are 0. `written` counts writes, modulo 2^16."""

    name = "stream out"

    def __init__(self, channels):
        demand(0 < channels <= 4096, self.name, "channels", channels)
        self.channels = channels
        self._values = array("h", [0] * channels)
        self.written = 0

    def _write(self, values, at):
        for i in range(self.channels):
            self._values[i] = clipped(values[at + i], -32768, 32767)
        self.written = (self.written + 1) & 0xFFFF

    def give(self, buffer, at):
        """Put the levels into buffer[at : at + 2 * channels]; the offset behind them."""
        for i in range(self.channels):
            value = self._values[i]
            buffer[at] = value & 255
            buffer[at + 1] = value >> 8 & 255
            at += 2
        return at

    def _stop(self):
        for i in range(self.channels):
            self._values[i] = 0
        return True
