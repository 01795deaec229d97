from array import array

from myco_hal.drivers.base import DriverError
from myco_hal.drivers.line_array import LineArray
from tests.hal.checks import raises
from tests.hal.fakes.pins import Adc, Pin

# Darkest and brightest of five sensors, no two alike.
ENDS = ((3000, 40000), (8000, 60000), (100, 30000), (20000, 45000), (5000, 65535))


class Floor:
    """A dark line below five sensors, seen from 1500 away; 1000 is from one sensor to the next."""

    def __init__(self):
        self.adcs = [Adc() for _ in ENDS]
        self.move(2000)

    def move(self, at):
        for i in range(5):
            bright = min(1500, abs(1000 * i - at))
            low, high = ENDS[i]
            self.adcs[i].raw = low + (high - low) * bright // 1500


def calibrated(invert):
    floor = Floor()
    driver = LineArray(floor.adcs, invert=invert)
    driver.start()
    driver.forget()
    for at in range(-2000, 6001, 50):
        floor.move(at)
        driver.calibrate()
    return floor, driver


def test_calibration_makes_unlike_sensors_alike():
    floor, driver = calibrated(invert=True)
    values = array("h", [0] * 5)
    for at in range(0, 4001, 125):
        floor.move(at)
        driver.read(values, 0)
        for i in range(5):
            dark = 1500 - min(1500, abs(1000 * i - at))
            assert abs(values[i] - dark * 4095 // 1500) <= 5


def test_the_place_of_the_line():
    floor, driver = calibrated(invert=True)
    values = array("h", [0] * 5)
    for at in range(1000, 3001, 100):
        floor.move(at)
        driver.read(values, 0)
        dark = [1500 - min(1500, abs(1000 * i - at)) for i in range(5)]
        wanted = sum(1000 * i * dark[i] for i in range(5)) // sum(dark)
        assert abs(driver.position() - wanted) <= 3 and abs(wanted - at) <= 150
    floor.move(9000)
    driver.read(values, 0)
    assert driver.position() == -1


def test_beyond_its_calibration_a_sensor_is_full_or_nothing():
    for invert in (False, True):
        floor, driver = calibrated(invert)
        values = array("h", [0] * 5)
        for raw, reading in ((0, 0), (65535, 4095)):
            for adc in floor.adcs:
                adc.raw = raw
            driver.read(values, 0)
            assert list(values) == [4095 - reading if invert else reading] * 5


def test_uncalibrated_it_gives_voltages_and_without_contrast_nothing():
    adcs = [Adc(0), Adc(32768), Adc(65535)]
    driver = LineArray(adcs)
    driver.start()
    values = array("h", [0] * 3)
    driver.read(values, 0)
    assert list(values) == [0, 2047, 4095] and list(driver.raw) == [0, 32768, 65535]
    driver.forget()
    driver.calibrate()  # each has seen one value only
    driver.read(values, 0)
    assert list(values) == [0, 0, 0]
    driver.forget()  # none has seen any
    driver.read(values, 0)
    assert list(values) == [0, 0, 0]


def test_the_lamps_burn_between_start_and_stop():
    lamp = Pin()
    driver = LineArray([Adc()], lamp)
    assert lamp.level == 0
    driver.start()
    assert lamp.level == 1 and lamp.mode == Pin.OUT
    assert driver.stop() and lamp.level == 0


def test_settings_that_cannot_be():
    raises(DriverError, LineArray, [])
