"""Whatever interrupts a transfer, the next connect repairs it without a power cycle."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from mycoflux.deploy.connect import connect, connect_stream
from mycoflux.link.refusal import Refusal
from mycoflux.link.repl import Repl
from mycoflux.link.session import Session
from mycoflux.link.stream import ByteStream
from mycoflux.link.urls import board_file_for, open_stream
from mycoflux.program.image import encode
from tests.programs import random_program


class Cut(Exception):
    """The cable came off, as far as this host can tell."""


class CutStream(ByteStream):
    """A stream that lets `left` more bytes through to the board, then none."""

    def __init__(self, inner: ByteStream, left: int) -> None:
        self.inner, self.left, self.url = inner, left, inner.url

    def read(self, size: int, timeout_s: float) -> bytes:
        return self.inner.read(size, timeout_s)

    def write(self, data: bytes) -> None:
        self.inner.write(data[: self.left])
        self.left -= len(data)
        if self.left < 0:
            raise Cut

    def interrupt(self) -> None:
        self.inner.interrupt()

    def close(self) -> None:
        self.inner.close()


@pytest.mark.virtual
def test_a_transfer_cut_anywhere_is_repaired_by_the_next_connect() -> None:
    """Runtime and image, cut after n bytes, on one live board that is never reset."""
    board = board_file_for("virtual:")
    images = [encode(random_program(seed, max_size=20)) for seed in (5, 7)]
    with open_stream("virtual:") as stream:
        connect_stream(stream, board)
        for i, cut in enumerate((*range(1, 60, 7), *range(60, 3000, 97))):
            image = images[i % 2]
            broken = CutStream(stream, cut)
            with contextlib.suppress(Cut):
                connect_stream(broken, board).put(image)
            repaired = connect_stream(stream, board)
            repaired.put(image)
            assert repaired.session.hello().program == int.from_bytes(image[-4:], "little")
            assert repaired.session.health()["programs_refused"] == 0


@pytest.mark.virtual
def test_what_the_board_has_is_not_sent_again(tmp_path) -> None:
    url = f"virtual:?root={tmp_path}"
    image = encode(random_program(3))
    with connect(url) as first:
        assert first.files_sent
        assert first.put(image)
        again = connect_stream(first.session.stream, board_file_for(url))
        assert (again.files_sent, again.put(image)) == ((), False)
    # After a power cycle the files and the program are still there.
    with connect(url) as second:
        assert (second.files_sent, second.put(image)) == ((), False)


@pytest.mark.parametrize("kernel", ["native", "bytecode"])
@pytest.mark.parametrize(
    "board",
    [
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_an_installation_leaves_nothing_in_the_heap(board: str, kernel: str, tmp_path: Path) -> None:
    """As much is free after it as after a start of which no host knows."""
    url = f"{board}?root={tmp_path}&kernel={kernel}"
    with connect(url) as connected:
        assert connected.files_sent
        free = connected.session.hello().heap_free
    with open_stream(url) as stream:
        Repl(stream).start("import myco.main\nmyco.main.run()")
        plain = Session(stream).hello().heap_free
    assert abs(free - plain) <= 128  # MicroPython takes some garbage for used


@pytest.mark.virtual
def test_a_reset_in_between_is_survived() -> None:
    image = encode(random_program(3))
    with connect("virtual:") as connected:
        connected.put(image)
        connected.session.stream.reset()
        again = connect_stream(connected.session.stream, board_file_for("virtual:"))
        assert again.put(image) is False


@pytest.mark.virtual
def test_a_damaged_program_file_is_refused_and_the_one_before_runs(tmp_path) -> None:
    url = f"virtual:?root={tmp_path}"
    old, new = (encode(random_program(seed)) for seed in (3, 5))
    with connect(url) as connected:
        connected.put(old)
        connected.put(new)
    file = tmp_path / "program.bin"
    file.write_bytes(file.read_bytes()[:-9])
    with connect(url) as connected:
        assert connected.welcome.program == int.from_bytes(old[-4:], "little")
        assert connected.session.health()["files_bad"] == 1


def test_a_program_that_could_not_be_kept_is_sent_again(tmp_path) -> None:
    """It runs, but after a power cut it would be gone: the same put once more must not be "already there"."""
    url, blocked = f"sim:?root={tmp_path}", tmp_path / "program.new"
    old, new = encode(random_program(1)), encode(random_program(2))
    with connect(url) as connected:
        connected.put(old)
        blocked.mkdir()
        for _ in range(2):
            with pytest.raises(Refusal, match="file system"):
                connected.put(new)
    with connect(url) as connected:
        assert connected.welcome.program == int.from_bytes(old[-4:], "little")  # what a power cycle left
        with pytest.raises(Refusal):
            connected.put(new)
        assert connected.session.hello().program == 0
        connected.session.step(0, [])  # yet it runs
        blocked.rmdir()
        assert connected.put(old)  # which does not run, though it was the last that was welcomed
        assert connected.put(new) and not connected.put(new)
    with connect(url) as connected:
        assert not connected.put(new)
