from array import array

from myco_hal.drivers.base import BAD_SETTING, BUS_FAILED, NO_ANSWER, WRONG_DEVICE, DriverError
from myco_hal.drivers.mpu6050 import Mpu6050
from tests.hal.checks import raises
from tests.hal.fakes.i2c import I2c
from tests.hal.fakes.mpu6050 import Mpu6050 as Chip


def pair(**settings):
    chip = Chip()
    driver = Mpu6050(I2c(chip), **settings)
    driver.start()
    return chip, driver


def reading(driver):
    values = array("h", [0] * 6)
    driver.read(values, 0)
    return list(values)


def test_start_wakes_it_and_sets_ranges_and_filter():
    for code in range(4):
        chip, driver = pair(range_g=2 << code, range_dps=250 << code)
        assert not chip.asleep
        assert chip.bytes[0x1C] == chip.bytes[0x1B] == code << 3
        assert (chip.bytes[0x19], chip.bytes[0x1A]) == (4, 3)
        assert driver.stop() and chip.asleep


def test_acceleration_and_rotation_in_every_range():
    for code in range(4):
        g, dps = 2 << code, 250 << code
        chip, driver = pair(range_g=g, range_dps=dps)
        for part in (-990, -500, -1, 0, 1, 333, 990):
            mg = [part * g, -part * g, 1000]
            turns = [part * dps // 1000, 0, -part * dps // 1000]
            chip.move(mg, turns)
            values = reading(driver)
            for i in range(3):
                assert abs(driver.mg[i] - mg[i]) <= 1 + code
                assert abs(driver.mdps[i] - 1000 * turns[i]) <= 100
                assert abs(values[i] - (2047 + mg[i] * 4095 // (2000 * g))) <= 4
                assert abs(values[3 + i] - (2047 + turns[i] * 4095 // (2 * dps))) <= 4


def test_the_temperature_of_the_chip():
    chip, driver = pair()
    for celsius in (-20, 0, 25, 60):
        chip.move([0, 0, 0], [0, 0, 0], celsius)
        reading(driver)
        assert abs(driver.centidegrees - 100 * celsius) <= 2


def test_the_same_sample_is_not_new_twice():
    chip, driver = pair(stale_after=5)
    assert driver.stale
    chip.move([500, 0, 0], [0, 0, 0])
    first = reading(driver)
    assert driver.age == 0
    for i in range(1, 8):
        assert reading(driver) == first and driver.age == i
    assert driver.stale
    chip.move([500, 0, 0], [0, 0, 0])
    reading(driver)
    assert not driver.stale


def test_before_the_first_sample_readings_are_in_the_middle():
    _, driver = pair()
    assert set(reading(driver)) == {2047} and driver.stale


def test_one_that_lost_its_power_grows_stale():
    chip, driver = pair(stale_after=5)
    chip.move([500, 0, 0], [0, 0, 0])
    reading(driver)
    chip.__init__()
    for _ in range(6):
        chip.move([-500, 0, 0], [0, 0, 0])
        reading(driver)
    assert driver.stale and driver.mg[0] >= 499


def test_another_device_or_none():
    chip = Chip()
    chip.bytes[0x75] = 0x71
    error = raises(DriverError, Mpu6050(I2c(chip)).start)
    assert (error.code, error.detail) == (WRONG_DEVICE, 0x71) and chip.asleep
    assert raises(DriverError, Mpu6050(I2c()).start).code == NO_ANSWER
    assert raises(DriverError, Mpu6050(I2c(Chip(0x69))).start).code == NO_ANSWER
    Mpu6050(I2c(Chip(0x69)), 0x69).start()


def test_one_that_does_not_wake_is_an_error():
    chip = Chip()
    chip.writable = ()
    assert raises(DriverError, Mpu6050(I2c(chip)).start).code == BUS_FAILED


def test_a_transfer_that_breaks_off_leaves_the_last_sample():
    chip, driver = pair()
    chip.move([500, 500, 500], [100, 100, 100])
    before = reading(driver), list(driver.mg), list(driver.mdps)
    for at in range(18):
        chip.move([-900, -900, -900], [-50, -50, -50])
        driver._registers._i2c.fail_in = at
        assert raises(DriverError, reading, driver).code == BUS_FAILED
        assert (list(driver.mg), list(driver.mdps)) == before[1:]
    driver._registers._i2c.fail_in = -1
    chip.move([500, 500, 500], [100, 100, 100])
    assert reading(driver) == before[0]


def test_settings_that_cannot_be():
    for settings in ({"range_g": 3}, {"range_dps": 100}):
        assert raises(DriverError, lambda settings=settings: pair(**settings)).code == BAD_SETTING
