"""Writes device/myco/probe.py, the small program with which a board tries a kernel.

`python -m firmware_tools.make_probe` after a change of the image's format or of the circuit below.
"""

from __future__ import annotations

from pathlib import Path

from myco import kernel, layout
from mycoflux.circuit import LIF, Circuit, Random, Rate, RateToPwm, Spike, WinnerTakeAll
from mycoflux.compiler.pipeline import compile_circuit

FILE = Path(__file__).resolve().parent.parent / "device" / "myco" / "probe.py"
_WIDTH = 88

_TEXT = '''"""The program with which a board tries a kernel, and what must come of it.

Written by firmware_tools/make_probe.py: rows longer and shorter than what kernels do at once, both signs,
plain and refractory neurons: what a wrong compiler or a wrong processor would get wrong first.
"""

from myco import crc
from myco.engine import Engine

IMAGE = bytes.fromhex(
{image}
)
DIGEST = {digest}
TICKS = 12


def digest(kernel):
    """The CRC-32 of all that `kernel` makes of IMAGE in TICKS ticks."""
    engine = Engine(bytearray(IMAGE), kernel)
    sums = bytearray()
    for tick in range(TICKS):
        for channel in range(engine.header.channels):
            engine.inputs[channel] = (tick * 1511 + channel * 977) & 4095
        engine.tick()
        fired = engine.fired[: engine.segments[len(engine.segments) - 1]]
        for part in (engine.u, engine.v, engine.outputs, fired):
            for value in part:
                for shift in (0, 8, 16, 24):
                    sums.append((value >> shift) & 255)
    return crc.crc32(sums)
'''


def circuit() -> Circuit:
    """Two populations, dense and packed tables, two kinds of sensor and of actuator."""
    made = Circuit("probe")
    light = made.sensor("l", Rate(max_rate_hz=900.0), 3)
    touch = made.sensor("t", Spike(), 1)
    plain = made.population("p", 14, LIF(tau_m_s=0.01, tau_syn_s=0.004, threshold_v=0.3))
    late = made.population("r", 11, LIF(tau_m_s=0.02, tau_syn_s=0.003, threshold_v=0.2, refractory_s=0.002))
    made.connect(light, plain, weight_v=0.3)
    made.connect(touch, late, weight_v=0.2, delay_s=0.002)
    made.connect(plain, late, weight_v=0.15, pattern=Random(0.9, seed=1))
    made.connect(plain, plain, weight_v=-0.2, pattern=Random(0.4, seed=2), delay_s=0.003)
    made.connect(late, plain, weight_v=-0.1, pattern=Random(0.2, seed=3))
    made.actuator("a", plain, RateToPwm(full_rate_hz=300.0))
    made.actuator("w", late, WinnerTakeAll())
    return made


def text() -> str:
    """The file, with the answer of the bytecode kernel."""
    image = compile_circuit(circuit()).image
    digits = image.hex()
    lines = [f'    "{digits[at : at + _WIDTH]}"' for at in range(0, len(digits), _WIDTH)]
    shape = _TEXT.format(image="\n".join(lines), digest="{digest}")
    space: dict[str, object] = {}
    exec(shape.replace("{digest}", "0"), space)
    digest = space["digest"]
    assert callable(digest)
    return shape.replace("{digest}", f"0x{digest(kernel):08X}")


if __name__ == "__main__":
    FILE.write_text(text())
    print(f"{FILE.name}: an image of version {layout.VERSION}, {FILE.stat().st_size} bytes of source")
