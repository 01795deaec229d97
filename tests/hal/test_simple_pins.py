"""Digital pins, buttons, voltages, pulse widths, servos, buzzers."""

from array import array

from myco_hal.drivers.analog import AnalogIn
from myco_hal.drivers.base import BAD_SETTING, DriverError
from myco_hal.drivers.button import Button
from myco_hal.drivers.buzzer import Buzzer
from myco_hal.drivers.digital import DigitalIn, DigitalOut
from myco_hal.drivers.pwm import PwmOut
from myco_hal.drivers.servo import Servo
from tests.hal.checks import raises
from tests.hal.fakes.pins import Adc, Pin, Pwm


def reading(driver):
    values = array("h", [0])
    driver.read(values, 0)
    return values[0]


def written(driver, value):
    driver.write(array("h", [value]), 0)


def test_a_digital_input_is_full_or_nothing():
    for active in (0, 1):
        pin = Pin()
        driver = DigitalIn(pin, active)
        driver.start()
        for level in (0, 1, 1, 0):
            pin.level = level
            assert reading(driver) == (4095 if level == active else 0)


def test_a_digital_output_switches_at_its_threshold():
    for active in (0, 1):
        pin = Pin()
        driver = DigitalOut(pin, active, threshold=100)
        driver.start()
        assert pin.mode == Pin.OUT and pin.level == 1 - active
        for value, on in ((99, False), (100, True), (4095, True), (-5, False)):
            written(driver, value)
            assert pin.level == (active if on else 1 - active)


def test_a_stopped_output_is_an_input_or_driven_as_wished():
    for rest in (0, 1):
        pin = Pin()
        driver = DigitalOut(pin, rest=rest)
        driver.start()
        written(driver, 4095 * (1 - rest))
        assert driver.stop() and pin.mode == Pin.OUT and pin.level == rest
    pin = Pin()
    driver = DigitalOut(pin, active=0)
    driver.start()
    written(driver, 4095)
    assert driver.stop() and pin.mode == Pin.IN and pin.level == 1


def test_a_button_does_not_believe_a_bounce():
    pin = Pin(1)
    button = Button(pin, active=0, settle=3)
    button.start()
    seen = []
    for level in (1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1):
        pin.level = level
        seen.append(reading(button))
    assert [i for i in range(len(seen)) if seen[i]] == list(range(8, 17))
    assert button.presses == 1


def test_a_button_of_one_reading_follows_at_once():
    pin = Pin()
    button = Button(pin, active=1, settle=1)
    button.start()
    for level in (0, 1, 0, 1):
        pin.level = level
        assert reading(button) == 4095 * level
    assert button.presses == 2


def test_voltages():
    adc = Adc()
    driver = AnalogIn(adc, zero_mv=500, full_mv=2500, reference_mv=3300)
    driver.start()
    for mv in (0, 499, 501, 1000, 1500, 2000, 2499, 2501, 3300):
        adc.raw = mv * 65535 // 3300
        assert abs(reading(driver) - min(4095, max(0, (mv - 500) * 4095 // 2000))) <= 1
        assert abs(driver.millivolts() - mv) <= 1
    falling = AnalogIn(adc, zero_mv=2500, full_mv=500)
    falling.start()
    adc.raw = 0
    assert reading(falling) == 4095
    adc.raw = 65535
    assert reading(falling) == 0


def test_pulse_widths():
    pwm = Pwm()
    driver = PwmOut(pwm, 25000)
    driver.start()
    assert pwm.frequency == 25000 and pwm.duty == 0
    for value, duty in ((0, 0), (4095, 65535), (2048, 32776), (9999, 65535), (-1, 0)):
        written(driver, value)
        assert pwm.duty == duty


def test_servo_pulses():
    pwm = Pwm()
    servo = Servo(pwm, 500, 2500)
    servo.start()
    assert pwm.frequency == 50 and pwm.duty == 0
    for value, us in ((0, 500), (4095, 2500), (2048, 1500), (5000, 2500), (-3, 500), (1024, 1000)):
        written(servo, value)
        assert abs(servo.pulse_us - us) <= 1 and abs(pwm.pulse_us() - us) <= 1
    assert servo.stop() and pwm.duty == 0 and servo.pulse_us == 0
    servo.start()
    written(servo, 1024)
    assert abs(pwm.pulse_us() - 1000) <= 1


def test_servos_may_turn_the_other_way_and_take_signed_values():
    pwm = Pwm()
    servo = Servo(pwm, 2000, 1000, signed=True)
    servo.start()
    for value, us in ((-4095, 2000), (4095, 1000), (0, 1500), (-5000, 2000)):
        written(servo, value)
        assert abs(pwm.pulse_us() - us) <= 1


def test_a_buzzer_has_a_pitch_or_is_silent():
    pwm = Pwm()
    buzzer = Buzzer(pwm, 100, 4195)
    buzzer.start()
    assert pwm.duty == 0
    for value, hz in ((1, 101), (4095, 4195), (900, 1000), (9999, 4195)):
        written(buzzer, value)
        assert (pwm.frequency, pwm.duty, buzzer.hz) == (hz, 32768, hz)
    written(buzzer, 0)
    assert pwm.duty == 0 and buzzer.hz == 0


def test_a_buzzer_does_not_click_for_a_trifle():
    pwm = Pwm()
    buzzer = Buzzer(pwm, 100, 4195)
    buzzer.start()
    written(buzzer, 2000)
    sets = pwm.sets
    for value in (2001, 2030, 1970):
        written(buzzer, value)
    assert (pwm.frequency, pwm.sets) == (2100, sets)
    written(buzzer, 2040)
    assert pwm.frequency == 2140


def test_a_bad_setting_is_named():
    error = raises(DriverError, lambda: Button(Pin(), settle=0))
    assert str(error) == "button: a setting cannot be settle=0; the driver's file has its range"


def test_settings_that_cannot_be():
    for make in (
        lambda: DigitalIn(Pin(), 2),
        lambda: DigitalOut(Pin(), 2),
        lambda: DigitalOut(Pin(), rest=3),
        lambda: Button(Pin(), settle=0),
        lambda: AnalogIn(Adc(), 100, 100),
        lambda: AnalogIn(Adc(), reference_mv=0),
        lambda: PwmOut(Pwm(), 0),
        lambda: Servo(Pwm(), 10, 2000),
        lambda: Servo(Pwm(), 1000, 4000, period_us=3000),
        lambda: Servo(Pwm(), period_us=60000),
        lambda: Buzzer(Pwm(), 5, 100),
        lambda: Buzzer(Pwm(), 500, 100),
    ):
        assert raises(DriverError, make).code == BAD_SETTING
