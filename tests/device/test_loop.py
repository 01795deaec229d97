"""The loop of a board: bytes that come, and ticks that are due, in turn."""

from __future__ import annotations

import contextlib
import itertools
import struct

import pytest

from myco import wire
from myco.loop import BURST, IDLE_MS, serve
from mycoflux.link.clock_report import ClockReport
from tests.device.test_real_time import PERIOD, Board


@pytest.fixture
def board() -> Board:
    return Board()


class Line:
    """What comes over a line, and when: (us, bytes), ascending. Taking a byte takes `byte_us`."""

    def __init__(self, board: Board, comes: list[tuple[int, bytes]], byte_us: int = 0) -> None:
        self.clock, self.byte_us = board.clock, byte_us
        self.comes = [(at, byte) for at, data in comes for byte in data]

    def ipoll(self, ms: int) -> list[int]:
        if not self.comes:
            raise EOFError  # the test is over
        if self.comes[0][0] > self.clock.now:
            self.clock.now = min(
                self.clock.now + max(20, 1000 * ms), max(self.clock.now + 20, self.comes[0][0])
            )
        return [1] if self.comes[0][0] <= self.clock.now else []

    def readinto(self, into: bytearray) -> None:
        self.clock.now += self.byte_us
        into[0] = self.comes.pop(0)[1]


def frame(kind: int, sequence: int, payload: bytes = b"") -> bytes:
    out = bytearray(wire.MAX_FRAME)
    return bytes(out[: wire.encode(kind, sequence, payload, len(payload), out)])


def served(board: Board, line: Line) -> list[bytes]:
    """The replies of the board until the line is silent for ever, or the board wants no more."""
    board.out.clear()
    with contextlib.suppress(EOFError):
        serve(board.server, line, line, board.clock)
    decoder = wire.Decoder()
    return [bytes(decoder.content[:n]) for n in map(decoder.push, board.out) if n > 0]


def kinds(replies: list[bytes]) -> list[int]:
    return [reply[0] for reply in replies]


READ_CLOCK = struct.pack("<BH", wire.READ_CLOCK, 0)


def last_report(replies: list[bytes]) -> ClockReport:
    return ClockReport.of(struct.unpack(f"<{wire.CLOCK_SIZE}i", replies[-1][2:]))


def test_a_byte_makes_a_tick_wait_and_a_frame_does_not(board: Board) -> None:
    """120 bytes that are there at once take 12 ms; ticks come each ms all the same."""
    read_u = frame(wire.READ, 1, struct.pack("<BH", wire.READ_U, 0))
    long = frame(wire.SENSE, 2, bytes(112))
    comes = [(0, b"\0" + frame(wire.RUN, 99, bytes(8))), (20_000, long), (50_000, read_u)]
    comes.append((60_000, frame(wire.READ, 3, READ_CLOCK)))
    found = last_report(served(board, Line(board, comes, byte_us=100)))
    assert found.overruns == found.late == 0 and found.ticks >= 55
    assert found.lateness_worst_us <= 200


def test_a_board_too_slow_for_its_period_still_hears_halt(board: Board) -> None:
    board.slow(itertools.repeat(10 * PERIOD))
    before = frame(wire.SENSE, 2, bytes(112))
    halt = before + frame(wire.HALT, 3)
    comes = [
        (0, b"\0" + frame(wire.RUN, 1, bytes(8))),
        (100_500, halt),
        (101_000, frame(wire.READ, 4, READ_CLOCK)),
    ]
    replies = served(board, Line(board, comes, byte_us=10))
    assert kinds(replies) == [wire.ACK, wire.ERROR, wire.ACK, wire.TABLE]
    found = last_report(replies)
    assert found.state == wire.HALTED and found.overruns > 80
    assert found.ticks in range(10 + len(halt) // BURST - 1, 10 + len(halt) // BURST + 2)


@pytest.mark.parametrize("running", [False, True])
def test_half_a_frame_is_forgotten_after_a_pause(running: bool, board: Board) -> None:
    begin = b"\0" + (frame(wire.RUN, 1, bytes(8)) if running else frame(wire.HALT, 1))
    half = frame(wire.READ, 2, READ_CLOCK)[:7]
    whole = frame(wire.READ, 3, READ_CLOCK)[1:]  # the zero in front is the end of what came before
    pause = IDLE_MS * 1000
    quick = served(board, Line(board, [(0, begin), (50_000, half), (60_000 + pause // 2, whole)]))
    assert kinds(quick) == [wire.ACK]
    late = Board()
    replies = served(late, Line(late, [(0, begin), (50_000, half), (80_000 + 2 * pause, whole)]))
    assert kinds(replies) == [wire.ACK, wire.TABLE]


def test_the_loop_ends_when_the_prompt_is_wanted(board: Board) -> None:
    line = Line(board, [(0, b"\0" + frame(wire.RUN, 1, bytes(8))), (5000, b"\0\3\3more")])
    assert kinds(served(board, line)) == [wire.ACK]
    assert len(line.comes) == 4
    assert not board.server.clock.running
