"""A level as pulse width: lamps, fans, anything that takes power."""

from .base import FULL, Driver, begin, clipped, demand, duty, silence


class PwmOut(Driver):
    """0 is always off, 4095 always on.

    pwm: has `freq` and `duty_u16`.
    """

    name = "pwm out"

    def __init__(self, pwm, frequency_hz=1000):
        demand(0 < frequency_hz < 1 << 29, self.name, "frequency_hz", frequency_hz)
        self._pwm = pwm
        self._frequency_hz = frequency_hz

    def _start(self):
        begin(self._pwm, self._frequency_hz)

    def _write(self, values, at):
        self._pwm.duty_u16(duty(clipped(values[at], 0, FULL)))

    def _stop(self):
        return silence(self._pwm)
