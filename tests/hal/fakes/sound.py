"""`machine.I2S`, receiving in the background once it has a handler."""

from tests.hal.fakes.pins import Breakable


class I2s(Breakable):
    def __init__(self):
        self.handler = None
        self.wanted = None
        self.reads = 0

    def irq(self, handler):
        self.touch()
        self.handler = handler

    def readinto(self, buffer):
        self.touch()
        assert self.handler is not None, "without a handler readinto blocks"
        self.wanted = buffer
        self.reads += 1
        return len(buffer)

    def hear(self, low, high):
        """A window of samples arrives: all 0 but two."""
        if self.wanted is None:
            return
        for i in range(len(self.wanted)):
            self.wanted[i] = 0
        self.wanted[0] = low
        self.wanted[len(self.wanted) - 1] = high
        self.wanted = None
        if self.handler is not None:
            self.handler(self)
