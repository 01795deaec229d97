"""A device with 8-bit registers on an I2C bus."""

from .base import WRONG_DEVICE, DriverError


class Registers:
    """The registers of the device at `address`. Every call may raise the bus's OSError; none allocates.

    i2c: has `writeto` and `readfrom_mem_into`. A register and its value go out as one buffer: what joins two
    allocates on some ports.
    """

    def __init__(self, i2c, address):
        self._i2c = i2c
        self.address = address
        self._pair = bytearray(2)
        self._one = bytearray(1)

    def put(self, register, value):
        """Write a register."""
        self._pair[0] = register
        self._pair[1] = value
        self._i2c.writeto(self.address, self._pair)

    def get(self, register):
        """Read a register."""
        self._i2c.readfrom_mem_into(self.address, register, self._one)
        return self._one[0]

    def fill(self, register, buffer):
        """Read as many registers from `register` on as `buffer` has bytes."""
        self._i2c.readfrom_mem_into(self.address, register, buffer)

    def expect(self, register, identity, driver):
        """Raise DriverError unless the register says that it is the device we want."""
        found = self.get(register)
        if found != identity:
            raise DriverError(WRONG_DEVICE, driver, found)

    def put_quietly(self, register, value):
        """Write a register, for `_stop`: whether it worked."""
        try:
            self.put(register, value)
        except Exception:
            return False
        return True


def signed_big(buffer, at):
    """The signed 16-bit word at buffer[at], high byte first."""
    word = buffer[at] << 8 | buffer[at + 1]
    return word - 65536 if word & 0x8000 else word


def signed_little(buffer, at):
    """The signed 16-bit word at buffer[at], low byte first."""
    word = buffer[at] | buffer[at + 1] << 8
    return word - 65536 if word & 0x8000 else word
