"""A pin that is high or low, in and out."""

from .base import FULL, Driver, demand, drive, release


class DigitalIn(Driver):
    """A level on a pin: 4095 when it equals `active`, else 0.

    pin: an input already.
    """

    name = "digital in"

    def __init__(self, pin, active=1):
        demand(active in (0, 1), self.name, "active", active)
        self._pin = pin
        self._active = active

    def _read(self, values, at):
        values[at] = FULL if self._pin.value() == self._active else 0


class DigitalOut(Driver):
    """A pin driven to `active` by values of `threshold` and more, else to the other level.

    rest: the level that `stop` leaves driven; None makes the pin an input, for what must not be driven.
    """

    name = "digital out"

    def __init__(self, pin, active=1, threshold=2048, rest=None):
        demand(active in (0, 1), self.name, "active", active)
        demand(rest in (None, 0, 1), self.name, "rest", rest)
        self._pin = pin
        self._active = active
        self._threshold = threshold
        self._rest = rest

    def _start(self):
        self._pin.init(self._pin.OUT, value=1 - self._active)

    def _write(self, values, at):
        self._pin.value(self._active if values[at] >= self._threshold else 1 - self._active)

    def _stop(self):
        if self._rest is not None:
            return drive(self._pin, self._rest)
        quiet = drive(self._pin, 1 - self._active)
        return release(self._pin) and quiet
