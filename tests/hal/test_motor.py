from array import array

from myco_hal.drivers.base import DriverError
from myco_hal.drivers.motor import Motor, TwoPwmMotor
from tests.hal.checks import Chance, raises
from tests.hal.fakes.pins import Bridge, Pin, Pwm, TwoPwmBridge


def bridge_and_motor(**settings):
    pwm, forward, backward = Pwm(frequency=100), Pin(), Pin()
    bridge = Bridge(pwm, forward, backward)
    motor = Motor(pwm, forward, backward, **settings)
    motor.start()
    return bridge, motor


def two_pwm(**settings):
    forward, backward = Pwm(), Pwm()
    motor = TwoPwmMotor(forward, backward, **settings)
    motor.start()
    return TwoPwmBridge(forward, backward), motor


def written(motor, value):
    motor.write(array("h", [0, value]), 1)


def test_signs_are_directions_and_sizes_are_power():
    for bridge, motor in (bridge_and_motor(), two_pwm()):
        for value, drive in (
            (4095, 65535),
            (-4095, -65535),
            (2048, 32776),
            (-2048, -32776),
            (0, 0),
            (1, 16),
            (-1, -16),
            (30000, 65535),
            (-30000, -65535),
        ):
            written(motor, value)
            assert bridge.drive == drive and not bridge.braking, value


def test_pulses_have_the_frequency_asked_for():
    bridge, _ = bridge_and_motor(frequency_hz=20000)
    assert bridge.pwm.frequency == 20000
    both, _ = two_pwm(frequency_hz=500)
    assert both.forward.frequency == both.backward.frequency == 500


def test_a_stopped_motor_says_that_it_has_no_power():
    for _, motor in (bridge_and_motor(), two_pwm()):
        written(motor, 4095)
        assert motor.power == 4095
        motor.stop()
        assert motor.power == 0


def test_direction_pins_never_change_under_power():
    chance = Chance(5)
    for brake in (False, True):
        bridge, motor = bridge_and_motor(brake=brake, dead_band=500)
        for _ in range(500):
            value = chance.between(-4095, 4095)
            written(motor, value)
            assert (bridge.drive > 0) == (value > 500) and (bridge.drive < 0) == (value < -500)
            assert bridge.braking == (brake and -500 <= value <= 500)
        assert bridge.flips == 0
        motor.stop()
        assert bridge.drive == 0 and not bridge.braking and bridge.flips == 0


def test_the_dead_band_is_still_and_what_is_above_turns_the_motor():
    for bridge, motor in (
        bridge_and_motor(dead_band=200, minimum=1000),
        two_pwm(dead_band=200, minimum=1000),
    ):
        for value in (-200, -1, 0, 200):
            written(motor, value)
            assert bridge.drive == 0 and motor.power == 0
        written(motor, 201)
        assert motor.power == 1000
        written(motor, -201)
        assert motor.power == -1000 and bridge.drive < 0
        written(motor, 4095)
        assert bridge.drive == 65535
        before = 0
        for value in range(201, 4096, 100):
            written(motor, value)
            assert motor.power >= before
            before = motor.power


def test_zero_brakes_if_wished_and_stop_never_does():
    for bridge, motor in (bridge_and_motor(brake=True), two_pwm(brake=True)):
        written(motor, 3000)
        written(motor, 0)
        assert bridge.braking and bridge.drive == 0
        assert motor.stop()
        assert not bridge.braking and bridge.drive == 0
    bridge, motor = bridge_and_motor()
    written(motor, 3000)
    written(motor, 0)
    assert not bridge.braking and bridge.drive == 0


def test_a_write_that_fails_half_way_stops_the_motor():
    for broken in range(3):
        pwm, forward, backward = Pwm(), Pin(), Pin()
        bridge = Bridge(pwm, forward, backward)
        motor = Motor(pwm, forward, backward)
        motor.start()
        written(motor, 4095)
        (pwm, forward, backward)[broken].fail_in = 0
        raises(DriverError, written, motor, -4095)
        assert not motor.started
        # What still obeys is off: no pulses, or else both sides alike.
        assert bridge.drive == 0


def test_what_is_no_number_stops_the_motor_too():
    bridge, motor = bridge_and_motor()
    written(motor, 4095)
    raises(TypeError, motor.write, ["fast"], 0)
    assert bridge.drive == 0 and not motor.started


def test_a_stop_that_cannot_reach_one_pin_turns_off_the_others():
    pwm, forward, backward = Pwm(), Pin(), Pin()
    motor = Motor(pwm, forward, backward)
    motor.start()
    written(motor, 4095)
    pwm.fail_in = 0
    assert not motor.stop()
    assert (forward.level, backward.level, pwm.duty) == (0, 0, 65535)


class Interrupted(Pin):
    """Ctrl-C comes at its change number `left` from here."""

    left = 1000

    def value(self, level=None):
        super().value(level)
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_ctrl_c_in_the_middle_of_anything_leaves_the_motor_off():
    for left in range(1, 4):
        pwm, forward, backward = Pwm(), Interrupted(), Pin()
        bridge = Bridge(pwm, forward, backward)
        motor = Motor(pwm, forward, backward)
        motor.start()
        written(motor, 4095)
        forward.left = left
        try:
            written(motor, -4095)
            motor.stop()
        except KeyboardInterrupt:
            pass
        else:
            assert left == 3  # it came never
        assert bridge.drive == 0 and (pwm.duty, forward.level, backward.level) == (0, 0, 0)


def test_settings_that_cannot_be():
    for settings in ({"dead_band": 4095}, {"dead_band": -1}, {"minimum": 4096}, {"frequency_hz": 0}):
        raises(DriverError, lambda settings=settings: bridge_and_motor(**settings))
