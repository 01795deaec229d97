"""The BME280's integer compensation, equal to the datasheet's 32-bit formulas without leaving 31 bits.

(a * b) >> n is taken apart where the product is too large: with a = h * 2^n + l it is h * b + ((l * b) >> n),
exactly, since h * b * 2^n has no lower bits. `sound` says whether a chip's calibration keeps all else small.
"""

from .base import clipped
from .registers import signed_little

_T_FINE_MIN = -220000  # -43 and 90 degrees Celsius: beyond what the chip is made for
_T_FINE_MAX = 460000
_PA_MAX = 131071
_HUMIDITY_MAX = 419430400  # 100 % in 1/2^22 %


def unsigned(buffer, at):
    """The unsigned 16-bit word at buffer[at], low byte first."""
    return buffer[at] | buffer[at + 1] << 8


def twelve(high, low):
    """A signed 12-bit number of its upper 8 bits and lower 4."""
    word = high << 4 | low
    return word - 4096 if word & 0x800 else word


def shifted(a, b, n):
    """(a * b) >> n for |b| < 2^(30 - n) and |a >> n| * |b| < 2^29."""
    return (a >> n) * b + ((a & (1 << n) - 1) * b >> n)


class Compensation:
    """The chip's calibration, and raw data by it. `temperature` first: the others go by its t_fine."""

    def __init__(self, first, second):
        """first: registers 0x88..0xA1; second: 0xE1..0xE7."""
        self.t1 = unsigned(first, 0)
        self.t2 = signed_little(first, 2)
        self.t3 = signed_little(first, 4)
        self.p1 = unsigned(first, 6)
        self.p2 = signed_little(first, 8)
        self.p3 = signed_little(first, 10)
        self.p4 = signed_little(first, 12)
        self.p5 = signed_little(first, 14)
        self.p6 = signed_little(first, 16)
        self.p7 = signed_little(first, 18)
        self.p8 = signed_little(first, 20)
        self.p9 = signed_little(first, 22)
        self.h1 = first[25]
        self.h2 = signed_little(second, 0)
        self.h3 = second[2]
        self.h4 = twelve(second[3], second[4] & 15)
        self.h5 = twelve(second[5], second[4] >> 4)
        self.h6 = second[6] - 256 if second[6] & 0x80 else second[6]
        self.t_fine = 0

    def sound(self):
        """Whether the calibration is one that a chip can have: an empty or damaged one is not."""
        # In `pressure`, |var1| < 2^18, and the part of its square that p6 multiplies is below 2^20.
        small = (abs(self.p6) << 12) + (abs(self.p5) << 10) < 1 << 20
        return self.t1 > 0 and self.t2 > 0 and self.p1 > 0 and small

    def temperature(self, raw):
        """0.01 degrees Celsius of 20 bits."""
        var1 = shifted((raw >> 3) - (self.t1 << 1), self.t2, 11)
        offset = (raw >> 4) - self.t1
        var2 = shifted(shifted(offset, offset, 12), self.t3, 14)
        self.t_fine = clipped(var1 + var2, _T_FINE_MIN, _T_FINE_MAX)
        return self.t_fine * 5 + 128 >> 8

    def pressure(self, raw):
        """Pa of 20 bits; 0 where the calibration makes no sense, at most 131071."""
        var1 = (self.t_fine >> 1) - 64000
        quarter = var1 >> 2
        divisor = self._divisor(var1, quarter)
        if divisor <= 0:
            return 0
        var2 = shifted(quarter, quarter, 11) * self.p6 + (var1 * self.p5 << 1)
        rest = 1048576 - raw - ((var2 >> 14) + (self.p4 << 4))
        if rest <= 0:
            return 0
        whole = rest // divisor
        rest_of_it = rest % divisor
        if whole > 21:  # times 6250
            return _PA_MAX
        if rest < 687195:  # 2^31 / 3125
            pascals = whole * 6250 + rest_of_it * 6250 // divisor
        else:
            pascals = whole * 3125 + rest_of_it * 3125 // divisor << 1
        if pascals > _PA_MAX:
            return _PA_MAX
        eighth = pascals >> 3
        var1 = (eighth * eighth >> 13) * self.p9 >> 12
        var2 = (pascals >> 2) * self.p8 >> 13
        return clipped(pascals + (var1 + var2 + self.p7 >> 4), 0, _PA_MAX)

    def _divisor(self, var1, quarter):
        """What the datasheet calls var1 when it divides by it: below 2^17 for temperatures of the range."""
        square = shifted(quarter, quarter, 13)
        term = (square >> 3) * self.p3 + ((square & 7) * self.p3 >> 3)
        low = (term & 255) + ((var1 & 511) * self.p2 >> 1) >> 8
        scaled = 32768 + ((var1 >> 9) * self.p2 + (term >> 8) + low >> 10)
        if scaled <= 0:
            return 0
        low = scaled & 32767
        return (scaled >> 15) * self.p1 + (low * (self.p1 >> 8) + (low * (self.p1 & 255) >> 8) >> 7)

    def humidity(self, raw):
        """1/1024 % relative humidity of 16 bits, 0..102400."""
        v = self.t_fine - 76800
        slope = -self.h5 * v
        above = raw + 1 - (self.h4 << 6) + (slope >> 14) >> 1
        gain = shifted(shifted(v, self.h6, 10), shifted(v, self.h3, 11) + 32768, 10) + 2097152
        gain = (gain >> 14) * self.h2 + ((gain & 16383) * self.h2 + 8192 >> 14)
        if gain < 0:
            above = -above
            gain = -gain
        if above <= 0 or not gain:
            return 0
        if above > (1 << 29) // gain:
            return _HUMIDITY_MAX >> 12
        water = above * gain
        high = water >> 15
        water -= (high * high >> 7) * self.h1 >> 4
        return clipped(water, 0, _HUMIDITY_MAX) >> 12
