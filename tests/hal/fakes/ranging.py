"""The HC-SR04 at its two pins: a burst when the trigger falls, then an echo pulse as long as the way."""

from tests.hal.fakes.pins import Pin

_BURST_US = 450  # from the trigger to the echo's rise
_NOTHING_US = 38000


class HcSr04:
    """Time passes through `pass_us` alone; edges of the echo come at their time."""

    def __init__(self, time, early=False, hard=True):
        self.time = time
        self.trigger = Pin()
        self.echo = Pin(hard=hard)
        self.trigger.watcher = self
        self.mm = 0  # 0 is nothing in sight
        self.connected = True
        self.bursts = 0
        self._early = early  # a clone that goes by the rising edge
        self._level = 0
        self._high_us = 0
        self._rise_in = -1
        self._fall_in = -1

    def look(self):
        level = self.trigger.level if self.trigger.mode == Pin.OUT else 0
        falls = self._level and not level
        rises = level and not self._level
        self._level = level
        due = rises if self._early else falls and self._high_us >= 10
        self._high_us = 0
        if due and self.connected and self._rise_in < 0 and self._fall_in < 0:
            self.bursts += 1
            self._rise_in = _BURST_US

    def pass_us(self, us):
        while us > 0:
            step = us
            if 0 <= self._rise_in < step:
                step = self._rise_in
            if 0 <= self._fall_in < step:
                step = self._fall_in
            self.time.pass_us(step)
            us -= step
            if self._level:
                self._high_us += step
            if self._rise_in >= 0:
                self._rise_in -= step
                if self._rise_in <= 0:
                    self._rise_in = -1
                    self._fall_in = self.mm * 20000 // 3430 if self.mm else _NOTHING_US
                    self.echo.set(1)
                    continue
            if self._fall_in >= 0:
                self._fall_in -= step
                if self._fall_in <= 0:
                    self._fall_in = -1
                    self.echo.set(0)
