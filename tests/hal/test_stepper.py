from array import array

from myco_hal.drivers.base import DriverError
from myco_hal.drivers.stepper import CoilStepper, StepDirStepper
from tests.hal.checks import raises
from tests.hal.fakes.pins import Pin


class Rotor:
    """A four-coil motor: its rotor turns to where its coils pull, in eighths of a period, if that is near."""

    def __init__(self, pins):
        self.pins = pins
        self.eighths = 0
        self.lost = 0
        for pin in pins:
            pin.watcher = self

    def settle(self):
        on = [i for i in range(4) if self.pins[i].out]
        assert on in ([0], [0, 1], [1], [1, 2], [2], [2, 3], [3], [0, 3])
        place = 7 if on == [0, 3] else sum(on) * 2 // len(on)
        way = (place - self.eighths) & 7
        if way > 4:
            way -= 8
        if abs(way) > 2:
            self.lost += 1
        self.eighths += way

    def look(self):
        assert not (self.pins[0].out and self.pins[2].out)
        assert not (self.pins[1].out and self.pins[3].out)


class Chip:
    """An A4988: a step at each rising edge of its step input, while enabled."""

    def __init__(self):
        self.step, self.direction, self.enable = Pin(), Pin(), Pin(1)
        self.step.watcher = self
        self.position = 0
        self._level = 0

    def look(self):
        if self.step.out and not self._level and self.enable.mode == Pin.OUT and not self.enable.level:
            self.position += 1 if self.direction.out else -1
        self._level = self.step.out


def run(motor, value, ticks, after=None):
    values = array("h", [value])
    for _ in range(ticks):
        motor.write(values, 0)
        if after:
            after()


def test_half_and_full_steps_turn_the_rotor():
    for half, eighths in ((True, 1), (False, 2)):
        rotor = Rotor([Pin() for _ in range(4)])
        motor = CoilStepper(rotor.pins, half=half)
        motor.start()
        run(motor, 0, 3, rotor.settle)
        begin = rotor.eighths
        run(motor, 4095, 100, rotor.settle)
        assert motor.position == 100 and rotor.eighths - begin == 100 * eighths
        run(motor, -4095, 250, rotor.settle)
        assert motor.position == -150 and rotor.eighths - begin == -150 * eighths
        assert rotor.lost == 0
        assert motor.stop() and not any(pin.level for pin in rotor.pins)


def test_a_restarted_stepper_goes_on_from_its_place():
    rotor = Rotor([Pin() for _ in range(4)])
    motor = CoilStepper(rotor.pins)
    motor.start()
    run(motor, 4095, 13, rotor.settle)
    motor.stop()
    motor.start()
    run(motor, 0, 1, rotor.settle)
    assert rotor.eighths == motor.position == 13 and rotor.lost == 0


def test_speed_is_in_proportion():
    for rate in (4096, 1000, 1):
        for value in (4095, 2048, -1024, 1, 0, -30000):
            chip = Chip()
            motor = StepDirStepper(chip.step, chip.direction, chip.enable, rate)
            motor.start()
            run(motor, value, 1000)
            clipped = max(-4095, min(4095, value))
            assert abs(chip.position - clipped * rate * 1000 // (4095 * 4096)) <= 1
            assert chip.position == motor.position


def test_what_was_left_of_a_step_is_gone_after_a_stop():
    chip = Chip()
    motor = StepDirStepper(chip.step, chip.direction, chip.enable, 2048)
    for _ in range(10):
        motor.start()
        run(motor, 4095, 1)
        motor.stop()
    assert chip.position == 0


def test_nobody_steps_while_stopped():
    chip = Chip()
    motor = StepDirStepper(chip.step, chip.direction, chip.enable)
    motor.start()
    run(motor, -4095, 10)
    assert motor.stop() and chip.enable.level == 1 and chip.step.level == 0
    raises(DriverError, run, motor, 4095, 1)
    assert chip.position == motor.position == -10
    motor.start()
    run(motor, 4095, 10)
    assert chip.position == motor.position == 0
    run(motor, -4095, 10)
    motor.stop()
    motor.start()
    run(motor, -4095, 10)
    assert chip.position == motor.position == -20


def test_the_direction_is_set_before_the_step():
    chip = Chip()
    motor = StepDirStepper(chip.step, chip.direction, chip.enable)
    motor.start()
    for i in range(50):
        run(motor, 4095 if i % 3 else -4095, 2)
        assert chip.position == motor.position


def test_settings_that_cannot_be():
    raises(DriverError, CoilStepper, [Pin()] * 3)
    raises(DriverError, lambda: StepDirStepper(Pin(), Pin(), rate=0))
    raises(DriverError, lambda: StepDirStepper(Pin(), Pin(), rate=4097))
