"""What drivers take of a 32-bit board's heap: `python -m tests.hal.on_memory` prints docs/hal.md's table."""

from __future__ import annotations

import subprocess
from pathlib import Path

from mycoflux import resources
from mycoflux.link.unix_board import armv7_interpreter

# Module, class, and its arguments as they are made of fakes.
DRIVERS = (
    ("digital", "DigitalIn", "Pin()"),
    ("digital", "DigitalOut", "Pin()"),
    ("button", "Button", "Pin()"),
    ("analog", "AnalogIn", "Adc()"),
    ("pwm", "PwmOut", "Pwm()"),
    ("servo", "Servo", "Pwm()"),
    ("motor", "Motor", "Pwm(), Pin(), Pin()"),
    ("motor", "TwoPwmMotor", "Pwm(), Pwm()"),
    ("stepper", "CoilStepper", "(Pin(), Pin(), Pin(), Pin())"),
    ("stepper", "StepDirStepper", "Pin(), Pin()"),
    ("encoder", "Encoder", "Pin(), Pin(), 100"),
    ("hcsr04", "HcSr04", "Pin(), Pin(), Time()"),
    ("line_array", "LineArray", "[Adc(), Adc(), Adc(), Adc(), Adc()]"),
    ("mpu6050", "Mpu6050", "I2c(mpu6050.Mpu6050())"),
    ("lsm303agr", "Lsm303agr", "I2c(lsm303agr.Accelerometer(), lsm303agr.Magnetometer())"),
    ("bme280", "Bme280", "I2c(bme280.Bme280())"),
    ("microphone", "AnalogMicrophone", "Adc()"),
    ("microphone", "I2sMicrophone", "I2s(), bytearray(64)"),
    ("apa102", "Apa102", "Apa102Strip(10), 10"),
    ("ws2812", "Ws2812", "Pin(), 10, nothing"),
    ("buzzer", "Buzzer", "Pwm()"),
    ("stream", "StreamIn", "4"),
    ("stream", "StreamOut", "4"),
)
SHARED = ("base", "registers", "bme280_compensate")

_SCRIPT = """
import gc, sys
sys.path[:0] = {folders!r}
from array import array
from tests.hal.fakes import bme280, lsm303agr, mpu6050
from tests.hal.fakes.i2c import I2c
from tests.hal.fakes.leds import Apa102Strip
from tests.hal.fakes.pins import Adc, Pin, Pwm, Time
from tests.hal.fakes.sound import I2s

def nothing(*arguments):
    pass

def used():
    gc.collect()
    return gc.mem_alloc()

def load(name):
    # A second time: the first interned its names, too, in pools that grow by leaps.
    whole = 'myco_hal.drivers.' + name
    __import__(whole)
    del sys.modules[whole]
    delattr(myco_hal.drivers, name)
    before = used()
    __import__(whole)
    after = used()
    return after - before

def code_of(name):
    return min(load(name), load(name), load(name))

def instance(make, arguments):
    # Of eight: garbage that looks alive weighs less so.
    kept = [None] * 8
    before = used()
    for i in range(8):
        kept[i] = make(*arguments)
        kept[i].start()
    after = used()
    return (after - before + 127) // 128 * 16

import myco_hal.drivers
for name in {shared!r}:
    print(name, code_of(name), 0)
for name, kind, arguments in {drivers!r}:
    code = code_of(name)
    arguments = eval('(' + arguments + ',)')
    make = getattr(sys.modules['myco_hal.drivers.' + name], kind)
    print(name, kind, code, instance(make, arguments))
"""


def measured() -> dict[tuple[str, str], tuple[int, int]]:
    """By module and class: bytes of heap that the module's code takes, and an instance once started.

    Modules that others share come first, without a class.
    """
    folders = [str(Path(__file__).parents[2]), str(resources.package_folder("myco_hal").parent)]
    script = _SCRIPT.format(folders=folders, drivers=DRIVERS, shared=SHARED)
    command = [*armv7_interpreter("armv7:").command, "-X", "heapsize=1M", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for line in done.stdout.splitlines():
        module, *kind, code, size = line.split()
        found[module, kind[0] if kind else ""] = int(code), int(size)
    return found


def table() -> str:
    """The rows of the page."""
    rows = ["| driver | code | instance |", "|---|---|---|"]
    for (module, kind), (code, size) in measured().items():
        name = f"{module}.{kind}" if kind else f"{module} (shared)"
        rows.append(f"| `{name}` | {code:,} | {size:,} |" if kind else f"| {name} | {code:,} | |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
