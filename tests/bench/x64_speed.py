"""The viper kernel on the virtual board next to the same work in C by gcc -O2, both timed in one run.

Times are of this computer: their ratio says how far viper is from C where both are the same processor's.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

from firmware_tools import build_kernels

from mycoflux import resources
from mycoflux.deploy import kernels
from mycoflux.link.unix_board import native_interpreter
from tests import bare_machine as bare
from tests.bench.device_cases import lif_image, rows_image
from tests.native import host_compiler
from tests.native_kernel import NativeEngine

ROUNDS = 7  # the fastest of each counts: what else the computer does only slows
_SPIKES, _NEURONS = 400, 20_000
_SCRIPT = """
import sys, time
sys.path[:0] = {folders!r}
import viper
from myco.engine import Engine

with open({file!r}, 'rb') as f:
    engine = Engine(bytearray(f.read()), viper)
if {spikes}:
    for k in range({spikes}):
        engine.fired[k] = k
    engine.segments[1] = engine.segments[2] = {spikes}
best = 1 << 30
for _ in range({rounds}):
    for n in range(0 if {spikes} else engine.header.neurons):
        engine.u[n] = engine.v[n] = 9000
    begun = time.ticks_us()
    if {spikes}:
        viper.propagate(0, 1, engine)
    else:
        viper.integrate(0, 0, engine)
    best = min(best, time.ticks_diff(time.ticks_us(), begun))
print(best)
"""


@dataclass(frozen=True)
class Work:
    """What is timed; spikes: of so many sources (0: the neurons), and how many events or updates."""

    name: str
    image: bytes
    spikes: int
    items: int


def works() -> tuple[Work, ...]:
    """Long enough that what a call costs is nothing."""
    return (
        Work("event: packed, 25 of 250", rows_image([25] * _SPIKES, 250), _SPIKES, 25 * _SPIKES),
        Work("event: packed, 100 of 256", rows_image([100] * _SPIKES, 256), _SPIKES, 100 * _SPIKES),
        Work("event: dense, 100 of 100", rows_image([100] * _SPIKES, 100), _SPIKES, 100 * _SPIKES),
        Work("LIF update, active", lif_image(_NEURONS, 0), 0, _NEURONS),
    )


def baseline(folder: Path) -> ctypes.CDLL:
    """tests/bench/bare/baseline.c for this computer."""
    (folder / "constants.h").write_text(build_kernels.constants(), encoding="utf-8")
    library = folder / "baseline.so"
    includes = [f"-I{at}" for at in (folder, build_kernels.NATIVE, build_kernels.RECORDS)]
    flags = ("-O2", "-shared", "-fPIC", "-std=c11")
    command = [*host_compiler(), *flags, *includes, str(bare.BARE / "baseline.c"), "-o", str(library)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    pieces = ctypes.CDLL(str(library))
    pieces.baseline.argtypes = (ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32)
    pieces.baseline.restype = None
    return pieces


def in_c(work: Work, library: ctypes.CDLL) -> float:
    """Nanoseconds an item."""
    engine = NativeEngine(work.image)
    if work.spikes:
        engine.fired[: work.spikes] = array("H", range(work.spikes))
        engine.segments[1] = engine.segments[2] = work.spikes
    took = []
    for _ in range(ROUNDS):
        for n in range(0 if work.spikes else engine.header.neurons):
            engine.u[n] = engine.v[n] = 9000
        begun = time.perf_counter_ns()
        which = bare.C_SPIKES if work.spikes else bare.C_LIF
        library.baseline(which, engine.plan.buffer_info()[0], 0, 1)
        took.append(time.perf_counter_ns() - begun)
    return min(took) / work.items


def in_viper(work: Work, folder: Path) -> float:
    """Nanoseconds an item, on the virtual board."""
    built = kernels.built("viper", "x64")
    assert built is not None
    (folder / "viper.mpy").write_bytes(built)
    (folder / "image").write_bytes(work.image)
    folders = [str(resources.package_folder(package).parent) for package in ("myco", "myco_hal")]
    script = _SCRIPT.format(folders=folders, file="image", spikes=work.spikes, rounds=ROUNDS)
    command = [*native_interpreter("virtual:").command, "-X", "heapsize=64M", "-c", script]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and ran.stdout.strip().isdigit(), ran.stderr + ran.stdout
    return int(ran.stdout) * 1000 / work.items


def table() -> list[str]:
    """The table's lines: nanoseconds of both, and the ratio."""
    lines = ["| x64, nanoseconds | viper | gcc -O2 | ratio |", "|---|--:|--:|--:|"]
    with tempfile.TemporaryDirectory() as name:
        library = baseline(Path(name))
        for work in works():
            viper, c = in_viper(work, Path(name)), in_c(work, library)
            lines.append(f"| {work.name} | {viper:.2f} | {c:.2f} | {viper / c:.1f} |")
    return lines
