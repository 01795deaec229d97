"""What all drivers share: their life, their one error, and readings in 12 bits."""

FULL = 4095  # full scale of a reading and of an actuator's level
AGE_MAX = 30000  # ages are counted up to here

NOT_STARTED = 1
NO_ANSWER = 2
TIMED_OUT = 3
BUS_FAILED = 4
WRONG_DEVICE = 5
BAD_SETTING = 6

_SAID = {
    NOT_STARTED: "it is not started; call start()",
    NO_ANSWER: "nobody answers (errno %s); check wiring, power and address",
    TIMED_OUT: "the bus or the device timed out (errno %s); check wiring and pull-up resistors",
    BUS_FAILED: "the bus failed (errno %s); check wiring and pull-up resistors",
    WRONG_DEVICE: "another device answers, or a damaged one: it says %s; check the part and its address",
    BAD_SETTING: "a setting cannot be %s; the driver's file has its range",
}
_NO_DEVICE = 19  # ENODEV
_TIMEOUTS = (110, 116)  # ETIMEDOUT, of most ports and of those with newlib


class DriverError(Exception):
    """A driver cannot do what was asked.

    code: one of the constants above. driver: its name. detail: an errno, what a device says of itself, or a
    setting as text.
    """

    def __init__(self, code, driver, detail=0):
        super().__init__(code, driver, detail)
        self.code = code
        self.driver = driver
        self.detail = detail

    def __str__(self):
        said = _SAID[self.code]
        return "%s: %s" % (self.driver, said % self.detail if "%" in said else said)


def from_bus(error, driver):
    """The DriverError for an OSError of a pin or a bus."""
    number = abs(error.args[0]) if error.args and isinstance(error.args[0], int) else 0
    code = NO_ANSWER if number == _NO_DEVICE else TIMED_OUT if number in _TIMEOUTS else BUS_FAILED
    return DriverError(code, driver, number)


class Driver:
    """The life of a driver: made, started, read or written once a tick, stopped; started again.

    Who inherits has `_start` and `_stop`; and `_read` for a sensor, `_write` for an actuator. `_stop` never
    raises and never allocates, and says whether all of it worked.
    """

    name = "driver"
    channels = 1
    started = False

    def start(self):
        """Set the device up, outputs at rest.

        Raises:
            DriverError: it does not answer, or is another one; the driver is stopped then.
        """
        try:
            self._start()
        except OSError as error:
            self.stop()
            raise from_bus(error, self.name)
        except BaseException:
            self.stop()
            raise
        self.started = True

    def stop(self):
        """Bring all outputs to rest, whatever happened before; False if something failed.

        Raises nothing of a device's. A Ctrl-C in the middle comes through once all has been stopped.
        """
        self.started = False
        try:
            return self._stop()
        except BaseException:
            self._stop()
            raise

    def read(self, values, at):
        """Put this tick's readings, 0..4095, into values[at : at + channels]. Allocates nothing.

        Raises:
            DriverError: not started, or the bus failed; the next read tries again.
        """
        if not self.started:
            raise DriverError(NOT_STARTED, self.name)
        try:
            self._read(values, at)
        except OSError as error:
            raise from_bus(error, self.name)

    def write(self, values, at):
        """Act by values[at : at + channels]; what is out of range is clipped. Allocates nothing.

        Raises:
            DriverError: not started, or it failed; the driver is stopped then.
        """
        if not self.started:
            raise DriverError(NOT_STARTED, self.name)
        try:
            self._write(values, at)
        except OSError as error:
            self.stop()
            raise from_bus(error, self.name)
        except BaseException:
            self.stop()
            raise

    def _start(self):
        pass

    def _stop(self):
        return True


class Scale:
    """Integers of some unit to readings: `zero` becomes 0, `full` 4095, linear between, clipped outside.

    `zero` may lie above `full`: then small is high. No intermediate leaves 31 bits.
    """

    def __init__(self, zero, full):
        self.zero = zero
        span = full - zero
        if not span:
            raise DriverError(BAD_SETTING, "scale", "both ends %s" % full)
        self._down = span < 0
        span = abs(span)
        self._shift = 0
        while span >> self._shift >= 1 << 18:
            self._shift += 1
        self._span = span >> self._shift

    def of(self, value):
        """The reading of a value, of which value - zero has less than 31 bits."""
        value = (self.zero - value if self._down else value - self.zero) >> self._shift
        if value <= 0:
            return 0
        return FULL if value >= self._span else value * FULL // self._span


def older(age):
    """An age a tick later."""
    return age + 1 if age < AGE_MAX else age


def clipped(value, low, high):
    """`value`, or the nearer end of low..high."""
    return low if value < low else high if value > high else value


def demand(holds, driver, setting, value):
    """Raise the error of a bad setting where it does not hold."""
    if not holds:
        raise DriverError(BAD_SETTING, driver, "%s=%s" % (setting, value))


def drive(pin, level):
    """Set a pin, for `_stop`: whether it worked."""
    try:
        pin.value(level)
    except Exception:
        return False
    return True


def release(pin):
    """Make a pin an input, for `_stop`: whether it worked."""
    try:
        pin.init(pin.IN)
    except Exception:
        return False
    return True


def silence(pwm):
    """A PWM to no pulses, for `_stop`: whether it worked."""
    try:
        pwm.duty_u16(0)
    except Exception:
        return False
    return True


def deafen(pin):
    """Take the interrupt handler off a pin, for `_stop`: whether it worked."""
    try:
        pin.irq(handler=None)
    except Exception:
        return False
    return True


def listen(pin, handler):
    """Have `handler` called at both edges, in the interrupt itself where the port can do that."""
    edges = pin.IRQ_RISING | pin.IRQ_FALLING
    try:
        pin.irq(handler=handler, trigger=edges, hard=True)
    except TypeError:
        pin.irq(handler=handler, trigger=edges)


def begin(pwm, frequency_hz):
    """A PWM at a frequency, without pulses."""
    pwm.duty_u16(0)
    pwm.freq(frequency_hz)
    pwm.duty_u16(0)  # some ports scale the old duty by a new frequency


def duty(level):
    """A level 0..4095 as `duty_u16` takes it, 0..65535, both ends exact."""
    return level << 4 | level >> 8
