"""Straight-line code as boards make it: of hot tables, when they start; it changes no result."""

from __future__ import annotations

import dataclasses
import sys
import types
from array import array
from pathlib import Path
from typing import Any

import pytest

from myco import layout, straight, wire
from myco.engine import Engine
from myco.store import Store
from mycoflux.deploy.connect import connect
from mycoflux.link.repl import Repl
from mycoflux.link.session import Session
from mycoflux.program.image import encode
from mycoflux.program.tables import table_format
from mycoflux.program.types import Program, Projection
from tests.clocks import server_into
from tests.device.kernel_runs import STRAIGHT, TARGETS, Run, on_bytecode, on_kernel
from tests.device.test_server import asking
from tests.device.test_viper import SIZES, random_runs, sized
from tests.programs import random_inputs
from tests.tables import table_program


def hot_runs(runs: list[Run]) -> list[Run]:
    """The same with every table hot that may be."""

    def hot(p: Projection) -> Projection:
        return dataclasses.replace(p, hot=table_format(p) != layout.TABLE_CONVOLUTION)

    return [(dataclasses.replace(p, projections=tuple(map(hot, p.projections))), rows) for p, rows in runs]


@pytest.mark.parametrize("target", TARGETS[1:], ids=lambda t: t.arch)
@pytest.mark.armv7
def test_code_changes_nothing(target: Any) -> None:
    """Of tables of every kind, through resets and states written from outside, on stock MicroPython."""
    runs = hot_runs(random_runs(range(400, 440), 6, 30) + random_runs(range(440, 460), 40, 30))
    runs += hot_runs([sized(sources, targets, p) for sources, targets in SIZES for p in (0.05, 1.0)])
    *ticks, last = on_kernel(runs, target, "native", straight=True)
    assert ticks == on_bytecode(runs)
    made, _ = last.split(" ", 1)
    assert int(made) > len(runs) / 2


@pytest.mark.armv7
def test_a_board_that_starts_makes_it_and_gives_it_back_for_the_next_program() -> None:
    """The whole way, on stock MicroPython whose heap is made to be one that code runs from."""
    program, other = (table_program(seed) for seed in (1, 2))
    inputs = random_inputs(1, program.channels, 60)
    expected = ticks(None, program, inputs)
    with connect("armv7:") as board:
        board.put(encode(program))
        board.session.stop()
        repl = Repl(board.session.stream)
        repl.exec(STRAIGHT)  # `myco.main` finds the module as it was left
        repl.start("import myco.main\nmyco.main.run()")
        session = Session(repl.stream)
        assert session.hello().program == board.welcome.program
        hot = session.health()["tables_straight"]
        assert 0 < hot <= sum(p.hot for p in program.projections)
        assert ticks(session, program, inputs) == expected
        free = session.hello().heap_free
        session.put(encode(other))
        assert session.health()["tables_straight"] == 0
        assert ticks(session, other, inputs) == ticks(None, other, inputs)
        assert session.hello().heap_free > free - 20_000


@pytest.mark.armv7
def test_a_board_without_room_for_it_starts_all_the_same() -> None:
    program = table_program(1)
    with connect("armv7:") as board:
        board.put(encode(program))
        board.session.stop()
        repl = Repl(board.session.stream)
        repl.exec("from myco import straight\ndef make(engine): raise MemoryError\nstraight.make = make")
        repl.start("import myco.main\nmyco.main.run()")
        session = Session(repl.stream)
        assert session.hello().program == board.welcome.program
        assert session.health()["tables_straight"] == 0


def ticks(session: Session | None, program: Program, inputs: Any) -> list[tuple[int, ...]]:
    """Spikes of each tick: of a board, or (None) of the bytecode here."""
    if session:
        return [session.step(tick, readings).spikes for tick, readings in enumerate(inputs)]
    engine = Engine(bytearray(encode(program)))
    found = []
    for readings in inputs:
        engine.inputs[:] = array("h", readings)
        engine.tick()
        found.append(tuple(engine.fired[: engine.neurons_fired()]))
    return found


class Kernel:
    """Stands for the native one, as far as a board's memory is concerned."""

    NAME = "native"
    size = 600  # of any table's code
    right = True

    def __init__(self) -> None:
        self.emitted: list[tuple[int, int]] = []

    def bind(self, engine: Engine) -> array[int]:
        return array("l", [0] * (5 + engine.header.projections))

    def tick(self, plan: array[int]) -> None:
        pass

    def forget(self, plan: array[int]) -> None:
        pass

    def drop(self, plan: array[int]) -> None:
        for i in range(5, len(plan)):
            plan[i] = 0

    def measure(self, plan: array[int], projection: int) -> int:
        return self.size

    def emit(self, plan: array[int], projection: int, address: int) -> int:
        self.emitted.append((projection, address))
        if self.right:
            plan[5 + projection] = address
        return self.size if self.right else 0


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A heap to take code from: so many bytes free, the largest piece of so many."""
    heap = types.SimpleNamespace(free=straight.RESERVE + 1000, largest=10_000)

    def room(size: int) -> tuple[bytearray, int]:
        if size > heap.largest:
            raise MemoryError
        heap.free -= size
        return bytearray(size), heap.free

    monkeypatch.setattr(straight, "can_run", lambda: True)
    monkeypatch.setattr(straight, "room", room)
    monkeypatch.setattr(straight.gc, "mem_free", lambda: heap.free, raising=False)
    return heap


def engine_of(kernel: Kernel) -> Engine:
    return Engine(bytearray(encode(table_program(5))), kernel)


def test_only_hot_tables_and_only_what_is_left(memory: types.SimpleNamespace) -> None:
    kernel = Kernel()
    engine = engine_of(kernel)
    hot = [i for i, p in enumerate(engine.projections) if p[0] & layout.TABLE_HOT]
    straight.make(engine)
    assert [i for i, _ in kernel.emitted] == hot[:1] and len(hot) > 1  # 1,000 bytes are left, 600 a table
    assert memory.free >= straight.RESERVE
    assert [at for i, at in enumerate(engine.plan[5:]) if at] == [at for _, at in kernel.emitted]
    engine.drop_code()
    assert not any(engine.plan) and engine.code is None


def test_no_code_where_none_is_right_or_nothing_is_in_one_piece(memory: types.SimpleNamespace) -> None:
    wrong = Kernel()
    wrong.right = False
    engine = engine_of(wrong)
    straight.make(engine)
    assert wrong.emitted and engine.code == []
    memory.largest = 100
    kernel = Kernel()
    straight.make(engine_of(kernel))
    assert not kernel.emitted


@pytest.mark.parametrize(
    ("platform", "part", "can"),
    [
        ("rp2", 0x410CC601, True),  # Cortex-M0+
        ("rp2", 0x411FD210, True),  # Cortex-M33
        ("pyboard", 0x410FC241, True),  # Cortex-M4
        ("pyboard", 0x411FC271, False),  # Cortex-M7, which has caches
        ("mimxrt", 0x411FC241, False),
        ("linux", 0x410FC241, False),
        ("esp32", 0x410FC241, False),
    ],
)
def test_where_code_can_run(platform: str, part: int, can: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By port and by the processor's own register."""
    machine = types.ModuleType("machine")
    vars(machine)["mem32"] = {0xE000ED00: part}
    monkeypatch.setitem(sys.modules, "machine", machine)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(straight, "addressof", id)
    assert straight.can_run() is can


def test_it_is_given_back_before_a_program_comes(memory: types.SimpleNamespace, tmp_path: Path) -> None:
    store = Store(f"{tmp_path}/")
    image = encode(table_program(5))
    store.save(image)
    out = bytearray()
    server = server_into(out, store, kernel=Kernel())
    straight.make(server.engine)
    ask = asking(server, out)

    def tables() -> int:
        entries = ask(wire.READ, bytes([wire.READ_HEALTH, 0, 0]))[1:]
        at = 4 * wire.HEALTH.index("tables_straight")
        return int.from_bytes(entries[at : at + 4], "little")

    assert tables() == 1
    assert ask(wire.PUT_BEGIN, len(image).to_bytes(4, "little") + image[-4:]) == bytes([wire.ACK])
    assert tables() == 0 and not any(server.engine.plan)
