import struct
from array import array

from myco_hal.drivers.base import DriverError
from myco_hal.drivers.stream import StreamIn, StreamOut
from tests.hal.checks import raises


def reading(driver):
    values = array("h", [0] * driver.channels)
    driver.read(values, 0)
    return list(values)


def take(driver, first, *words):
    content = b"\xaa" + struct.pack("<%dh" % len(words), *words)  # noqa: UP031
    driver.take(first, content, 1, len(content))


def test_words_become_readings_as_sense_has_them():
    driver = StreamIn(4)
    driver.start()
    take(driver, 1, 5, 4095, 4096)
    assert reading(driver) == [0, 5, 4095, 4095]
    take(driver, 0, -1, -32768)
    assert reading(driver) == [0, 0, 4095, 4095]
    take(driver, 3, 7, 8, 9)  # more than there are channels
    assert reading(driver) == [0, 0, 4095, 7]
    driver.take(0, b"\x01\x00\x09", 0, 3)  # a half word
    assert reading(driver) == [1, 0, 4095, 7]


def test_a_host_that_falls_silent_is_stale_and_forgotten_unless_asked_not_to():
    for forget in (True, False):
        driver = StreamIn(1, stale_after=3, forget=forget)
        driver.start()
        assert driver.stale
        take(driver, 0, 1234)
        seen = []
        for _ in range(6):
            seen += reading(driver)
        assert seen == [1234] * 3 + [0 if forget else 1234] * 3 and driver.stale
        take(driver, 0, 99)
        assert not driver.stale and reading(driver) == [99]


def test_levels_go_out_as_words_and_are_zero_when_stopped():
    driver = StreamOut(4)
    driver.start()
    driver.write(array("i", [9, -4095, 4095, 70000, -70000]), 1)
    buffer = bytearray(12)
    assert driver.give(buffer, 2) == 10
    assert struct.unpack_from("<4h", buffer, 2) == (-4095, 4095, 32767, -32768)
    assert buffer[:2] == buffer[10:] == b"\0\0" and driver.written == 1
    assert driver.stop()
    driver.give(buffer, 2)
    assert not any(buffer)


def test_settings_that_cannot_be():
    raises(DriverError, StreamIn, 0)
    raises(DriverError, StreamOut, 5000)
