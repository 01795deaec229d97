"""A direct-current motor on an H-bridge: signed values to direction and pulse width.

Stopped motors coast, whatever they do at zero: a brake needs power, and a stop must hold without.
"""

from .base import FULL, Driver, begin, clipped, demand, drive, duty, silence


class _Motor(Driver):
    """-4095 is full power backward, 4095 forward, and up to `dead_band` either way is zero.

    minimum: the level from which the motor turns at all; what is above the dead band is spread over
    minimum..4095. brake: short the motor at zero, where it else coasts. frequency_hz: of the pulses.
    `power` is what was set last: the level, with its sign.
    """

    def __init__(self, dead_band, minimum, brake, frequency_hz):
        demand(0 <= dead_band < FULL, self.name, "dead_band", dead_band)
        demand(0 <= minimum <= FULL, self.name, "minimum", minimum)
        demand(0 < frequency_hz < 1 << 29, self.name, "frequency_hz", frequency_hz)
        self._dead_band = dead_band
        self._minimum = minimum
        self._brake = brake
        self._frequency_hz = frequency_hz
        self.power = 0

    def _power(self, value):
        value = clipped(value, -FULL, FULL)
        size = (-value if value < 0 else value) - self._dead_band
        if size <= 0:
            return 0
        level = self._minimum + size * (FULL - self._minimum) // (FULL - self._dead_band)
        return -level if value < 0 else level


class Motor(_Motor):
    """A bridge with two direction pins and one pin for pulses: L298N, TB6612FNG, L293D.

    Both pins high with pulses on is the brake. The pins never change while pulses are on.
    """

    name = "motor"

    def __init__(self, pwm, forward, backward, dead_band=0, minimum=0, brake=False, frequency_hz=1000):
        super().__init__(dead_band, minimum, brake, frequency_hz)
        self._pwm = pwm
        self._forward = forward
        self._backward = backward
        self._way = 0  # -1, 1, 0 for coasting, 2 for braking

    def _start(self):
        begin(self._pwm, self._frequency_hz)
        for pin in (self._forward, self._backward):
            pin.init(pin.OUT, value=0)
        self._way = 0
        self.power = 0

    def _write(self, values, at):
        power = self._power(values[at])
        way = 1 if power > 0 else -1 if power < 0 else 2 if self._brake else 0
        if way != self._way:
            self._pwm.duty_u16(0)
            self._forward.value(0)
            self._backward.value(0)
            if way > 0:
                self._forward.value(1)
            if way == -1 or way == 2:
                self._backward.value(1)
            self._way = way
        self._pwm.duty_u16(65535 if way == 2 else duty(-power if power < 0 else power))
        self.power = power

    def _stop(self):
        quiet = silence(self._pwm)
        quiet = drive(self._forward, 0) and quiet
        quiet = drive(self._backward, 0) and quiet
        self._way = 0
        self.power = 0
        return quiet


class TwoPwmMotor(_Motor):
    """A bridge with pulses on either of two pins: DRV8833, DRV8871, L9110S. Both high is the brake."""

    name = "two-pwm motor"

    def __init__(self, forward, backward, dead_band=0, minimum=0, brake=False, frequency_hz=1000):
        super().__init__(dead_band, minimum, brake, frequency_hz)
        self._forward = forward
        self._backward = backward

    def _start(self):
        for pwm in (self._forward, self._backward):
            begin(pwm, self._frequency_hz)
        self.power = 0

    def _write(self, values, at):
        power = self._power(values[at])
        if power > 0:
            self._backward.duty_u16(0)
            self._forward.duty_u16(duty(power))
        elif power < 0:
            self._forward.duty_u16(0)
            self._backward.duty_u16(duty(-power))
        else:
            level = 65535 if self._brake else 0
            self._forward.duty_u16(level)
            self._backward.duty_u16(level)
        self.power = power

    def _stop(self):
        quiet = silence(self._forward)
        quiet = silence(self._backward) and quiet
        self.power = 0
        return quiet
