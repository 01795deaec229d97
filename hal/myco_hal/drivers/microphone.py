"""How loud it is: the span between the lowest and the highest sample of a window."""

from .base import Driver, Scale, demand, older


class AnalogMicrophone(Driver):
    """A microphone with an amplifier on an ADC (MAX4466, MAX9814). 4095 is a span of `full_mv` or more.

    Each read takes `samples` from the ADC; the level is of the last `window` reads together, and new after as
    many. `span_mv` is the last level, `age` the reads since it came.
    """

    name = "analog microphone"

    def __init__(self, adc, samples=16, window=10, full_mv=1000, reference_mv=3300):
        demand(0 < samples <= 1000, self.name, "samples", samples)
        demand(0 < window <= 1000, self.name, "window", window)
        demand(0 < reference_mv <= 16000, self.name, "reference_mv", reference_mv)
        demand(0 < full_mv <= reference_mv, self.name, "full_mv", full_mv)
        self._adc = adc
        self._samples = samples
        self._window = window
        self._reference_mv = reference_mv
        self._scale = Scale(0, full_mv)
        self._start()

    def _start(self):
        self.span_mv = 0
        self.age = 0
        self._open()

    def _open(self):
        self._reads = 0
        self._low = 65535
        self._high = 0

    def _read(self, values, at):
        for _ in range(self._samples):
            sample = self._adc.read_u16()
            if sample < self._low:
                self._low = sample
            if sample > self._high:
                self._high = sample
        self._reads += 1
        self.age = older(self.age)
        if self._reads >= self._window:
            self.span_mv = (self._high - self._low) * self._reference_mv // 65535
            self.age = 0
            self._open()
        values[at] = self._scale.of(self.span_mv)


class I2sMicrophone(Driver):
    """A digital microphone on I2S (INMP441, SPH0645). 4095 is a span of `full`, of 65535.

    i2s: `machine.I2S`, receiving 16-bit samples of one channel. samples: array("h"), the window. Reading goes
    on in the background; the level is new whenever the window is full. `span` is the last level, `age` the
    reads since, `stale` whether that is more than `stale_after`.
    """

    name = "i2s microphone"

    def __init__(self, i2s, samples, full=32768, stale_after=200):
        demand(len(samples) > 1, self.name, "samples", len(samples))
        demand(0 < full <= 65535, self.name, "full", full)
        self._i2s = i2s
        self._samples = samples
        self._scale = Scale(0, full)
        self._stale_after = stale_after
        self._handler = self._filled  # bound once: binding allocates
        self._full = False
        self.span = 0
        self.age = stale_after + 1

    @property
    def stale(self):
        """Whether the level is too old to go by."""
        return self.age > self._stale_after

    def _start(self):
        self.span = 0
        self.age = self._stale_after + 1
        self._full = False
        self._i2s.irq(self._handler)  # from here on readinto returns at once
        self._i2s.readinto(self._samples)

    def _filled(self, _i2s):
        self._full = True

    def _read(self, values, at):
        self.age = older(self.age)
        if self._full:
            self._full = False
            self.span = max(self._samples) - min(self._samples)
            self.age = 0
            self._i2s.readinto(self._samples)
        values[at] = self._scale.of(self.span)

    def _stop(self):
        try:
            self._i2s.irq(None)
        except Exception:
            return False
        return True
