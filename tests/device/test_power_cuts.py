"""Power may go at any moment: what boots afterwards is the old program or the new one, and never none."""

from __future__ import annotations

import gc
import importlib
import itertools
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import ModuleType

import pytest

from myco import check, layout, wire
from myco import store as store_module
from myco.store import ACTIVE, NEW, OLD, Store
from mycoflux.program.image import encode
from mycoflux.resources import data_folder
from tests.device.fake_files import FakeFiles, PowerCutError
from tests.programs import random_program

# Small ones: every pair of operations is cut, so time goes with the square of their size.
A, B, C, D, E = sorted((encode(random_program(seed, max_size=1)) for seed in range(60)), key=len)[:5]
NAMES = {A: "A", B: "B", C: "C", D: "D", E: "E", None: "none"}


class Board(ABC):
    """One runtime's way of keeping programs, over files whose power can be cut."""

    def __init__(self, files: FakeFiles) -> None:
        self.files = files

    @abstractmethod
    def boot(self) -> bytes | None:
        """Power on: the program that runs."""

    @abstractmethod
    def save(self, image: bytes) -> None: ...

    @abstractmethod
    def forget(self) -> None: ...


class FullBoard(Board):
    """`myco.store`."""

    def boot(self) -> bytes | None:
        self.store = Store()
        image = self.store.load()
        return None if image is None else bytes(image)

    def save(self, image: bytes) -> None:
        self.store.save(image)

    def forget(self) -> None:
        self.store.forget()


class NanoBoard(Board):
    """`nano_program` and `nano_requests`, with the native code and the firmware played."""

    def __init__(self, files: FakeFiles, modules: tuple[ModuleType, ModuleType, ModuleType]) -> None:
        super().__init__(files)
        self.code, self.program, self.requests = modules

    def boot(self) -> bytes | None:
        context = self.code.context
        context[:] = [0] * len(context)
        self.code.keep[:] = [None] * len(self.code.keep)
        self.program.boot()
        return self._running()

    def _running(self) -> bytes | None:
        k = self.code.k
        return bytes(self.code.keep[k.PROGRAM]) if self.code.context[k.IMAGE] else None

    def put(self, image: bytes) -> int:
        self.code.keep[self.code.k.ARRIVING] = bytearray(image)
        return int(self.requests.execute(wire.PUT_END))

    def save(self, image: bytes) -> None:
        if self.put(image):
            raise OSError

    def forget(self) -> None:
        assert self.requests.execute(wire.FORGET) == 0


def _nano_code(files: FakeFiles, context_module: ModuleType) -> ModuleType:
    k = context_module
    module = ModuleType("nano_code")
    context, keep, kernel = [0] * k.WORDS, [None] * k.KEPT, object()

    def call(operation: object, argument: object, third: object, code: object) -> int:
        if code is not kernel:  # the image check, in two pieces
            try:
                check.check(operation)
            except layout.BadImage as error:
                return error.code
            return 0
        if operation == k.MEASURE:
            return 64
        if isinstance(operation, int) and operation >= k.SET:
            context[operation - k.SET] = 1
        return 0

    def read_file(name: str) -> bytearray:
        return bytearray(b"code" if name in ("check.bin", "tables.bin") else files.open(name, "rb")._data)

    module.__dict__.update(k=k, context=context, keep=keep, kernel=kernel, call=call, read_file=read_file)
    return module


class SlotBoard(NanoBoard):
    """The same with `nano_slot`: the program in flash."""

    def _running(self) -> bytes | None:
        return self.code.slot() if self.code.context[self.code.k.IMAGE] else None


SLOT = "the slot"  # its name among the files
SLOT_AT, SLOT_SIZE, SLOT_PAGE = 0x3F400, 2048, 128  # pages so small that every program has several


def _slot_code(files: FakeFiles, context_module: ModuleType, places: ModuleType) -> ModuleType:
    places.__dict__.update(KERNEL=1, CHECK=2, TABLES=3, FLASH=4, SLOT=SLOT_AT, ROOM=SLOT_SIZE - 4)
    module = _nano_code(files, context_module)
    plain, layout_length = module.call, slice(8, 12)

    def slot() -> bytes | None:
        held = files.contents.get(SLOT, b"")
        size = int.from_bytes(held[layout_length], "little")
        return held[:size] if held[:4] == layout.MAGIC and size <= places.ROOM else None

    def call(first: object, second: object, third: object, code: object) -> int:
        if code != places.FLASH:
            image = slot() if first == SLOT_AT else first
            return int(plain(image, second, third, code))
        assert isinstance(second, int)
        if not third:
            return len(slot() or b"")
        assert isinstance(first, bytearray) and isinstance(third, int)
        files.burn(SLOT, SLOT_SIZE, SLOT_PAGE, second - SLOT_AT, bytes(first[:third]))
        return 0

    module.__dict__.update(call=call, slot=slot)
    return module


NANO_MODULES = ("nano_context", "nano_places", "nano_code", "nano_program", "nano_slot", "nano_requests")


@pytest.fixture(params=["full", "nano", "slot"])
def board(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    files = FakeFiles()
    if request.param == "full":
        monkeypatch.setattr(store_module, "os", files)
        monkeypatch.setattr(store_module, "open", files.open, raising=False)
        yield FullBoard(files)
        return
    monkeypatch.syspath_prepend(str(data_folder("nano")))
    monkeypatch.setattr(gc, "mem_free", lambda: 0, raising=False)
    # The board collects a heap of 9 KB; here it would be that of every library another test has loaded.
    monkeypatch.setattr(gc, "collect", lambda: 0)
    for name in NANO_MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    k = importlib.import_module("nano_context")
    if request.param == "slot":
        code = _slot_code(files, k, importlib.import_module("nano_places"))
    else:
        code = _nano_code(files, k)
    monkeypatch.setitem(sys.modules, "nano_code", code)
    program = importlib.import_module("nano_slot" if request.param == "slot" else "nano_program")
    monkeypatch.setitem(sys.modules, "nano_program", program)
    requests = importlib.import_module("nano_requests")
    monkeypatch.setattr(program, "os", files)
    monkeypatch.setattr(program, "open", files.open, raising=False)
    kind = SlotBoard if request.param == "slot" else NanoBoard
    yield kind(files, (code, program, requests))
    for name in NANO_MODULES:
        sys.modules.pop(name, None)


def begin(board: Board, damaged: str | None = None) -> bytes | None:
    """A board that was given A, then B; then, perhaps, a file went bad. What it boots."""
    board.files.contents.clear()
    board.files.cut(-1)
    assert board.boot() is None
    board.save(A)
    board.save(B)
    assert board.boot() == B
    if damaged in board.files.contents:
        good = board.files.contents[damaged]
        board.files.contents[damaged] = good[:40] + bytes(5) + good[45:]
    return board.boot()


def cut_in(board: Board, at: int, image: bytes | None) -> bool:
    """Save `image` (None: forget) with the power cut at operation `at`; False when it was done by then."""
    board.files.cut(at)
    try:
        if image is None:
            board.forget()
        else:
            board.save(image)
    except PowerCutError:
        return True
    finally:
        board.files.cut(-1)
    return False


@pytest.mark.parametrize("damaged", [None, ACTIVE, OLD, SLOT])
def test_any_two_cuts_leave_the_old_or_the_new_program(board: Board, damaged: str | None) -> None:
    moments = 0
    for first in itertools.count():
        old = begin(board, damaged)
        was_cut = cut_in(board, first, C)
        between = board.boot()
        assert between in ((old, C) if was_cut else (C,)), (first, NAMES[between])
        snapshot = dict(board.files.contents)
        for second in itertools.count():
            board.files.contents.clear()
            board.files.contents.update(snapshot)
            assert board.boot() == between
            again = cut_in(board, second, D)
            now = board.boot()
            assert now in ((between, D) if again else (D,)), (first, second, NAMES[now])
            board.save(E)
            assert board.boot() == E
            moments += 1
            if not again:
                break
        if not was_cut:
            break
    assert moments > 12


@pytest.mark.parametrize("damaged", [None, ACTIVE, OLD, SLOT])
def test_what_is_half_forgotten_does_not_come_back_as_something_older(
    board: Board, damaged: str | None
) -> None:
    for first in itertools.count():
        begin(board, damaged)
        cut_in(board, first, C)
        running = board.boot()
        snapshot, cut = dict(board.files.contents), True
        for second in itertools.count():
            board.files.contents.clear()
            board.files.contents.update(snapshot)
            board.boot()
            cut = cut_in(board, second, None)
            assert board.boot() in ((running, None) if cut else (None,)), (first, second)
            if not cut:
                break
        if first > 8:
            break


def test_a_file_system_that_refuses_keeps_the_program(board: Board) -> None:
    """The flash is full or worn: an error, and what was there boots."""
    for at in range(9):
        old = begin(board)
        board.files.cut(at, lambda: OSError(28))
        try:
            board.save(C)
            failed = False
        except OSError:
            failed = True
        board.files.cut(-1)
        assert board.boot() in ((old, C) if failed else (C,))
        board.save(D)
        assert board.boot() == D


def test_the_program_before_is_kept_as_a_fallback_by_the_full_runtime(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = FakeFiles()
    monkeypatch.setattr(store_module, "os", files)
    monkeypatch.setattr(store_module, "open", files.open, raising=False)
    store = Store()
    store.save(A)
    store.save(B)
    assert files.contents == {ACTIVE: B, OLD: A}
    files.contents[ACTIVE] = B[:-1]
    store = Store()
    assert store.load() == A and store.files_bad == 1
    store.save(C)  # over what is damaged; never over what runs
    assert files.contents == {ACTIVE: C, OLD: A}
    files.contents.update({NEW: D})
    del files.contents[ACTIVE]
    assert [bytes(image) for image in Store().images()] == [D, A]
    store = Store()
    store.forget()
    assert not files.contents and store.load() is None
