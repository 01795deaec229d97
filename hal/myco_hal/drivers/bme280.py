"""The BME280: temperature, pressure, humidity (datasheet BST-BME280-DS002).

A measurement takes 8 to 10 ms: one read asks for it, a later one finds it done. See `compensate` for what
becomes of it.
"""

from .base import WRONG_DEVICE, Driver, DriverError, Scale, older
from .bme280_compensate import Compensation
from .registers import Registers

_CALIB = 0x88  # 26 bytes
_ID = 0xD0
_CALIB_H = 0xE1  # 7 bytes
_CTRL_HUM = 0xF2
_STATUS = 0xF3
_CTRL_MEAS = 0xF4
_CONFIG = 0xF5
_DATA = 0xF7  # 8 bytes: pressure 20 bits, temperature 20 bits, humidity 16 bits
_IDENTITY = 0x60
_MEASURING = 0x08
_COPYING = 0x01  # calibration, after power came
_ONCE = 0x01
_SLEEP = 0x25 & ~3
_ASK = _SLEEP | _ONCE  # all three without oversampling
_NOTHING = 0x80000  # what the data are after power came, or where a measurement was skipped


class Bme280(Driver):
    """Channels: temperature, pressure, humidity.

    zero, full: pairs of what reads 0 and 4095, in 0.01 degrees Celsius, Pa, and 0.1 % relative humidity.
    `centidegrees`, `pascals` and `permille` hold the last measurement, `age` the reads since it came, `stale`
    whether that is more than `stale_after`. Measures as often as it can; `every` reads apart at least.
    """

    name = "bme280"
    channels = 3

    def __init__(
        self,
        i2c,
        address=0x76,
        temperature=(-4000, 8500),
        pressure=(30000, 110000),
        humidity=(0, 1000),
        every=1,
        stale_after=1000,
    ):
        self._registers = Registers(i2c, address)
        self._temperature = Scale(*temperature)
        self._pressure = Scale(*pressure)
        self._humidity = Scale(*humidity)
        self._every = every
        self._stale_after = stale_after
        self._data = bytearray(8)
        self._made = None
        self._clear()

    def _clear(self):
        self.centidegrees = 0
        self.pascals = 0
        self.permille = 0
        self.age = self._stale_after + 1
        self._asked = False
        self._since = self._every

    @property
    def stale(self):
        """Whether the measurement is too old to go by."""
        return self.age > self._stale_after

    def _start(self):
        registers = self._registers
        registers.expect(_ID, _IDENTITY, self.name)
        for _ in range(100):  # 2 ms at most, by the datasheet; on a bus of 400 kHz a look takes 0.1 ms
            if not registers.get(_STATUS) & _COPYING:
                break
        else:
            raise DriverError(WRONG_DEVICE, self.name, _COPYING)
        first = bytearray(26)
        second = bytearray(7)
        registers.fill(_CALIB, first)
        registers.fill(_CALIB_H, second)
        made = Compensation(first, second)
        if not made.sound():
            raise DriverError(WRONG_DEVICE, self.name, made.p1)
        self._made = made
        registers.put(_CTRL_MEAS, _SLEEP)
        registers.put(_CONFIG, 0)
        registers.put(_CTRL_HUM, 1)  # holds from the next write of CTRL_MEAS on
        self._clear()

    def _read(self, values, at):
        self.age = older(self.age)
        self._since += 1
        if self._asked:
            if not self._registers.get(_STATUS) & _MEASURING:
                self._asked = False
                self._registers.fill(_DATA, self._data)
                self._note(self._data)
        elif self._since >= self._every:
            self._registers.put(_CTRL_MEAS, _ASK)
            self._asked = True
            self._since = 0
        values[at] = self._temperature.of(self.centidegrees)
        values[at + 1] = self._pressure.of(self.pascals)
        values[at + 2] = self._humidity.of(self.permille)

    def _note(self, data):
        pressure = data[0] << 12 | data[1] << 4 | data[2] >> 4
        temperature = data[3] << 12 | data[4] << 4 | data[5] >> 4
        if temperature == _NOTHING or pressure == _NOTHING:
            return  # it lost power meanwhile: the age tells
        made = self._made
        self.centidegrees = made.temperature(temperature)
        self.pascals = made.pressure(pressure)
        self.permille = made.humidity(data[6] << 8 | data[7]) * 10 >> 10
        self.age = 0

    def _stop(self):
        return self._registers.put_quietly(_CTRL_MEAS, _SLEEP)
