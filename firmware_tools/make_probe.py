"""Writes IMAGE and DIGEST of device/myco/probe.py, the small program with which a board tries a kernel.

`python -m firmware_tools.make_probe` after a change of the image's format or of the circuit below.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from myco import kernel, layout
from mycoflux.circuit import LIF, Accept, Circuit, Random, Rate, RateToPwm, Spike, WinnerTakeAll
from mycoflux.compiler.pipeline import compile_circuit

FILE = Path(__file__).resolve().parent.parent / "device" / "myco" / "probe.py"
_WIDTH = 88

# What is written anew; all else in the file stays.
_IMAGE = re.compile(r"^IMAGE = bytes\.fromhex\(\n.*?^\)\n", re.MULTILINE | re.DOTALL)
_DIGEST = re.compile(r"^DIGEST = .*$", re.MULTILINE)


def circuit() -> Circuit:
    """Three populations, tables of all formats but wide, currents that wrap, kinds of sensor and actuator."""
    made = Circuit("probe", accept=Accept(at_once=0.1))
    light = made.sensor("l", Rate(max_rate_hz=900.0), 3)
    touch = made.sensor("t", Spike(), 1)
    plain = made.population("p", 14, LIF(tau_m_s=0.01, tau_syn_s=0.004, threshold_v=0.3))
    late = made.population("r", 11, LIF(tau_m_s=0.02, tau_syn_s=0.003, threshold_v=0.2, refractory_s=0.002))
    made.connect(light, plain, weight_v=0.3)
    made.connect(touch, late, weight_v=0.2, delay_s=0.002)
    made.connect(plain, late, weight_v=0.15, pattern=Random(0.9, seed=1))
    made.connect(plain, plain, weight_v=-0.2, pattern=Random(0.4, seed=2), delay_s=0.003)
    made.connect(late, plain, weight_v=-0.1, pattern=Random(0.2, seed=3))
    push = made.sensor("x", Spike(), 6)
    broad = made.population("b", 35, LIF(tau_m_s=0.01, tau_syn_s=0.02, threshold_v=0.02))
    made.connect(push, broad, weight_v=-0.5, pattern=Random(0.95, seed=4))
    made.connect(plain, broad, weight_v=0.4)
    made.actuator("a", plain, RateToPwm(full_rate_hz=300.0))
    made.actuator("w", late, WinnerTakeAll())
    return made


def text() -> str:
    """The file, with the image of `circuit` and the answer of the bytecode kernel."""
    digits = compile_circuit(circuit()).image.hex()
    lines = "".join(f'    "{digits[at : at + _WIDTH]}"\n' for at in range(0, len(digits), _WIDTH))
    written = _IMAGE.sub(f"IMAGE = bytes.fromhex(\n{lines})\n", FILE.read_text())
    space: dict[str, Any] = {}
    exec(written, space)
    return _DIGEST.sub(f"DIGEST = 0x{space['digest'](kernel):08X}", written)


if __name__ == "__main__":
    FILE.write_text(text())
    print(f"{FILE.name}: an image of version {layout.VERSION}, {FILE.stat().st_size} bytes of source")
