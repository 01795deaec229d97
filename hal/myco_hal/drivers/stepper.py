"""Stepper motors: a speed in, at most one step a tick."""

from .base import FULL, Driver, clipped, demand, drive

# Coils in the order of turning, a bit a coil: coil 0 is bit 0.
_HALF = bytes((0b0001, 0b0011, 0b0010, 0b0110, 0b0100, 0b1100, 0b1000, 0b1001))
_LIMIT = 1 << 28


class _Stepper(Driver):
    """4095 is `rate`/4096 steps a tick forward, -4095 as many backward; rate 4096 is a step each tick.

    `position` counts steps, within -2^28..2^28 - 1, and wraps.
    """

    def __init__(self, rate):
        demand(0 < rate <= 4096, self.name, "rate", rate)
        self._rate = rate
        self._sum = 0
        self.position = 0

    def _step(self, value):
        """1, 0 or -1: whether a step is due, by first-order sigma-delta."""
        self._sum += clipped(value, -FULL, FULL) * self._rate
        if self._sum >= FULL * 4096:
            self._sum -= FULL * 4096
            self.position = self.position + 1 if self.position < _LIMIT - 1 else -_LIMIT
            return 1
        if self._sum <= -FULL * 4096:
            self._sum += FULL * 4096
            self.position = self.position - 1 if self.position > -_LIMIT else _LIMIT - 1
            return -1
        return 0


class CoilStepper(_Stepper):
    """Four coils switched by four pins: 28BYJ-48 on a ULN2003, or a bipolar motor on two H-bridges.

    pins: in the order of turning. half: half steps, else full ones with two coils on. Stopped, all coils are
    off.
    """

    name = "coil stepper"

    def __init__(self, pins, half=True, rate=4096):
        super().__init__(rate)
        demand(len(pins) == 4, self.name, "pins", len(pins))
        self._pins = tuple(pins)
        self._half = half
        self._coils = 0

    def _start(self):
        for pin in self._pins:
            pin.init(pin.OUT, value=0)
        self._coils = 0
        self._sum = 0

    def _write(self, values, at):
        self._step(values[at])
        phase = self.position & 7 if self._half else (self.position & 3) << 1 | 1
        wanted = _HALF[phase]
        if wanted == self._coils:
            return
        for i in range(4):  # off first: a bridge never has both of a coil's sides on
            if not wanted >> i & 1:
                self._pins[i].value(0)
        for i in range(4):
            if wanted >> i & 1:
                self._pins[i].value(1)
        self._coils = wanted

    def _stop(self):
        quiet = True
        for pin in self._pins:
            quiet = drive(pin, 0) and quiet
        self._coils = 0
        return quiet


class StepDirStepper(_Stepper):
    """A driver chip with step and direction inputs: A4988, DRV8825, TMC2209.

    enable: its enable pin, low while started and high when stopped, or None. A step is the rising edge; the
    pin goes low at the next write, so pulses are far longer than the 2 us that chips want.
    """

    name = "step/dir stepper"

    def __init__(self, step, direction, enable=None, rate=4096):
        super().__init__(rate)
        self._pin = step
        self._direction = direction
        self._enable = enable
        self._forward = 1

    def _start(self):
        self._pin.init(self._pin.OUT, value=0)
        self._direction.init(self._direction.OUT, value=1)
        self._forward = 1
        self._sum = 0
        if self._enable is not None:
            self._enable.init(self._enable.OUT, value=0)

    def _write(self, values, at):
        self._pin.value(0)
        step = self._step(values[at])
        if step:
            forward = 1 if step > 0 else 0
            if forward != self._forward:
                self._direction.value(forward)
                self._forward = forward
            self._pin.value(1)

    def _stop(self):
        quiet = drive(self._enable, 1) if self._enable is not None else True
        return drive(self._pin, 0) and quiet
