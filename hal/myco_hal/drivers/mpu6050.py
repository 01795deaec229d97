"""The MPU-6050, an accelerometer and gyroscope (MPU-6000/6050 register map, revision 4.2)."""

from array import array

from .base import BUS_FAILED, Driver, DriverError, Scale, demand, older
from .registers import Registers, signed_big

_SMPLRT_DIV = 0x19  # and CONFIG, GYRO_CONFIG, ACCEL_CONFIG behind it
_CONFIG = 0x1A
_GYRO_CONFIG = 0x1B
_ACCEL_CONFIG = 0x1C
_INT_ENABLE = 0x38
_INT_STATUS = 0x3A  # and behind it 14 bytes: acceleration, temperature, rotation
_PWR_MGMT_1 = 0x6B
_WHO_AM_I = 0x75
_IDENTITY = 0x68
_ASLEEP = 0x40
_AWAKE = 0x01  # clocked by the gyroscope's oscillator, which the maker recommends
_FILTER_44_HZ = 0x03
_DATA_READY = 0x01
_TENTHS_LSB_PER_DPS = (1310, 655, 328, 164)


class Mpu6050(Driver):
    """Channels: acceleration x, y, z, then rotation x, y, z. 2048 is zero; 0 and 4095 are -range and +range.

    range_g: 2, 4, 8, 16. range_dps: 250, 500, 1000, 2000 degrees a second. Samples at 200 Hz behind a filter
    of 44 Hz. `mg` and `mdps` hold the last sample in thousandths of g and of a degree a second, `age` the
    reads since it came, `stale` whether that is more than `stale_after`.
    """

    name = "mpu-6050"
    channels = 6

    def __init__(self, i2c, address=0x68, range_g=2, range_dps=250, stale_after=100):
        demand(range_g in (2, 4, 8, 16), self.name, "range_g", range_g)
        demand(range_dps in (250, 500, 1000, 2000), self.name, "range_dps", range_dps)
        self._registers = Registers(i2c, address)
        self._g_code = (2, 4, 8, 16).index(range_g)
        self._dps_code = (250, 500, 1000, 2000).index(range_dps)
        self._mg_scale = Scale(-1000 * range_g, 1000 * range_g)
        self._mdps_scale = Scale(-1000 * range_dps, 1000 * range_dps)
        self._stale_after = stale_after
        self._sample = bytearray(15)
        self.mg = array("i", [0] * 3)
        self.mdps = array("i", [0] * 3)
        self.centidegrees = 0  # temperature of the chip, 0.01 degrees Celsius
        self.age = stale_after + 1

    @property
    def stale(self):
        """Whether the sample is too old to go by."""
        return self.age > self._stale_after

    def _start(self):
        registers = self._registers
        registers.expect(_WHO_AM_I, _IDENTITY, self.name)
        registers.put(_PWR_MGMT_1, _AWAKE)
        registers.put(_SMPLRT_DIV, 4)
        registers.put(_CONFIG, _FILTER_44_HZ)
        registers.put(_GYRO_CONFIG, self._dps_code << 3)
        registers.put(_ACCEL_CONFIG, self._g_code << 3)
        registers.put(_INT_ENABLE, _DATA_READY)  # or the status may not show it
        if registers.get(_PWR_MGMT_1) != _AWAKE:
            raise DriverError(BUS_FAILED, self.name)
        for i in range(3):
            self.mg[i] = self.mdps[i] = 0
        self.age = self._stale_after + 1

    def _read(self, values, at):
        self.age = older(self.age)
        self._registers.fill(_INT_STATUS, self._sample)
        if self._sample[0] & _DATA_READY:
            self._note(self._sample)
        for i in range(3):
            values[at + i] = self._mg_scale.of(self.mg[i])
            values[at + 3 + i] = self._mdps_scale.of(self.mdps[i])

    def _note(self, sample):
        tenths = _TENTHS_LSB_PER_DPS[self._dps_code]
        for i in range(3):
            # 16384 LSB a g at 2 g, half of it at each wider range.
            self.mg[i] = signed_big(sample, 1 + 2 * i) * 125 >> (11 - self._g_code)
            self.mdps[i] = signed_big(sample, 9 + 2 * i) * 10000 // tenths
        self.centidegrees = signed_big(sample, 7) * 5 // 17 + 3653
        self.age = 0

    def _stop(self):
        return self._registers.put_quietly(_PWR_MGMT_1, _ASLEEP)
