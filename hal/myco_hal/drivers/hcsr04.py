"""The HC-SR04 range finder: a pulse out, and an echo pulse whose length is the way there and back.

Nothing waits: one read raises the trigger, the next lowers it, which sends the burst; interrupts note both
edges of the echo with the time; a later read finds them. The trigger pulse lasts a tick; 10 us would do.
"""

from .base import Driver, Scale, deafen, demand, drive, listen, older, release

_RESTING, _SENT, _HEARD, _DONE, _BUSY = 0, 1, 2, 3, 4
_CYCLE_US = 60000  # the maker's shortest time between two bursts
_FAR_MM = 4000  # what it can see; an echo of 38 ms says that nothing was there


class HcSr04(Driver):
    """`zero_mm` reads 0, `full_mm` 4095; with zero_mm above full_mm, near is high. 4000 mm: nothing there.

    trigger, echo: pins, the echo's level brought down to what the board bears. time: as MicroPython's module.
    Measures every 60 ms at most. `mm` is the last distance, `age` the reads since, which `stale` compares
    with `stale_after`; `misses` counts bursts without an echo pulse (modulo 2^16). Until the first echo
    mm is 0.
    """

    name = "hc-sr04"

    def __init__(self, trigger, echo, time, zero_mm=0, full_mm=_FAR_MM, stale_after=200):
        demand(0 < stale_after < 30000, self.name, "stale_after", stale_after)
        self._trigger = trigger
        self._echo = echo
        self._time = time
        self._scale = Scale(zero_mm, full_mm)
        self._stale_after = stale_after
        self._handler = self.edge  # bound once: binding allocates
        self._clear()

    def _clear(self):
        self.mm = 0
        self.age = self._stale_after + 1
        self.misses = 0
        self._state = _RESTING
        self._begun_us = 0
        self._rise_us = 0
        self._width_us = 0
        self._first = True

    @property
    def stale(self):
        """Whether the distance is too old to go by."""
        return self.age > self._stale_after

    def _start(self):
        self._clear()
        self._trigger.init(self._trigger.OUT, value=0)
        listen(self._echo, self._handler)

    def edge(self, _pin=None):
        """The echo pin has changed: called by its interrupt."""
        now = self._time.ticks_us()
        try:
            level = self._echo.value()
        except OSError:
            return  # a handler that raises is taken off its pin; this becomes a miss
        if level:
            if self._state == _SENT:
                self._rise_us = now
                self._state = _HEARD
        elif self._state == _HEARD:
            self._width_us = self._time.ticks_diff(now, self._rise_us)
            self._state = _DONE

    def _read(self, values, at):
        now = self._time.ticks_us()
        self.age = older(self.age)
        self._trigger.value(0)
        if self._state == _DONE:
            self._note()
        passed = self._time.ticks_diff(now, self._begun_us)
        if self._first or not 0 <= passed < _CYCLE_US:
            self._measure(now)
        values[at] = self._scale.of(self.mm)

    def _note(self):
        # Half of 343 m/s at 20 C: 1 us is 0.1715 mm.
        mm = self._width_us * 1715 // 10000 if 0 < self._width_us < _CYCLE_US else _FAR_MM
        self.mm = mm if mm < _FAR_MM else _FAR_MM
        self.age = 0
        self._state = _RESTING

    def _measure(self, now):
        if self._state != _RESTING:
            self.misses = (self.misses + 1) & 0xFFFF
        self._first = False
        self._begun_us = now
        if self._echo.value():
            self._state = _BUSY  # with the last burst; a miss, next time
            return
        self._state = _SENT  # before the edge: some modules answer while the trigger is high
        self._trigger.value(1)

    def _stop(self):
        quiet = deafen(self._echo)
        quiet = drive(self._trigger, 0) and quiet
        self._state = _RESTING
        return release(self._trigger) and quiet
