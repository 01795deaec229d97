"""Every driver with a fake of what it drives: what the laws of all drivers are tried on."""

from array import array

from myco_hal.drivers.analog import AnalogIn
from myco_hal.drivers.apa102 import Apa102
from myco_hal.drivers.bme280 import Bme280
from myco_hal.drivers.button import Button
from myco_hal.drivers.buzzer import Buzzer
from myco_hal.drivers.digital import DigitalIn, DigitalOut
from myco_hal.drivers.encoder import Encoder
from myco_hal.drivers.hcsr04 import HcSr04
from myco_hal.drivers.line_array import LineArray
from myco_hal.drivers.lsm303agr import Lsm303agr
from myco_hal.drivers.microphone import AnalogMicrophone, I2sMicrophone
from myco_hal.drivers.motor import Motor, TwoPwmMotor
from myco_hal.drivers.mpu6050 import Mpu6050
from myco_hal.drivers.pwm import PwmOut
from myco_hal.drivers.servo import Servo
from myco_hal.drivers.stepper import CoilStepper, StepDirStepper
from myco_hal.drivers.stream import StreamIn, StreamOut
from myco_hal.drivers.ws2812 import Ws2812
from tests.hal.fakes import bme280, lsm303agr, mpu6050, ranging
from tests.hal.fakes.i2c import I2c
from tests.hal.fakes.leds import Apa102Strip, Ws2812Strip
from tests.hal.fakes.pins import Adc, Bridge, Pin, Pwm, Time, TwoPwmBridge
from tests.hal.fakes.sound import I2s


def nothing(i):
    """The world stands still."""


def always():
    """Nothing to bring to rest."""
    return True


class Case:
    """A driver; the `parts` that may break; the world's doing in tick i; whether all outputs are at rest."""

    def __init__(self, driver, parts, stir=nothing, at_rest=always):
        self.driver = driver
        self.parts = parts
        self.stir = stir
        self.at_rest = at_rest
        self.senses = hasattr(driver, "_read")

    def step(self, values, i):
        """A tick: sensors are read into values[1 : 1 + channels], actuators get what is there."""
        self.stir(i)
        if self.senses:
            self.driver.read(values, 1)
        else:
            for c in range(self.driver.channels):
                values[1 + c] = (i * 1237 + c * 311) % 8191 - 4095
            self.driver.write(values, 1)

    def values(self):
        """Values for `step`, with one on either side that nobody may touch."""
        return array("h", [-7] * (self.driver.channels + 2))


def digital_in():
    pin = Pin()

    def stir(i):
        pin.level = i & 1

    return Case(DigitalIn(pin), (pin,), stir)


def digital_out():
    pin = Pin(mode=Pin.OUT)
    return Case(DigitalOut(pin), (pin,), at_rest=lambda: pin.mode == Pin.IN)


def driven_out():
    pin = Pin(mode=Pin.OUT)
    return Case(DigitalOut(pin, rest=0), (pin,), at_rest=lambda: pin.mode == Pin.OUT and not pin.level)


def button():
    pin = Pin(1)

    def stir(i):
        pin.level = i >> 3 & 1

    return Case(Button(pin), (pin,), stir)


def analog_in():
    adc = Adc()

    def stir(i):
        adc.raw = i * 65

    return Case(AnalogIn(adc), (adc,), stir)


def pwm_out():
    pwm = Pwm(duty=100)
    return Case(PwmOut(pwm), (pwm,), at_rest=lambda: pwm.duty == 0)


def servo():
    pwm = Pwm(duty=100)
    return Case(Servo(pwm), (pwm,), at_rest=lambda: pwm.duty == 0)


def motor():
    pwm, forward, backward = Pwm(duty=9), Pin(1), Pin()
    bridge = Bridge(pwm, forward, backward)

    def at_rest():
        return pwm.duty == 0 and not forward.level and not backward.level and bridge.drive == 0

    return Case(Motor(pwm, forward, backward, brake=True), (pwm, forward, backward), at_rest=at_rest)


def two_pwm_motor():
    forward, backward = Pwm(duty=9), Pwm(duty=9)
    bridge = TwoPwmBridge(forward, backward)
    return Case(
        TwoPwmMotor(forward, backward, dead_band=100), (forward, backward), at_rest=lambda: bridge.idle
    )


def coil_stepper():
    pins = [Pin(1) for _ in range(4)]
    return Case(CoilStepper(pins), pins, at_rest=lambda: [pin.level for pin in pins] == [0, 0, 0, 0])


def step_dir_stepper():
    step, direction, enable = Pin(1), Pin(), Pin()
    return Case(
        StepDirStepper(step, direction, enable),
        (step, direction, enable),
        at_rest=lambda: enable.level == 1 and step.level == 0,
    )


def encoder():
    a, b = Pin(), Pin()

    def stir(i):
        (a if i & 1 else b).set(i >> 1 & 1)

    def at_rest():
        return a.handler is None and b.handler is None

    return Case(Encoder(a, b, 4), (a, b), stir, at_rest)


def hcsr04():
    time = Time(1 << 29)
    fake = ranging.HcSr04(time)

    def stir(i):
        fake.mm = 100 + i
        fake.pass_us(10007)

    def at_rest():
        return fake.trigger.mode == Pin.IN and not fake.trigger.level and fake.echo.handler is None

    return Case(HcSr04(fake.trigger, fake.echo, time), (fake.trigger, fake.echo), stir, at_rest)


def line_array():
    adcs = [Adc(i * 9000) for i in range(6)]
    lamp = Pin(1)
    parts = list(adcs)
    parts.append(lamp)

    def stir(i):
        adcs[i % 6].raw = i * 61

    return Case(LineArray(adcs, lamp), parts, stir, lambda: lamp.level == 0)


def mpu6050_():
    chip = mpu6050.Mpu6050()
    bus = I2c(chip)
    mg, dps = array("h", [0, 0, 1000]), array("h", [0, 0, 0])

    def stir(i):
        mg[0] = i * 4 - 2000
        dps[0] = 250 - i // 2
        if i % 5:
            chip.move(mg, dps)

    return Case(Mpu6050(bus), (bus,), stir, lambda: chip.asleep)


def lsm303agr_():
    fast, field = lsm303agr.Accelerometer(), lsm303agr.Magnetometer()
    bus = I2c(fast, field)
    mg, nt = array("h", [0, 0, 1000]), array("i", [20000, 0, -40000])

    def stir(i):
        mg[0] = i * 4 - 2000
        nt[1] = i * 100 - 50000
        if i % 5:
            fast.move(mg)
        field.turn(nt)

    return Case(Lsm303agr(bus), (bus,), stir, lambda: fast.asleep and field.asleep)


def bme280_():
    chip = bme280.Bme280()
    bus = I2c(chip)
    raws = tuple((400000 + 200 * i, 300000 + 250 * i, 20000 + 30 * i) for i in range(1000))

    def stir(i):
        chip.raw = raws[i]

    return Case(Bme280(bus), (bus,), stir, lambda: chip.bytes[0xF4] & 3 == 0)


def apa102():
    strip = Apa102Strip(20)
    strip.colours[5] = 9
    return Case(Apa102(strip, 20), (strip,), at_rest=lambda: strip.dark)


def ws2812():
    pin = Pin(mode=Pin.OUT)
    strip = Ws2812Strip(pin, 5)
    strip.colours[5] = 9
    return Case(Ws2812(pin, 5, strip), (strip,), at_rest=lambda: strip.dark)


def buzzer():
    pwm = Pwm(frequency=50, duty=9)
    return Case(Buzzer(pwm), (pwm,), at_rest=lambda: pwm.duty == 0)


def analog_microphone():
    adc = Adc(samples=array("H", [i * 997 % 65536 for i in range(160)]))
    return Case(AnalogMicrophone(adc, samples=4), (adc,))


def i2s_microphone():
    i2s = I2s()

    def stir(i):
        if i & 1:
            i2s.hear(-i * 16, i * 16)

    return Case(I2sMicrophone(i2s, array("h", [0] * 64)), (i2s,), stir, lambda: i2s.handler is None)


def stream_in():
    driver = StreamIn(4, stale_after=3)
    content = bytearray(b"\x01\x00\xff\x0f\x00\x10\xff\xff")

    def stir(i):
        content[0] = i & 255
        if i & 7:
            driver.take(0, content, 0, 8)

    return Case(driver, (), stir)


def stream_out():
    driver = StreamOut(3)
    buffer = bytearray(6)

    def at_rest():
        driver.give(buffer, 0)
        return bytes(buffer) == bytes(6)

    return Case(driver, (), at_rest=at_rest)


MAKERS = (
    digital_in,
    digital_out,
    driven_out,
    button,
    analog_in,
    pwm_out,
    servo,
    motor,
    two_pwm_motor,
    coil_stepper,
    step_dir_stepper,
    encoder,
    hcsr04,
    line_array,
    mpu6050_,
    lsm303agr_,
    bme280_,
    apa102,
    ws2812,
    buzzer,
    analog_microphone,
    i2s_microphone,
    stream_in,
    stream_out,
)
