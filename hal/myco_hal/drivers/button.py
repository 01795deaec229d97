"""A button or bumper, debounced by ticks."""

from .base import FULL, Driver, demand


class Button(Driver):
    """4095 while held, 0 else. A change counts after `settle` readings in a row that agree.

    pin: an input with the pull resistor that it needs. active: its level while held. `presses` counts, modulo
    2^16.
    """

    name = "button"

    def __init__(self, pin, active=0, settle=3):
        demand(active in (0, 1), self.name, "active", active)
        demand(1 <= settle <= 1000, self.name, "settle", settle)
        self._pin = pin
        self._active = active
        self._settle = settle
        self._start()

    def _start(self):
        self.held = False
        self.presses = 0
        self._agree = 0

    def _read(self, values, at):
        held = self._pin.value() == self._active
        if held == self.held:
            self._agree = 0
        else:
            self._agree += 1
            if self._agree >= self._settle:
                self.held = held
                self._agree = 0
                if held:
                    self.presses = (self.presses + 1) & 0xFFFF
        values[at] = FULL if self.held else 0
