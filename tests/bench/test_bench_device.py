"""What `make bench-device` counts: instructions; the goals are reached, and docs have the figures."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from myco import plan
from tests import bare_machine, instructions
from tests.bench import bench_device, device_bytes, device_events, synfire, synfire_table
from tests.bench.device_cases import SOURCES, rows_image


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bare")


@pytest.fixture(scope="module")
def benches(folder):
    return device_events.benches(folder)


@pytest.mark.parametrize("machine", bare_machine.MACHINES)
def test_the_clock_counts_instructions(folder, machine):
    kernel = bare_machine.shipped(bare_machine.MACHINES[machine].archs[0])
    orders = bare_machine.Orders(rows_image([1], 1), kernel)
    for rounds in (1_000, 101_000):
        orders.time(bare_machine.TIME_C, 1, bare_machine.C_LOOP, 0, 0, rounds)
    out = bare_machine.run(machine, bare_machine.build_runner(machine, folder), orders)
    few, many = struct.unpack("<2I", out)
    assert (many - few) * bare_machine.MACHINES[machine].per_tick == pytest.approx(2 * 100_000, abs=100)


def test_qemus_log_of_what_it_executes_has_as_many(benches, folder):
    """The kernel's instructions by QEMU's log, of many spikes less those of few, against the clock."""
    bench = benches[0]
    image = rows_image([25] * SOURCES, 250)
    runner = bare_machine.build_runner(bench.machine, folder)
    logged, clock = [], []
    for spikes in (device_events.FEW, device_events.MANY):
        orders = bare_machine.Orders(image, bench.kernel)
        for i in range(spikes):
            orders.set(plan.FIRED, i, i, 2)
        for at in (1, 2):
            orders.set(plan.SEGMENTS, at, spikes, 2)
        orders.time(bare_machine.TIME, 5, plan.PROPAGATE, 0, 0, 1)
        log = folder / "log"
        flags = ("-d", "nochain,exec,in_asm", "-D", str(log), "-singlestep")
        bare_machine.run(bench.machine, runner, orders, *flags, counted=False)
        begin = bare_machine.MACHINES[bench.machine].orders
        inside = range(begin, begin + len(bench.kernel) + 64)
        logged.append(sum(n for at, n in instructions.executed(log).items() if at in inside))
        out = bare_machine.run(bench.machine, runner, orders)
        clock.append(struct.unpack("<I", out)[0] * bare_machine.MACHINES[bench.machine].per_tick)
    assert logged[1] - logged[0] == pytest.approx(clock[1] - clock[0], abs=150)
    assert logged[1] - logged[0] > 5 * 18 * 25 * 6


def kept(section):
    return bench_device.section(bench_device.PAGE.read_text(encoding="utf-8"), section)


@pytest.mark.parametrize("which", range(3))
def test_goals_and_docs(benches, which):
    lines, found = device_events.table(benches[which])
    assert found["generic"] <= 1.1 * found["C"]
    assert found["straight-line"] <= 4
    assert found["viper"] <= 4 * found["C"]
    # The last columns are the compiler's and the interpreter's.
    ours = [line.rsplit("|", 3)[0] for line in lines if line.startswith(("| event", "| LIF"))]
    assert len(ours) == 12 and len(benches) == 3
    page = "\n".join(kept("events")).split("\n\n")[which].splitlines()
    assert page[0].startswith(lines[0].rsplit("|", 3)[0])
    assert [line for line in ours if not any(old.startswith(line) for old in page)] == []


@pytest.fixture(scope="module")
def fire(folder):
    return synfire.Bench(folder)


@pytest.mark.armv7
def test_synfire4_in_real_time(fire):
    """All ticks again, generic: spikes are the reference's (or `counted` raises), instructions the page's."""
    case = synfire_table.generic(fire)
    assert case.counted.worst <= synfire.LIMIT
    assert fire.used(case.counted) <= synfire.RAM
    assert synfire_table.instructions(case) in kept("synfire")
    (ram,) = (line.split("|")[2] for line in kept("synfire") if line.startswith("| all |"))
    assert int(ram.replace(",", "")) == pytest.approx(fire.used(case.counted), abs=1024)


def test_a_spike_too_few_fails_synfire4(fire, monkeypatch):
    spikes = [list(fired) for fired in fire.case.spikes]
    tick = max(range(len(spikes)), key=lambda t: len(spikes[t]))
    spikes[tick].pop()
    monkeypatch.setattr(fire, "case", dataclasses.replace(fire.case, spikes=spikes))
    with pytest.raises(AssertionError, match=f"tick {tick}:"):
        fire.counted()


def test_straight_line_code_changes_no_spike_and_is_faster_where_it_is(fire):
    most = fire.case.events.sum(axis=1).argmax()
    generic, straight = fire.counted(), fire.counted([int(most)])
    saved = (generic.ticks - straight.ticks).sum() / fire.case.events[most].sum()
    assert 1.5 < saved < 4


@pytest.mark.armv7
def test_bytes():
    found = {line.what: line for line in device_bytes.lines()}
    heap = found.pop(device_bytes.ARMV7)
    proven = [line for what, line in found.items() if what.startswith(("a synapse", "an LIF neuron"))]
    assert len(proven) == 5 and all(line.reached for line in proven)
    page = [line for line in kept("bytes") if device_bytes.ARMV7 not in line]
    assert device_bytes.table(list(found.values())) == page
    assert heap.reached
    # MicroPython takes some garbage for used: a few blocks more or less.
    (said,) = (line.split("|")[2] for line in kept("bytes") if device_bytes.ARMV7 in line)
    assert int(said.replace(",", "")) == pytest.approx(heap.bytes, abs=128)
