"""The native kernel's ARM code on rows of every length, its straight-line code on rows that reach beyond
what base registers do: every sum equals the engine's."""

from __future__ import annotations

import pytest

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
