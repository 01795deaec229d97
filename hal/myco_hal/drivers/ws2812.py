"""WS2812, WS2812B and SK6812 LEDs (NeoPixel) on one pin, by `machine.bitstream`."""

from .base import FULL, Driver, clipped, demand

# ns: high and low of a 0, high and low of a 1.
_TIMING = (400, 850, 800, 450)


class Ws2812(Driver):
    """Three channels an LED: red, green, blue; 0 is dark, 4095 is `most`/255 of full. Stopped, all are dark.

    pin: an output already. bitstream: `machine.bitstream`, or what acts like it. Sending takes 30 us an LED,
    in which most ports serve no interrupts: an encoder beside a long strip loses counts, and bytes of a UART
    may be lost. Writes that change nothing send nothing; the wire must be low for 50 us (newer LEDs: 280 us)
    between two.
    """

    name = "ws2812"

    def __init__(self, pin, count, bitstream, most=255):
        demand(0 < count <= 1000, self.name, "count", count)
        demand(1 <= most <= 255, self.name, "most", most)
        self._pin = pin
        self._bitstream = bitstream
        self._most = most
        self.channels = 3 * count
        self._bytes = bytearray(3 * count)  # green, red, blue

    def _start(self):
        self._darken()
        self._bitstream(self._pin, 0, _TIMING, self._bytes)

    def _darken(self):
        for k in range(len(self._bytes)):
            self._bytes[k] = 0

    def _write(self, values, at):
        changed = False
        for k in range(0, len(self._bytes), 3):
            for j in range(3):
                level = clipped(values[at + j], 0, FULL) * self._most // FULL
                place = k + j if j == 2 else k + 1 - j
                if self._bytes[place] != level:
                    self._bytes[place] = level
                    changed = True
            at += 3
        if changed:
            self._bitstream(self._pin, 0, _TIMING, self._bytes)

    def _stop(self):
        self._darken()
        try:
            self._bitstream(self._pin, 0, _TIMING, self._bytes)
        except Exception:
            return False
        return True
