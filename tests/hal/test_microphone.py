from array import array

from myco_hal.drivers.base import DriverError
from myco_hal.drivers.microphone import AnalogMicrophone, I2sMicrophone
from tests.hal.checks import raises
from tests.hal.fakes.pins import Adc
from tests.hal.fakes.sound import I2s


def reading(driver):
    values = array("h", [0])
    driver.read(values, 0)
    return values[0]


def sine(mv):
    """A wave around the middle of 3300 mV, 16 samples long, its span in mV."""
    shape = (0, 38, 71, 92, 100, 92, 71, 38, 0, -38, -71, -92, -100, -92, -71, -38)
    return array("H", [(1650 * 200 + mv * x) * 65535 // (3300 * 200) for x in shape])


def test_the_span_of_a_window_is_the_level():
    adc = Adc(samples=sine(0))
    microphone = AnalogMicrophone(adc, samples=4, window=5, full_mv=1000)
    microphone.start()
    for mv, level in ((500, 2047), (1000, 4095), (0, 0), (100, 409), (2000, 4095)):
        adc.samples = sine(mv)
        for _ in range(9):
            reading(microphone)
        assert abs(reading(microphone) - level) <= 8 and microphone.age == 0
        assert abs(microphone.span_mv - mv) <= 2


def test_a_level_stays_until_the_next_window_is_full():
    adc = Adc(samples=sine(1000))
    microphone = AnalogMicrophone(adc, samples=16, window=3)
    microphone.start()
    ages = []
    for _ in range(7):
        reading(microphone)
        ages.append(microphone.age)
    assert ages == [1, 2, 0, 1, 2, 0, 1]


def test_i2s_windows_come_in_the_background():
    i2s = I2s()
    microphone = I2sMicrophone(i2s, array("h", [0] * 32), full=20000, stale_after=4)
    microphone.start()
    assert i2s.reads == 1 and microphone.stale
    assert reading(microphone) == 0
    for low, high, level in ((-5000, 5000, 2047), (-10000, 10000, 4095), (-32768, 32767, 4095), (0, 0, 0)):
        i2s.hear(low, high)
        assert reading(microphone) == level and microphone.span == high - low and microphone.age == 0
    assert i2s.reads == 5
    for _ in range(5):
        reading(microphone)
    assert microphone.stale and i2s.reads == 5


def test_a_stopped_microphone_takes_nothing():
    i2s = I2s()
    microphone = I2sMicrophone(i2s, array("h", [0] * 4))
    microphone.start()
    assert microphone.stop() and i2s.handler is None
    i2s.hear(-9, 9)
    microphone.start()
    assert reading(microphone) == 0 and microphone.stale
    i2s.hear(-99, 99)
    microphone.stop()
    microphone.start()
    assert reading(microphone) == 0 and microphone.stale


def test_settings_that_cannot_be():
    for settings in (
        {"samples": 0},
        {"window": 0},
        {"full_mv": 0},
        {"full_mv": 5000},
        {"reference_mv": 20000},
    ):
        raises(DriverError, lambda settings=settings: AnalogMicrophone(Adc(), **settings))
    raises(DriverError, I2sMicrophone, I2s(), array("h", [0]))
    raises(DriverError, I2sMicrophone, I2s(), array("h", [0, 0]), 0)
    raises(DriverError, I2sMicrophone, I2s(), array("h", [0, 0]), 65536)
