"""A passive buzzer or a small speaker: a level as a pitch."""

from .base import FULL, Driver, clipped, demand, silence


class Buzzer(Driver):
    """0 is silent, 1..4095 are `low_hz`..`high_hz`, linear. `hz` is the pitch now, 0 for none.

    pwm: has `freq` and `duty_u16`. A change of less than 1/64 of the pitch is not made: it would click.
    """

    name = "buzzer"

    def __init__(self, pwm, low_hz=200, high_hz=2000):
        demand(20 <= low_hz <= 20000, self.name, "low_hz", low_hz)
        demand(low_hz <= high_hz <= 20000, self.name, "high_hz", high_hz)
        self._pwm = pwm
        self._low_hz = low_hz
        self._span_hz = high_hz - low_hz
        self.hz = 0

    def _start(self):
        self._pwm.duty_u16(0)

    def _write(self, values, at):
        value = clipped(values[at], 0, FULL)
        if not value:
            if self.hz:
                self._pwm.duty_u16(0)
                self.hz = 0
            return
        hz = self._low_hz + value * self._span_hz // FULL
        if not self.hz or abs(hz - self.hz) > self.hz >> 6:
            self._pwm.freq(hz)
            self._pwm.duty_u16(32768)
            self.hz = hz

    def _stop(self):
        self.hz = 0
        return silence(self._pwm)
