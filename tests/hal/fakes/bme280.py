"""The BME280: measurements that take their time, a humidity setting that waits for the next one, its NVM."""

from tests.hal.fakes.i2c import Registers

# The example of the BMP280's datasheet (BST-BMP280-DS001, 3.12), and humidity of a chip.
TEMPERATURE = (27504, 26435, -1000)
PRESSURE = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
HUMIDITY = (75, 370, 0, 301, 50, 30)


def calibration(temperature=TEMPERATURE, pressure=PRESSURE, humidity=HUMIDITY):
    """Registers 0x88..0xA1 and 0xE1..0xE7."""
    first = bytearray(26)
    at = 0
    for word in tuple(temperature) + tuple(pressure):
        first[at] = word & 255
        first[at + 1] = word >> 8 & 255
        at += 2
    h1, h2, h3, h4, h5, h6 = humidity
    first[25] = h1
    second = bytearray(
        (h2 & 255, h2 >> 8 & 255, h3, h4 >> 4 & 255, h4 & 15 | (h5 & 15) << 4, h5 >> 4 & 255, h6 & 255)
    )
    return first, second


class Bme280(Registers):
    writable = (0xE0, 0xF2, 0xF4, 0xF5)

    def __init__(self, address=0x76, copying=2, measuring=3):
        super().__init__(address)
        first, second = calibration()
        self.bytes[0x88:0xA2] = first
        self.bytes[0xE1:0xE8] = second
        self.bytes[0xD0] = 0x60
        self.bytes[0xF3] = 0x01 if copying else 0
        self.bytes[0xF7] = self.bytes[0xFA] = self.bytes[0xFD] = 0x80
        self._copying = copying
        self._measuring = measuring  # reads of the status that find it at work
        self._left = 0
        self._humidity = 0
        self.measured = 0
        self.raw = (519888, 415148, 30000)

    @property
    def asleep(self):
        return self.bytes[0xF4] & 3 == 0

    def wrote(self, register):
        if register == 0xF4:
            self._humidity = self.bytes[0xF2] & 7
            if self.bytes[0xF4] & 3 in (1, 2):
                self._left = self._measuring
                self.bytes[0xF3] |= 0x08

    def was_read(self, register):
        if register != 0xF3:
            return
        if self._copying:
            self._copying -= 1
            if not self._copying:
                self.bytes[0xF3] &= 0xFE
        if self._left:
            self._left -= 1
            if not self._left:
                self._finish()

    def _finish(self):
        temperature, pressure, humidity = self.raw
        self._store20(0xFA, temperature if self.bytes[0xF4] >> 5 else 0x80000)
        self._store20(0xF7, pressure if self.bytes[0xF4] >> 2 & 7 else 0x80000)
        self.store_big(0xFD, humidity if self._humidity else 0x8000)
        self.bytes[0xF4] &= 0xFC
        self.bytes[0xF3] &= 0xF7
        self.measured += 1

    def _store20(self, register, value):
        self.bytes[register] = value >> 12
        self.bytes[register + 1] = value >> 4 & 255
        self.bytes[register + 2] = value << 4 & 0xF0
