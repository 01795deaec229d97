"""The MPU-6050, of its register map: asleep at first, big-endian words, a status that reading clears."""

from tests.hal.fakes.i2c import Registers


def saturated(word):
    return -32768 if word < -32768 else 32767 if word > 32767 else word


class Mpu6050(Registers):
    writable = (0x19, 0x1A, 0x1B, 0x1C, 0x38, 0x6B, 0x6C)

    def __init__(self, address=0x68):
        super().__init__(address)
        self.bytes[0x75] = 0x68
        self.bytes[0x6B] = 0x40

    @property
    def asleep(self):
        return bool(self.bytes[0x6B] & 0x40)

    def was_read(self, register):
        if register == 0x3A:
            self.bytes[0x3A] = 0

    def move(self, mg, dps, celsius=25):
        """A sample in the units of the world, by the ranges that are set; nothing while asleep."""
        if self.asleep:
            return
        per_g = 16384 >> (self.bytes[0x1C] >> 3 & 3)
        tenths_per_dps = (1310, 655, 328, 164)[self.bytes[0x1B] >> 3 & 3]
        for i in range(3):
            self.store_big(0x3B + 2 * i, saturated(mg[i] * per_g // 1000))
            self.store_big(0x43 + 2 * i, saturated(dps[i] * tenths_per_dps // 10))
        self.store_big(0x41, (celsius * 100 - 3653) * 34 // 10)
        self.bytes[0x3A] |= self.bytes[0x38] & 0x01
