"""Reflectance sensors in a row, each calibrated to the darkest and brightest that it has seen."""

from array import array

from .base import FULL, Driver, demand, drive

_CONTRAST_MIN = 1024  # of 65535: less is noise, and reads 0


class LineArray(Driver):
    """A reading a sensor: 0 is the lowest voltage of its calibration, 4095 the highest; `invert` swaps them.

    adcs: have `read_u16`, from left to right. emitters: the pin that switches their lamps, or None; on
    between start and stop. Uncalibrated, 0..65535 are taken as the ends. `raw` holds what the ADCs said.
    """

    name = "line array"

    def __init__(self, adcs, emitters=None, invert=False):
        demand(0 < len(adcs) <= 64, self.name, "adcs", len(adcs))
        self._adcs = tuple(adcs)
        self.channels = len(self._adcs)
        self._emitters = emitters
        self._invert = invert
        self.raw = array("H", [0] * self.channels)
        self.low = array("H", [0] * self.channels)
        self.high = array("H", [65535] * self.channels)
        self._readings = array("h", [0] * self.channels)

    def _start(self):
        if self._emitters is not None:
            self._emitters.init(self._emitters.OUT, value=1)

    def forget(self):
        """Begin a calibration: the ends are what `calibrate` sees from here on."""
        for i in range(self.channels):
            self.low[i] = 65535
            self.high[i] = 0

    def calibrate(self):
        """Widen every sensor's ends by what it sees now: to be called often while moved over the line."""
        for i in range(self.channels):
            raw = self._adcs[i].read_u16()
            if raw < self.low[i]:
                self.low[i] = raw
            if raw > self.high[i]:
                self.high[i] = raw

    def _read(self, values, at):
        for i in range(self.channels):
            raw = self._adcs[i].read_u16()
            self.raw[i] = raw
            span = self.high[i] - self.low[i]
            reading = 0
            if span >= _CONTRAST_MIN:
                above = raw - self.low[i]
                reading = 0 if above < 0 else FULL if above > span else above * FULL // span
                if self._invert:
                    reading = FULL - reading
            self._readings[i] = reading
            values[at + i] = reading

    def position(self, least=400):
        """Where the line is: 0 at the first sensor, 1000 at the second; -1 if no reading is `least`."""
        total = 0
        weighted = 0
        seen = False
        for i in range(self.channels):
            reading = self._readings[i]
            if reading >= least:
                seen = True
            total += reading
            weighted += reading * i
        if not seen:
            return -1
        return weighted // total * 1000 + weighted % total * 1000 // total

    def _stop(self):
        return drive(self._emitters, 0) if self._emitters is not None else True
