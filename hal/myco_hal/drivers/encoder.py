"""A quadrature encoder on two pins, counted in interrupts."""

from .base import Driver, Scale, deafen, demand, listen

# By old and new levels of both pins (a << 1 | b): one step forward, one back, none, or both pins at once.
_NONE, _FORWARD, _BACKWARD, _MISSED = 0, 1, 2, 3
_STEPS = bytes(
    (
        _NONE, _BACKWARD, _FORWARD, _MISSED,
        _FORWARD, _NONE, _MISSED, _BACKWARD,
        _BACKWARD, _MISSED, _NONE, _FORWARD,
        _MISSED, _FORWARD, _BACKWARD, _NONE,
    )
)  # fmt: skip
_LIMIT = 1 << 28


class Encoder(Driver):
    """Channel 0: counts forward since the last read, channel 1 backward; `full_counts` of them are 4095.

    Four counts a period of a pin; a leads b forward. `position` counts within -2^28..2^28 - 1 and wraps,
    `delta` is what the last read saw. `errors` counts (modulo 2^16) changes of both pins at once: edges came
    faster than interrupts were served, or the wires are noisy.
    """

    name = "encoder"
    channels = 2

    def __init__(self, a, b, full_counts):
        demand(0 < full_counts < 1 << 20, self.name, "full_counts", full_counts)
        self._a = a
        self._b = b
        self._scale = Scale(0, full_counts)
        self._handler = self.edge  # bound once: binding allocates
        self._clear(0)

    def _clear(self, levels):
        self.position = 0
        self.delta = 0
        self.errors = 0
        self._seen = 0
        self._levels = levels

    def _start(self):
        self._clear(self._a.value() << 1 | self._b.value())
        listen(self._a, self._handler)
        listen(self._b, self._handler)

    def edge(self, _pin=None):
        """Look at the pins: called by their interrupts, and harmless at any other time."""
        try:
            levels = self._a.value() << 1 | self._b.value()
        except OSError:
            self.errors = (self.errors + 1) & 0xFFFF
            return  # a handler that raises is taken off its pin
        step = _STEPS[self._levels << 2 | levels]
        self._levels = levels
        if step == _FORWARD:
            self.position = self.position + 1 if self.position < _LIMIT - 1 else -_LIMIT
        elif step == _BACKWARD:
            self.position = self.position - 1 if self.position > -_LIMIT else _LIMIT - 1
        elif step == _MISSED:
            self.errors = (self.errors + 1) & 0xFFFF

    def _read(self, values, at):
        position = self.position
        delta = position - self._seen
        if delta >= _LIMIT:
            delta -= 2 * _LIMIT
        elif delta < -_LIMIT:
            delta += 2 * _LIMIT
        self._seen = position
        self.delta = delta
        values[at] = self._scale.of(delta)
        values[at + 1] = self._scale.of(-delta)

    def _stop(self):
        quiet = deafen(self._a)
        return deafen(self._b) and quiet
