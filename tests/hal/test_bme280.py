from array import array

from myco_hal.drivers.base import NO_ANSWER, WRONG_DEVICE, DriverError
from myco_hal.drivers.bme280 import Bme280
from myco_hal.drivers.bme280_compensate import Compensation
from tests.hal.checks import Chance, locked, raises
from tests.hal.fakes.bme280 import Bme280 as Chip
from tests.hal.fakes.bme280 import calibration
from tests.hal.fakes.i2c import I2c


class Datasheet:
    """The 32-bit formulas of the datasheet (4.2.3 and 8.2), in integers of any size.

    `wide` is set once a number would not have fitted into its 32-bit type: what follows means nothing.
    """

    def __init__(self, temperature, pressure, humidity):
        self.t, self.p, self.h = temperature, pressure, humidity
        self.wide = False

    def fit(self, number):
        if not -(1 << 31) <= number < 1 << 31:
            self.wide = True
        return number

    def temperature(self, adc):
        fit = self.fit
        t1, t2, t3 = self.t
        a = fit(((adc >> 3) - (t1 << 1)) * t2) >> 11
        d = (adc >> 4) - t1
        b = fit((fit(d * d) >> 12) * t3) >> 14
        self.fine = a + b
        return (self.fine * 5 + 128) >> 8

    def pressure(self, adc):
        fit = self.fit
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.p
        x = (self.fine >> 1) - 64000
        square = fit((x >> 2) * (x >> 2))
        y = fit((square >> 11) * p6)
        y = fit(y + fit(x * p5 << 1))
        y = fit((y >> 2) + (p4 << 16))
        x = fit((fit(p3 * (square >> 13)) >> 3) + (fit(p2 * x) >> 1)) >> 18
        x = fit((32768 + x) * p1) >> 15
        if x <= 0:
            return 0
        p = (1048576 - adc - (y >> 12)) * 3125
        if not 0 <= p < 1 << 32:
            self.wide = True
        p = (p << 1) // x if p < 1 << 31 else p // x * 2
        x = fit(p9 * (fit((p >> 3) * (p >> 3)) >> 13)) >> 12
        y = fit((p >> 2) * p8) >> 13
        return p + ((x + y + p7) >> 4)

    def humidity(self, adc):
        fit = self.fit
        h1, h2, h3, h4, h5, h6 = self.h
        v = self.fine - 76800
        left = fit(fit((adc << 14) - (h4 << 20)) - fit(h5 * v) + 16384) >> 15
        right = fit((fit(v * h6) >> 10) * ((fit(v * h3) >> 11) + 32768)) >> 10
        right = fit((right + 2097152) * h2 + 8192) >> 14
        v = fit(left * right)
        v -= fit((fit((v >> 15) * (v >> 15)) >> 7) * h1) >> 4
        return (0 if v < 0 else min(v, 419430400)) >> 12


def chip_like(chance):
    """A calibration such as chips have."""
    temperature = (chance.between(20000, 36000), chance.between(20000, 32000), chance.between(-3000, 3000))
    pressure = (
        chance.between(30000, 42000),
        chance.between(-12000, -9000),
        3024,
        chance.between(-8000, 12000),
        chance.between(-500, 500),
        -7,
        chance.between(9000, 15500),
        chance.between(-15000, -9000),
        chance.between(4000, 6500),
    )
    humidity = (
        chance.between(0, 255),
        chance.between(300, 420),
        chance.between(0, 10),
        chance.between(200, 420),
        chance.between(-60, 60),
        chance.between(-40, 40),
    )
    return temperature, pressure, humidity


def test_the_example_of_the_datasheet():
    made = Compensation(*calibration())
    assert made.temperature(519888) == 2508 and made.t_fine == 128422
    assert abs(made.pressure(415148) - 100653) <= 3  # of the 64-bit formulas


def test_equal_to_the_datasheets_formulas_for_any_chip_and_weather():
    chance = Chance(11)
    compared = 0
    for _ in range(120):
        parts = chip_like(chance)
        made = Compensation(*calibration(*parts))
        assert made.sound()
        for _ in range(6):
            sheet = Datasheet(*parts)
            raws = chance.between(300000, 700000), chance.between(200000, 500000), chance.below(65536)
            wanted = sheet.temperature(raws[0])
            if not -220000 < sheet.fine < 460000 or sheet.wide:
                continue
            assert made.temperature(raws[0]) == wanted and made.t_fine == sheet.fine
            pascals = sheet.pressure(raws[1])
            if not sheet.wide and pascals < 131071:
                assert made.pressure(raws[1]) == max(0, pascals)
                compared += 1
            sheet.wide = False
            water = sheet.humidity(raws[2])
            if not sheet.wide:
                assert made.humidity(raws[2]) == water
                compared += 1
    assert compared > 500


def test_no_calibration_and_no_data_leave_31_bits():
    chance = Chance(23)
    sounds = []
    while len(sounds) < 20:
        first = bytearray([chance.below(256) for _ in range(26)])
        first[15] = 0  # p5 and p6 of a sound size
        first[16], first[17] = chance.below(100), 0
        made = Compensation(first, bytearray([chance.below(256) for _ in range(7)]))
        if made.sound():
            sounds.append(made)
    raws = [(chance.below(1024) << 10, chance.below(1024) << 10, chance.below(65536)) for _ in range(50)]

    def step(i):
        made = sounds[i % 20]
        raw = raws[i % 50]
        made.temperature(raw[0])
        assert 0 <= made.pressure(raw[1]) <= 131071
        assert 0 <= made.humidity(raw[2]) <= 102400

    locked(step)


def test_what_could_leave_31_bits_is_not_sound():
    for at, word, sound in (
        (16, 255, True),
        (16, 300, False),
        (16, -300, False),
        (14, 1000, True),
        (14, -1100, False),
    ):
        first, second = calibration()
        first[14] = first[15] = first[16] = first[17] = 0
        first[at], first[at + 1] = word & 255, word >> 8 & 255
        assert Compensation(first, second).sound() == sound
    for at in (0, 2, 6):
        first, second = calibration()
        first[at] = first[at + 1] = 0
        assert not Compensation(first, second).sound()


def test_an_erased_calibration_is_refused():
    for fill in (0, 255):
        chip = Chip()
        for register in range(0x88, 0xA2):
            chip.bytes[register] = fill
        assert raises(DriverError, Bme280(I2c(chip)).start).code == WRONG_DEVICE


def reading(driver):
    values = array("h", [0] * 3)
    driver.read(values, 0)
    return list(values)


def until_fresh(driver):
    for reads in range(100):
        values = reading(driver)
        if driver.age == 0:
            return reads, values
    raise AssertionError("no measurement came")


def test_a_measurement_is_asked_for_and_fetched_later():
    for work in (1, 3, 20):
        chip = Chip(measuring=work)
        driver = Bme280(I2c(chip), stale_after=50)
        driver.start()
        assert driver.stale and chip.asleep
        assert chip.bytes[0xF5] == 0  # no filter, and I2C
        assert reading(driver)[1] == 0 and not chip.asleep
        reads, values = until_fresh(driver)
        assert reads == work  # one that asked before, then one a look, the last of which finds it done
        assert driver.centidegrees == 2508 and abs(driver.pascals - 100653) <= 3
        assert values[0] == (2508 + 4000) * 4095 // 12500 and not driver.stale
        assert 300 <= driver.permille <= 700


def test_humidity_is_really_measured():
    chip = Chip()
    driver = Bme280(I2c(chip))
    driver.start()
    permilles = []
    for raw in (26000, 30000, 34000):
        chip.raw = (519888, 415148, raw)
        until_fresh(driver)
        until_fresh(driver)
        permilles.append(driver.permille)
    assert permilles == sorted(set(permilles))


def test_every_reads_apart():
    chip = Chip(measuring=1)
    driver = Bme280(I2c(chip), every=10)
    driver.start()
    for _ in range(100):
        reading(driver)
    assert 8 <= chip.measured <= 10


def test_a_chip_that_lost_power_grows_stale_and_is_not_believed():
    chip = Chip()
    driver = Bme280(I2c(chip), stale_after=10)
    driver.start()
    until_fresh(driver)
    before = driver.pascals
    chip._finish = lambda: None
    chip.bytes[0xF3] = 0
    for register, value in ((0xF7, 0x80), (0xF8, 0), (0xF9, 0), (0xFA, 0x80), (0xFB, 0), (0xFC, 0)):
        chip.bytes[register] = value
    chip._measuring = 0
    for _ in range(20):
        chip.bytes[0xF3] = 0
        reading(driver)
    assert driver.stale and driver.pascals == before


def test_one_that_copies_its_calibration_for_ever_and_another_device_and_none():
    assert raises(DriverError, Bme280(I2c(Chip(copying=1000))).start).code == WRONG_DEVICE
    bmp = Chip()
    bmp.bytes[0xD0] = 0x58  # a BMP280, which has no humidity
    error = raises(DriverError, Bme280(I2c(bmp)).start)
    assert (error.code, error.detail) == (WRONG_DEVICE, 0x58)
    assert raises(DriverError, Bme280(I2c(Chip(0x77))).start).code == NO_ANSWER
