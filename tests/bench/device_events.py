"""Instructions of the device kernels' inner work, next to the same work in C, and to bytecode.

Counted on emulated processors (tests/bare_machine.py), of the code as it is shipped: what one more spike of a
row of so many synapses takes, divided by them, so with all that a row costs and without what a call and a
projection cost once; what one more LIF neuron takes. C: tests/bench/bare/baseline.c, gcc -O2.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_tools import mpy_file

from myco import layout, plan
from mycoflux.resources import data_folder
from tests import bare_machine as bare
from tests.bench import bytecode_counts
from tests.bench.device_cases import SOURCES, Rows, lif_image, table_of
from tests.native_kernel import BUFFERS

TABLES = {layout.TABLE_DENSE: "dense", layout.TABLE_PACKED: "packed", layout.TABLE_SPARSE_16: "wide"}
ROWS = (
    Rows(10, 100),
    Rows(25, 250),
    Rows(100, 256),
    Rows(25, 250, shift=3),
    Rows(10, 2000),
    Rows(10, 10),
    Rows(25, 50),
    Rows(100, 200),
    Rows(100, 100),
)
HEADLINE = ROWS[1]
KINDS = ("generic", "straight-line", "viper", "C", "bytecode")
FEW, MANY, TIMES = SOURCES // 4, SOURCES, 20
ROOMS = {"cortex-m0": "cortex-m0, 2 MB"}  # where a case goes that a machine has no room for
CODE_BYTES = {"microbit": 5400, "mps2-an505": 40000}
REACHED, ACTIVE, QUIESCENT = (
    "LIF update, active, reached by spikes",
    "LIF update, active",
    "LIF update, quiescent",
)
BYTECODE_ROWS = (ROWS[1], ROWS[6])
BYTECODE_NEURONS = {REACHED: (9000, 50), ACTIVE: (9000, 0), QUIESCENT: (0, 0)}


Order = Callable[[bare.Orders], None]


@dataclass(frozen=True)
class Bench:
    """What is measured: a kernel on a machine."""

    machine: str
    arch: str
    folder: Path
    kernel: bytes
    viper: mpy_file.MpyFile

    def times(self, image: bytes, order: Order, function: str) -> list[float]:
        """The instructions that the calls take which `order` orders, on the machine or one with more memory.

        function: the viper kernel's, which is at hand as well.
        """
        attributes = tuple(_attribute(name, image) for name in _names(self.viper))
        code = self.viper.functions()[function].code
        try:
            return self._times(self.machine, bare.Orders(image, self.kernel, 0, code, attributes), order)
        except bare.NoRoom:
            larger = ROOMS[self.machine]
            return self._times(larger, bare.Orders(image, self.kernel, 0, code, attributes), order)

    def _times(self, machine: str, orders: bare.Orders, order: Order) -> list[float]:
        orders.code_bytes = CODE_BYTES[bare.MACHINES[machine].qemu]
        order(orders)
        out = bare.run(machine, bare.build_runner(machine, self.folder), orders)
        counts = struct.unpack(f"<{len(out) // 4}I", out)
        return [n * bare.MACHINES[machine].per_tick for n in counts]


def _names(file: mpy_file.MpyFile) -> list[str]:
    """The names that the file's code asks for by their places; "" for MicroPython's own."""
    return ["" if qstr[0] & 1 else qstr[1:-1].decode() for qstr in file.qstrs]


def _attribute(name: str, image: bytes) -> int:
    """What the viper kernel gets when it asks the engine or its header for an attribute."""
    if name in BUFFERS or name == "image":
        return int(getattr(plan, name.upper()))
    number = getattr(layout.Header(image), name, None)
    return bare.ATTRIBUTE_NUMBER + number if isinstance(number, int) else bare.ATTRIBUTE_ZEROS


def events(bench: Bench, rows: Rows) -> dict[str, float]:
    """Instructions a synaptic event by kind; no straight-line where the table has none."""
    image = rows.image()
    straight = table_of(image) != layout.TABLE_SPARSE_16
    calls = {
        "generic": (bare.TIME, plan.PROPAGATE, 0, 0, 1),
        "viper": (bare.TIME_VIPER, 0, 1, 0),
        "C": (bare.TIME_C, bare.C_SPIKES, 0, 0, 1),
    }

    def order(orders: bare.Orders) -> None:
        for i in range(SOURCES):
            orders.set(plan.FIRED, i, i, 2)
        if straight:  # first: it is made while nothing is due
            orders.straighten(least=1)
            _few_and_many(orders, bare.TIME, [plan.PROPAGATE, 0, 0, 1])
            orders.run(plan.DROP)
        for kind, *arguments in calls.values():
            _few_and_many(orders, kind, arguments)

    found = bench.times(image, order, "propagate")
    counted = {"straight-line": found[2:4]} if straight else {}
    found = found[5:] if straight else found
    counted |= {kind: found[2 * i : 2 * i + 2] for i, kind in enumerate(calls)}
    return {
        kind: (many - few) / (TIMES * (MANY - FEW) * rows.length) for kind, (few, many) in counted.items()
    }


def _few_and_many(orders: bare.Orders, kind: int, arguments: list[int]) -> None:
    for spikes in (FEW, MANY):
        orders.set(plan.SEGMENTS, 1, spikes, 2)
        orders.set(plan.SEGMENTS, 2, spikes, 2)
        orders.time(kind, TIMES, *arguments)


def neurons(bench: Bench, active: bool, reached: bool) -> dict[str, float]:
    """Instructions an LIF update by kind: of active neurons, reached by spikes or not; of quiescent ones."""
    calls = {
        "generic": (bare.TIME, plan.INTEGRATE, 0, 0, 1),
        "viper": (bare.TIME_VIPER, 0, 0, 0),
        "C": (bare.TIME_C, bare.C_LIF, 0, 0, 1),
    }
    took = []
    for size in (50, 150):

        def order(orders: bare.Orders, size: int = size) -> None:
            for kind, *arguments in calls.values():
                draw = random.Random(1)
                for i in range(size):
                    for buffer, most in (
                        (plan.U, active << 15),
                        (plan.V, active << 15),
                        (plan.DRIVE, 100 * reached),
                    ):
                        orders.set(buffer, i, draw.randint(-most, most))
                orders.time(kind, 1, *arguments)

        took.append(bench.times(lif_image(size, 0), order, "integrate"))
    return {kind: (took[1][i] - took[0][i]) / 100 for i, kind in enumerate(calls)}


def quiet(bench: Bench) -> float:
    """Instructions that a population of 150 neurons at rest adds to a call."""

    def order(orders: bare.Orders) -> None:
        orders.run(plan.INTEGRATE, 0, 1)
        orders.time(bare.TIME, TIMES, plan.INTEGRATE, 0, 0, 0)
        orders.time(bare.TIME, TIMES, plan.INTEGRATE, 0, 0, 1)

    found = bench.times(lif_image(150, 0), order, "integrate")
    return (found[2] - found[1]) / TIMES


def bytecode() -> dict[str, float]:
    """The bytecode kernel's instructions for some of the table's lines; it is the same on all processors."""
    of_rows, of_neurons = bytecode_counts.instructions(BYTECODE_ROWS, list(BYTECODE_NEURONS.values()))
    found = {name_of(rows): figure for rows, figure in zip(BYTECODE_ROWS, of_rows, strict=True)}
    return found | dict(zip(BYTECODE_NEURONS, of_neurons, strict=True))


def name_of(rows: Rows) -> str:
    """The name of these rows' line."""
    shift = f", << {rows.shift}" if rows.shift else ""
    return f"event: {TABLES[table_of(rows.image())]}, {rows.length} of {rows.targets}{shift}"


def table(bench: Bench, interpreted: dict[str, float] | None = None) -> tuple[list[str], dict[str, float]]:
    """The lines of a machine's table, and the figures of the headline's case; interpreted: of `bytecode`."""
    lines = [f"| {bench.machine}, {bench.arch} | {' | '.join(KINDS)} |", "|---|" + "--:|" * len(KINDS)]
    headline = {}
    found = {}
    for rows in ROWS:
        found[name_of(rows)] = figures = events(bench, rows)
        if rows == HEADLINE:
            headline = figures
    found[REACHED] = neurons(bench, True, True)
    found[ACTIVE] = neurons(bench, True, False)
    found[QUIESCENT] = neurons(bench, False, False)
    found["population of 150, at rest"] = {"generic": quiet(bench)}
    for name, figure in (interpreted or {}).items():
        found[name]["bytecode"] = figure
    return lines + [_line(name, figures) for name, figures in found.items()], headline


def _line(name: str, figures: dict[str, float]) -> str:
    texts = (
        f"{figures[kind]:,.{0 if kind == 'bytecode' else 1}f}" if kind in figures else "" for kind in KINDS
    )
    return f"| {name} | {' | '.join(texts)} |"


def benches(folder: Path) -> list[Bench]:
    """The kernels on the machines whose own they are."""
    made = []
    for machine, arch in (("cortex-m0", "armv6m"), ("cortex-m33", "armv7m"), ("cortex-m33", "armv7emsp")):
        viper = (data_folder("kernels") / "built" / f"viper-{arch}.mpy").read_bytes()
        made.append(Bench(machine, arch, folder, bare.shipped(arch), mpy_file.read(viper)))
    return made
