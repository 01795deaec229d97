from array import array

from myco_hal.drivers.base import DriverError
from myco_hal.drivers.encoder import Encoder
from tests.hal.checks import Chance, locked, raises
from tests.hal.fakes.pins import Pin

GRAY = ((0, 0), (1, 0), (1, 1), (0, 1))  # a leads


class Shaft:
    """A disc with two eyes: each step changes one pin."""

    def __init__(self, hard=True):
        self.a, self.b = Pin(hard=hard), Pin(hard=hard)
        self.at = 0

    def turn(self, steps):
        way = 1 if steps > 0 else -1
        for _ in range(abs(steps)):
            self.at += way
            a, b = GRAY[self.at & 3]
            self.a.set(a)
            self.b.set(b)


def pair(full=100, at=0, hard=True):
    shaft = Shaft(hard)
    shaft.turn(at)
    encoder = Encoder(shaft.a, shaft.b, full)
    encoder.start()
    return shaft, encoder


def reading(encoder):
    values = array("h", [0, 0])
    encoder.read(values, 0)
    return values[0], values[1]


def test_every_step_is_counted_both_ways_from_any_place():
    chance = Chance(3)
    for at in range(4):
        shaft, encoder = pair(at=at)
        for _ in range(100):
            shaft.turn(chance.between(-40, 40))
            assert encoder.position == shaft.at - at
        assert encoder.errors == 0


def test_readings_are_speeds_a_channel_for_each_way():
    shaft, encoder = pair(full=100)
    for steps, reads in ((100, (4095, 0)), (-50, (0, 2047)), (0, (0, 0)), (1000, (4095, 0)), (1, (40, 0))):
        shaft.turn(steps)
        assert reading(encoder) == reads and encoder.delta == steps
    assert reading(encoder) == (0, 0)


def test_both_pins_at_once_is_an_error_not_a_step():
    shaft, encoder = pair()
    shaft.a.level = 1
    shaft.b.set(1)
    assert (encoder.position, encoder.errors) == (0, 1)
    shaft.b.set(0)  # and on from there
    assert (encoder.position, encoder.errors) == (-1, 1)


def test_looking_without_a_change_changes_nothing():
    shaft, encoder = pair()
    shaft.turn(7)
    for _ in range(5):
        encoder.edge()
    assert encoder.position == 7 and encoder.errors == 0


def test_positions_wrap():
    shaft, encoder = pair(full=10)
    encoder.position = encoder._seen = (1 << 28) - 2
    shaft.turn(4)
    assert encoder.position == -(1 << 28) + 2
    assert reading(encoder) == (1638, 0) and encoder.delta == 4
    shaft.turn(-4)
    assert encoder.position == (1 << 28) - 2
    assert reading(encoder) == (0, 1638) and encoder.delta == -4


def test_ports_without_hard_interrupts_have_soft_ones():
    for hard in (True, False):
        shaft, encoder = pair(hard=hard)
        assert shaft.a.was_hard == shaft.b.was_hard == hard
        shaft.turn(-9)
        assert encoder.position == -9


def test_interrupts_allocate_nothing():
    shaft, encoder = pair()
    locked(lambda i: shaft.turn(3 if i % 3 else -5))
    assert encoder.position == shaft.at


def test_a_stopped_encoder_hears_nothing_and_a_started_one_counts_from_zero():
    shaft, encoder = pair()
    shaft.turn(5)
    encoder.stop()
    shaft.turn(5)
    assert encoder.position == 5
    encoder.start()
    assert encoder.position == 0
    shaft.turn(5)
    assert encoder.position == 5 and encoder.errors == 0


def test_settings_that_cannot_be():
    raises(DriverError, Encoder, Pin(), Pin(), 0)
    raises(DriverError, Encoder, Pin(), Pin(), 1 << 20)
