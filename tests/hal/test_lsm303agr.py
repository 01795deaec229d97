from array import array

from myco_hal.drivers.base import BAD_SETTING, NO_ANSWER, WRONG_DEVICE, DriverError
from myco_hal.drivers.lsm303agr import Lsm303agr
from tests.hal.checks import raises
from tests.hal.fakes.i2c import I2c
from tests.hal.fakes.lsm303agr import Accelerometer, Magnetometer


def trio(**settings):
    fast, field = Accelerometer(), Magnetometer()
    driver = Lsm303agr(I2c(fast, field), **settings)
    driver.start()
    return fast, field, driver


def reading(driver):
    values = array("h", [0] * 6)
    driver.read(values, 0)
    return list(values)


def test_both_halves_wake_and_sleep():
    fast, field, driver = trio()
    assert not fast.asleep and not field.asleep
    assert field.bytes[0x62] == 0x10  # no sample changes while it is read
    assert driver.stop() and fast.asleep and field.asleep


def test_acceleration_in_every_range():
    for code in range(4):
        fast, _, driver = trio(range_g=2 << code)
        assert fast.bytes[0x23] == 0x88 | code << 4
        for mg in ([0, 0, 1000], [-1000, 500, 3], [1990, -1990, -1]):
            fast.move(mg)
            values = reading(driver)
            for i in range(3):
                assert abs(driver.mg[i] - mg[i]) <= (1, 2, 4, 12)[code] + 1
                assert abs(values[i] - (2047 + driver.mg[i] * 4095 // (4000 << code))) <= 1


def test_the_field_in_nanotesla():
    _, field, driver = trio(range_ut=100)
    for nt in ([0, 22500, -45000], [99900, -99900, 150]):
        field.turn(nt)
        values = reading(driver)
        for i in range(3):
            assert abs(driver.nt[i] - nt[i]) < 150
            assert abs(values[3 + i] - (2047 + driver.nt[i] * 4095 // 200_000)) <= 1
    field.turn([4000000, 0, 0])
    assert reading(driver)[3] == 4095


def test_each_half_has_its_age():
    fast, field, driver = trio(stale_after=3)
    assert driver.stale and driver.field_stale
    fast.move([0, 0, 1000])
    reading(driver)
    assert not driver.stale and driver.field_stale
    field.turn([0, 0, 0])
    for _ in range(4):
        reading(driver)
    assert driver.stale and not driver.field_stale
    assert driver.mg[2] > 990


def test_a_magnetometer_that_lost_its_power_grows_stale():
    fast, field, driver = trio(stale_after=3)
    for i in range(10):
        if i == 5:
            field.__init__()
        fast.move([0, 0, 1000])
        field.turn([1500, 0, 0])
        reading(driver)
        assert not driver.stale and driver.field_stale == (i >= 8)
    driver.stop()
    driver.start()
    assert driver.field_stale and list(driver.nt) == list(driver.mg) == [0, 0, 0]


def test_another_device_or_none():
    for half, register in ((0, 0x0F), (1, 0x4F)):
        parts = (Accelerometer(), Magnetometer())
        parts[half].bytes[register] = 0x12
        error = raises(DriverError, Lsm303agr(I2c(*parts)).start)
        assert (error.code, error.detail) == (WRONG_DEVICE, 0x12)
        parts[half].there = False
        assert raises(DriverError, Lsm303agr(I2c(*parts)).start).code == NO_ANSWER


def test_settings_that_cannot_be():
    for settings in ({"range_g": 5}, {"range_ut": 0}, {"range_ut": 6000}):
        assert raises(DriverError, lambda settings=settings: trio(**settings)).code == BAD_SETTING
