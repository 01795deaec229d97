"""APA102 and SK9822 LEDs (DotStar) on SPI."""

from .base import FULL, Driver, clipped, demand

_HEAD = 0xE0  # three bits that begin an LED's word; five of brightness follow


class Apa102(Driver):
    """Three channels an LED: red, green, blue; 0 is dark, 4095 full. Stopped, all are dark.

    spi: has `write`, in mode 0 or 3, its most significant bit first. brightness: 1..31, of all. Four bytes of
    zeros begin a frame; as many more, and half a clock an LED, end it: SK9822 take over only then.
    """

    name = "apa102"

    def __init__(self, spi, count, brightness=8):
        demand(0 < count <= 1000, self.name, "count", count)
        demand(1 <= brightness <= 31, self.name, "brightness", brightness)
        self._spi = spi
        self._count = count
        self.channels = 3 * count
        self._frame = bytearray(4 + 4 * count + 4 + (count + 15) // 16)
        for i in range(count):
            self._frame[4 + 4 * i] = _HEAD | brightness

    def _start(self):
        self._darken()
        self._spi.write(self._frame)

    def _darken(self):
        frame = self._frame
        for at in range(4, 4 + 4 * self._count, 4):
            frame[at + 1] = frame[at + 2] = frame[at + 3] = 0

    def _write(self, values, at):
        frame = self._frame
        for k in range(4, 4 + 4 * self._count, 4):
            frame[k + 3] = clipped(values[at], 0, FULL) >> 4
            frame[k + 2] = clipped(values[at + 1], 0, FULL) >> 4
            frame[k + 1] = clipped(values[at + 2], 0, FULL) >> 4
            at += 3
        self._spi.write(frame)

    def _stop(self):
        self._darken()
        try:
            self._spi.write(self._frame)
        except Exception:
            return False
        return True
