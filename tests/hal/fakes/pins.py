"""Pins, pulse widths, converters, and time, as MicroPython's `machine` and `time` have them."""


class Breakable:
    """Fails with OSError from its operation number `fail_in` on, or `once`; never while that is -1."""

    fail_in = -1
    once = False
    errno = 5
    touched = 0

    def touch(self):
        self.touched = (self.touched + 1) & 0xFFFF
        if self.fail_in == 0:
            if self.once:
                self.fail_in = -1
            raise OSError(self.errno)
        if self.fail_in > 0:
            self.fail_in -= 1


class Pin(Breakable):
    """A pin. `set` is the world's doing. `watcher.look()` is called after each change of ours."""

    IN = 0
    OUT = 1
    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, level=0, mode=0, hard=True):
        self.level = level
        self.mode = mode
        self.watcher = None
        self.handler = None
        self.trigger = 0
        self.was_hard = False
        self._hard = hard  # whether this port knows the argument

    def init(self, mode=-1, pull=-1, value=None):
        self.touch()
        if value is not None:
            self.level = value
        self.mode = mode
        self._look()

    def value(self, level=None):
        self.touch()
        if level is None:
            return self.level
        assert level in (0, 1)
        self.level = level
        self._look()
        return None

    @property
    def out(self):
        """What the pin drives; nothing while it is an input, which other parts take for low."""
        return self.level if self.mode == self.OUT else 0

    def irq(self, handler=None, trigger=12, hard=None):
        self.touch()
        if hard is not None and not self._hard:
            raise TypeError("extra keyword arguments given")
        self.was_hard = bool(hard)
        self.handler = handler
        self.trigger = trigger

    def set(self, level):
        before = self.level
        self.level = level
        if (
            level != before
            and self.handler
            and self.trigger & (self.IRQ_RISING if level else self.IRQ_FALLING)
        ):
            self.handler(self)

    def _look(self):
        if self.watcher is not None:
            self.watcher.look()


class Pwm(Breakable):
    """Pulses. `pulse_us` is their length; a port may keep the length when the frequency changes."""

    def __init__(self, frequency=0, duty=0):
        self.frequency = frequency
        self.duty = duty
        self.watcher = None
        self.sets = 0

    def freq(self, hz=None):
        self.touch()
        if hz is None:
            return self.frequency
        assert hz > 0
        self.frequency = hz
        return None

    def duty_u16(self, duty=None):
        self.touch()
        if duty is None:
            return self.duty
        assert 0 <= duty <= 65535
        self.duty = duty
        self.sets += 1
        if self.watcher is not None:
            self.watcher.look()
        return None

    def pulse_us(self):
        return self.duty * (1000000 // self.frequency) // 65535


class Adc(Breakable):
    """A converter; `samples` come in turn, or `raw` if there are none."""

    def __init__(self, raw=0, samples=()):
        self.raw = raw
        self.samples = samples
        self._next = 0

    def read_u16(self):
        self.touch()
        if not self.samples:
            return self.raw
        self._next = self._next + 1 if self._next + 1 < len(self.samples) else 0
        return self.samples[self._next]


HALF = 1 << 29


class Time:
    """Time that goes on when told to, and wraps at 2^30 as on boards."""

    def __init__(self, us=0):
        self.us = us

    def ticks_us(self):
        return self.us

    def ticks_diff(self, end, start):
        d = end - start
        if d >= HALF:
            return d - HALF - HALF
        return d + HALF + HALF if d < -HALF else d

    def pass_us(self, us):
        room = HALF - 1 - self.us + HALF
        self.us = us - room - 1 if us > room else self.us + us


class Bridge:
    """An H-bridge (TB6612FNG's table) that sees its pins and pulses after each change.

    `drive` is what the motor gets: -65535..65535; `braking` is whether it is shorted. `flips` counts
    changes of the direction pins under power.
    """

    def __init__(self, pwm, forward, backward):
        self.pwm, self.forward, self.backward = pwm, forward, backward
        self.flips = 0
        self._pins = 0
        for part in (pwm, forward, backward):
            part.watcher = self
        self.look()
        self.flips = 0

    def look(self):
        pins = self.forward.out << 1 | self.backward.out
        if pins != self._pins and self.pwm.duty:
            self.flips += 1
        self._pins = pins
        self.braking = pins == 3 and self.pwm.duty > 0
        self.drive = self.pwm.duty if pins == 2 else -self.pwm.duty if pins == 1 else 0


class TwoPwmBridge:
    """An H-bridge (DRV8833's table) with pulses on both inputs."""

    def __init__(self, forward, backward):
        self.forward, self.backward = forward, backward

    @property
    def drive(self):
        return self.forward.duty - self.backward.duty

    @property
    def braking(self):
        return self.forward.duty == 65535 and self.backward.duty == 65535

    @property
    def idle(self):
        return self.forward.duty == 0 and self.backward.duty == 0
