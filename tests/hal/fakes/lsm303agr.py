"""The LSM303AGR's halves: registers go on only where bit 7 of the address is set; words low byte first."""

from tests.hal.fakes.i2c import Registers


class _Half(Registers):
    status = 0
    last = 0  # reading it takes the sample

    def point(self, register):
        self.at = register & 127
        self._on = bool(register & 128)

    def take(self):
        register = self.at
        value = super().take()
        if not self._on:
            self.at = register
        return value

    def put(self, value):
        register = self.at
        super().put(value)
        if not self._on:
            self.at = register

    def was_read(self, register):
        if register == self.last:
            self.bytes[self.status] = 0


class Accelerometer(_Half):
    writable = (0x20, 0x21, 0x22, 0x23, 0x24)
    status = 0x27
    last = 0x2D

    def __init__(self, address=0x19):
        super().__init__(address)
        self.bytes[0x0F] = 0x33
        self.bytes[0x20] = 0x07

    @property
    def asleep(self):
        return self.bytes[0x20] >> 4 == 0

    def move(self, mg):
        if self.asleep:
            return
        axes = self.bytes[0x20] & 7  # x is bit 0
        fine = self.bytes[0x23] & 0x08
        assert not (fine and self.bytes[0x20] & 0x08), "high resolution and low power at once"
        hundredths = (98, 195, 390, 1172)[self.bytes[0x23] >> 4 & 3]
        for i in range(3):
            bits = mg[i] * 100 // hundredths if axes >> i & 1 else 0
            self.store_little(0x28 + 2 * i, bits << 4 if fine else bits >> 2 << 6)
        self.bytes[0x27] = 0x0F


class Magnetometer(_Half):
    writable = (0x60, 0x61, 0x62, 0x63)
    status = 0x67
    last = 0x6D

    def __init__(self, address=0x1E):
        super().__init__(address)
        self.bytes[0x4F] = 0x40
        self.bytes[0x60] = 0x03

    @property
    def asleep(self):
        return self.bytes[0x60] & 3 >= 2

    def turn(self, nt):
        if self.asleep:
            return
        for i in range(3):
            self.store_little(0x68 + 2 * i, nt[i] // 150)
        self.bytes[0x67] = 0x0F
        if self.bytes[0x60] & 3 == 1:  # a single measurement
            self.bytes[0x60] |= 3
