"""The LSM303AGR, an accelerometer and compass; the one of micro:bits with a single motion sensor (1.5, 2).

Its two halves have an address each. From a register whose address has bit 7 set, reading goes on to the next.
"""

from array import array

from .base import Driver, Scale, demand, older
from .registers import Registers, signed_little

_ON = 0x80
_WHO_AM_I_A = 0x0F
_CTRL_REG1_A = 0x20
_CTRL_REG4_A = 0x23
_STATUS_REG_A = 0x27  # and six bytes of acceleration behind it
_WHO_AM_I_M = 0x4F
_CFG_REG_A_M = 0x60
_CFG_REG_C_M = 0x62
_STATUS_REG_M = 0x67  # and six bytes of field behind it
_IDENTITY_A = 0x33
_IDENTITY_M = 0x40
_A_100_HZ = 0x57  # x, y, z on
_A_OFF = 0x00
_A_WHOLE_SAMPLES = 0x80  # BDU: no sample changes while it is read
_A_FINE = 0x08  # 12 bits
_M_50_HZ = 0x88  # continuous, temperature compensated
_M_IDLE = 0x03
_M_WHOLE_SAMPLES = 0x10
_NEW = 0x08  # of all three axes
_HUNDREDTHS_MG = (98, 195, 390, 1172)  # a bit of 12, by range
_NT = 150  # a bit: 1.5 milligauss


class Lsm303agr(Driver):
    """Channels: acceleration x, y, z, then field x, y, z. 2048 is zero; 0 and 4095 are -range and +range.

    range_g: 2, 4, 8, 16. range_ut: of the field's channels, microtesla; the earth's is 25 to 65. `mg` and
    `nt` hold the last sample in thousandths of g and nanotesla, `age` the reads since the last acceleration,
    `stale` whether that is more than `stale_after`; the same for the field: `field_age`, `field_stale`.
    """

    name = "lsm303agr"
    channels = 6

    def __init__(self, i2c, range_g=2, range_ut=100, stale_after=100, address=0x19, field_address=0x1E):
        demand(range_g in (2, 4, 8, 16), self.name, "range_g", range_g)
        demand(1 <= range_ut <= 5000, self.name, "range_ut", range_ut)
        self._a = Registers(i2c, address)
        self._m = Registers(i2c, field_address)
        self._g_code = (2, 4, 8, 16).index(range_g)
        self._mg_scale = Scale(-1000 * range_g, 1000 * range_g)
        self._nt_scale = Scale(-1000 * range_ut, 1000 * range_ut)
        self._stale_after = stale_after
        self._sample = bytearray(7)
        self.mg = array("i", [0] * 3)
        self.nt = array("i", [0] * 3)
        self.age = self.field_age = stale_after + 1

    @property
    def stale(self):
        """Whether the acceleration is too old to go by."""
        return self.age > self._stale_after

    @property
    def field_stale(self):
        """Whether the field is too old to go by."""
        return self.field_age > self._stale_after

    def _start(self):
        self._a.expect(_WHO_AM_I_A, _IDENTITY_A, self.name)
        self._m.expect(_WHO_AM_I_M, _IDENTITY_M, self.name)
        self._a.put(_CTRL_REG4_A, _A_WHOLE_SAMPLES | self._g_code << 4 | _A_FINE)
        self._a.put(_CTRL_REG1_A, _A_100_HZ)
        self._m.put(_CFG_REG_C_M, _M_WHOLE_SAMPLES)
        self._m.put(_CFG_REG_A_M, _M_50_HZ)
        for i in range(3):
            self.mg[i] = self.nt[i] = 0
        self.age = self.field_age = self._stale_after + 1

    def _read(self, values, at):
        self.age = older(self.age)
        self.field_age = older(self.field_age)
        sample = self._sample
        self._a.fill(_ON | _STATUS_REG_A, sample)
        if sample[0] & _NEW:
            for i in range(3):
                bits = signed_little(sample, 1 + 2 * i) >> 4
                self.mg[i] = bits * _HUNDREDTHS_MG[self._g_code] // 100
            self.age = 0
        self._m.fill(_ON | _STATUS_REG_M, sample)
        if sample[0] & _NEW:
            for i in range(3):
                self.nt[i] = signed_little(sample, 1 + 2 * i) * _NT
            self.field_age = 0
        for i in range(3):
            values[at + i] = self._mg_scale.of(self.mg[i])
            values[at + 3 + i] = self._nt_scale.of(self.nt[i])

    def _stop(self):
        quiet = self._a.put_quietly(_CTRL_REG1_A, _A_OFF)
        return self._m.put_quietly(_CFG_REG_A_M, _M_IDLE) and quiet
