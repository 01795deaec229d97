"""An I2C bus, and devices with registers on it."""

from tests.hal.fakes.pins import Breakable

ENODEV = 19


class I2c(Breakable):
    """A bus, in `machine.I2C`'s words. Its operations are bytes: what fails may fail in mid-transfer."""

    def __init__(self, *devices):
        self.devices = devices

    def _device(self, address):
        self.touch()  # the address is a byte, too
        for device in self.devices:
            if device.address == address and device.there:
                return device
        raise OSError(ENODEV)

    def writeto(self, address, buffer, stop=True):
        device = self._device(address)
        self.touch()
        device.point(buffer[0])
        for k in range(1, len(buffer)):
            self.touch()
            device.put(buffer[k])
        return len(buffer)

    def readfrom_mem_into(self, address, register, buffer):
        device = self._device(address)
        self.touch()
        device.point(register)
        self._device(address)
        for k in range(len(buffer)):
            self.touch()
            buffer[k] = device.take()


class Registers:
    """A device of 256 registers, in which reading and writing go on to the next.

    Who inherits says what is writable, and what happens at reads and writes.
    """

    writable = ()

    def __init__(self, address):
        self.address = address
        self.there = True
        self.bytes = bytearray(256)
        self.at = 0

    def point(self, register):
        self.at = register

    def put(self, value):
        if self.at in self.writable:
            self.bytes[self.at] = value
            self.wrote(self.at)
        self.at = (self.at + 1) & 255

    def take(self):
        register = self.at
        value = self.bytes[register]
        self.was_read(register)
        self.at = (register + 1) & 255
        return value

    def wrote(self, register):
        pass

    def was_read(self, register):
        pass

    def store_big(self, register, word):
        self.bytes[register] = word >> 8 & 255
        self.bytes[register + 1] = word & 255

    def store_little(self, register, word):
        self.bytes[register] = word & 255
        self.bytes[register + 1] = word >> 8 & 255
