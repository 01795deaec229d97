"""A hobby servo: an angle as the length of a pulse."""

from .base import FULL, Driver, begin, clipped, demand, silence


class Servo(Driver):
    """0 is a pulse of `low_us`, 4095 of `high_us`; `low_us` may be the longer. No pulses until the first
    write.

    signed: values are -4095..4095 instead, 0 in the middle. Stopped, it has no pulses and holds nothing.
    `pulse_us` is the pulse now, 0 for none.
    """

    name = "servo"

    def __init__(self, pwm, low_us=1000, high_us=2000, signed=False, period_us=20000):
        for us in (low_us, high_us):
            demand(100 <= us <= 5000 and us < period_us, self.name, "low_us, high_us", us)
        demand(period_us <= 50000, self.name, "period_us", period_us)
        self._pwm = pwm
        self._low_us = low_us
        self._span_us = high_us - low_us
        self._signed = signed
        self._period_us = period_us
        self.pulse_us = 0

    def _start(self):
        begin(self._pwm, 1000000 // self._period_us)

    def _write(self, values, at):
        value = values[at]
        if self._signed:
            value = (clipped(value, -FULL, FULL) + FULL + 1) >> 1
        pulse_us = self._low_us + (clipped(value, 0, FULL) * self._span_us + 2047) // FULL
        if pulse_us != self.pulse_us:
            self._pwm.duty_u16((pulse_us * 65535 + (self._period_us >> 1)) // self._period_us)
            self.pulse_us = pulse_us

    def _stop(self):
        self.pulse_us = 0
        return silence(self._pwm)
