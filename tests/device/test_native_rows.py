"""The native kernel's ARM code on rows of every length, its straight-line code on rows that reach beyond
what base registers do: every sum equals the engine's."""

from __future__ import annotations

import shutil
import struct

import pytest
from firmware_tools import build_kernels

from myco import layout, plan
from myco.engine import Engine
from tests import bare_machine
from tests.bench.device_cases import rows_image, table_of

# table, lengths of rows, targets: every remainder of what is done at once, and both sides of every border
CASES = (
    *((layout.TABLE_DENSE, [n, n // 2, 0, n], n) for n in range(1, 40)),
    *((layout.TABLE_DENSE, [60, 64, 33] * 3, n) for n in (64, 65, 66, 79)),
    (layout.TABLE_DENSE, [3] * 300, 5),  # more sources than sums of 16 bits take
    (layout.TABLE_DENSE, [33] * 300, 33),
    (layout.TABLE_PACKED, list(range(34)), 250),
    (layout.TABLE_PACKED, [0, 0, 100, 16, 32, 48], 256),
    (layout.TABLE_PACKED, [5] * 8, 160),
    (layout.TABLE_PACKED, [5] * 8, 161),
    (layout.TABLE_SPARSE_16, list(range(18)), 3000),
)
STEPS = ((0, 1), (0, -1), (1, 1), (7, -1))  # shift, sign
ARCHS = [("cortex-m0, 2 MB", "armv6m"), ("cortex-m33", "armv7m"), ("cortex-m33", "armv7emsp")]
CODE_BYTES = 200_000


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    return folder, bare_machine.kernels(folder)


def _expected(image, sources):
    """What the ring holds after all sources spiked once."""
    engine = Engine(image)
    for i in sources:
        engine.fired[i] = i
    engine.segments[1] = engine.segments[2] = len(sources)
    end = engine.header.projections
    assert engine.kernel.propagate(0, end, engine) == end
    return list(engine.drive)


@pytest.mark.parametrize("straight", [False, True])
@pytest.mark.parametrize(("machine", "arch"), ARCHS)
def test_every_row_adds_what_the_engine_adds(built, machine, arch, straight):
    folder, kernels = built
    runner = bare_machine.build_runner(machine, folder)
    for table, lengths, targets in CASES:
        if straight and table == layout.TABLE_SPARSE_16:
            continue
        shift, sign = STEPS[targets % len(STEPS)]
        image = rows_image(lengths, targets, shift, sign)
        assert table_of(image) == table, (lengths, targets)
        orders = bare_machine.Orders(image, kernels[arch], CODE_BYTES)
        for i in range(len(lengths)):
            orders.set(plan.FIRED, i, i, 2)
        orders.set(plan.SEGMENTS, 1, len(lengths), 2)
        orders.set(plan.SEGMENTS, 2, len(lengths), 2)
        if straight:
            orders.straighten()
        orders.run(plan.PROPAGATE, 0, 1)
        orders.dump()
        out = bare_machine.run(machine, runner, orders)
        made, out = (out[:8], out[8:]) if straight else (b"\1\0\0\0", out)
        assert made[0] == 1, (lengths, targets)
        got, _ = bare_machine.read_state(Engine(image), out[4:])
        assert got["drive"] == _expected(image, range(len(lengths))), (table, lengths, targets, shift, sign)


@pytest.mark.parametrize(("machine", "arch"), ARCHS)
def test_code_that_does_not_what_the_table_does_is_not_used(machine, arch, tmp_path, monkeypatch):
    """of an emitter that is wrong by one for some weights, or where something is due already."""
    native = shutil.copytree(build_kernels.NATIVE, tmp_path / "native")
    emitter = native / "emit.c"
    right = "u32 value = weight << w->shift, minus"
    assert right in emitter.read_text()
    wrongly = right.replace("shift,", "shift ^ (weight > 96),")
    emitter.write_text(emitter.read_text().replace(right, wrongly))
    runner = bare_machine.build_runner(machine, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(build_kernels, "NATIVE", native)
        wrong = build_kernels.compile_c(arch, tmp_path)
    image = rows_image([3, 20, 40], 100)
    for kernel, due, made in (
        (wrong, 0, False),
        (bare_machine.shipped(arch), 7, False),
        (bare_machine.shipped(arch), 0, True),
    ):
        orders = bare_machine.Orders(image, kernel, CODE_BYTES)
        orders.set(plan.DRIVE, 5, due)
        orders.run(plan.MEASURE, 0)
        orders.run(plan.EMIT, 0, 0)
        orders.set(plan.DRIVE, 5, 0)
        for i in range(3):
            orders.set(plan.FIRED, i, i, 2)
        orders.set(plan.SEGMENTS, 1, 3, 2)
        orders.set(plan.SEGMENTS, 2, 3, 2)
        orders.run(plan.PROPAGATE, 0, 1)
        orders.dump()
        out = bare_machine.run(machine, runner, orders)
        size, emitted, _ = struct.unpack_from("<3I", out)
        assert size > 100 and emitted == (size if made else 0)
        got, _ = bare_machine.read_state(Engine(image), out[12:])
        assert got["drive"] == _expected(image, range(3))
