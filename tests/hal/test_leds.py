from array import array

from myco_hal.drivers.apa102 import Apa102
from myco_hal.drivers.base import DriverError
from myco_hal.drivers.ws2812 import Ws2812
from tests.hal.checks import raises
from tests.hal.fakes.leds import Apa102Strip, Ws2812Strip
from tests.hal.fakes.pins import Pin


def test_apa102_of_every_length_get_their_colours():
    for count in (1, 2, 15, 16, 17, 64, 300):
        strip = Apa102Strip(count)
        leds = Apa102(strip, count, brightness=30)
        assert leds.channels == 3 * count
        leds.start()
        assert strip.frames == 1 and strip.dark
        values = array("h", [16 * ((7 * i) & 255) for i in range(3 * count)])
        leds.write(values, 0)
        for i in range(count):
            colours = [(7 * (3 * i + c)) & 255 for c in range(3)]
            assert list(strip.colours[4 * i : 4 * i + 4]) == [30] + colours  # noqa: RUF005
        assert leds.stop() and strip.dark


def test_levels_are_clipped():
    strip = Apa102Strip(1)
    leds = Apa102(strip, 1, 3)
    leds.start()
    leds.write(array("h", [9, -5, 4095, 32767]), 1)
    assert list(strip.colours) == [3, 0, 255, 255]


def test_ws2812_take_green_first():
    pin = Pin(mode=Pin.OUT)
    strip = Ws2812Strip(pin, 3)
    leds = Ws2812(pin, 3, strip)
    leds.start()
    assert strip.dark and strip.frames == 1
    leds.write(array("h", [4095, 0, 0, 0, 2048, 9999, -1, 17, 33]), 0)
    assert list(strip.colours) == [255, 0, 0, 0, 127, 255, 0, 1, 2]
    assert leds.stop() and strip.dark


def test_ws2812_hear_nothing_where_nothing_changes():
    pin = Pin()
    strip = Ws2812Strip(pin, 2)
    leds = Ws2812(pin, 2, strip, most=64)
    leds.start()
    values = array("h", [4095, 0, 100, 0, 0, 0])
    for _ in range(5):
        leds.write(values, 0)
    assert strip.frames == 2 and list(strip.colours) == [64, 0, 1, 0, 0, 0]
    values[5] = 4095
    leds.write(values, 0)
    assert strip.frames == 3


def test_settings_that_cannot_be():
    raises(DriverError, Apa102, None, 0)
    raises(DriverError, Apa102, None, 1, 32)
    raises(DriverError, Ws2812, None, 0, None)
    raises(DriverError, Ws2812, None, 1, None, 256)
