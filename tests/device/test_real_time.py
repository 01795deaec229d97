"""The board's own clock: what becomes of every tick that was due, and who may ask what meanwhile."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import real_time, wire
from myco.real_time import CATCH_UP, COUNT_MAX, PERIOD_MAX, RealTime
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.link.clock_report import ClockReport
from mycoflux.program.image import encode
from tests.clocks import FakeClock, server_into
from tests.device.test_server import Ask, asking, identity
from tests.programs import random_program

PERIOD = 1000  # us: the dt of random programs
ACK = bytes([wire.ACK])


def put(ask: Ask, image: bytes) -> bytes:
    assert ask(wire.PUT_BEGIN, struct.pack(wire.PUT_BEGIN_FORMAT, len(image), identity(image))) == ACK
    for at in range(0, len(image), 64):
        assert ask(wire.PUT_DATA, struct.pack("<I", at) + image[at : at + 64]) == ACK
    return ask(wire.PUT_END)


def run(ask: Ask, period_us: int = 0, patience: int = 0) -> bytes:
    return ask(wire.RUN, struct.pack(wire.RUN_FORMAT, period_us, patience))


def table(ask: Ask, which: int) -> tuple[int, ...]:
    reply = ask(wire.READ, struct.pack("<BH", which, 0))
    assert reply[0] == wire.TABLE
    return struct.unpack(f"<{len(reply) // 4}i", reply[1:])


def report(ask: Ask) -> ClockReport:
    return ClockReport.of(table(ask, wire.READ_CLOCK))


def busy_program() -> int:
    """The seed of a program with sensors whose outputs are soon above 0."""
    for seed in range(100):
        program = random_program(seed)
        if program.channels and program.actuators:
            reference = PlainReference(program)
            outputs = [reference.step([4095] * program.channels).outputs for _ in range(30)]
            if all(any(values) for values in outputs[20:]):
                return seed
    raise AssertionError


PROGRAM = random_program(busy_program())
IMAGE = encode(PROGRAM)


class Board:
    """A board that runs PROGRAM, and its time."""

    def __init__(self, begins: int = 0) -> None:
        self.clock, self.out = FakeClock(begins), bytearray()
        self.server = server_into(self.out, clock=self.clock)
        self.ask = asking(self.server, self.out)
        assert put(self.ask, IMAGE) == ACK

    def live(self, us: int) -> None:
        """Let `us` pass; ticks are run the moment they are due."""
        end = self.clock.now + us
        while self.server.clock.running:
            if self.server.due():
                self.server.tick()
            elif self.clock.now + self.server.clock.left_us() > end:
                break
            else:
                self.clock.sleep_us(self.server.clock.left_us())
        self.clock.now = max(self.clock.now, end)

    def slow(self, durations: Iterator[int]) -> None:
        """Make each tick take its time."""
        tick = self.server.engine.tick

        def slowly() -> None:
            self.clock.sleep_us(next(durations))
            tick()

        self.server.engine.tick = slowly


@pytest.fixture
def board() -> Board:
    return Board()


def test_ticks_come_when_they_are_due_and_are_those_of_the_reference(board: Board) -> None:
    reference = PlainReference(PROGRAM)
    assert run(board.ask) == ACK
    for tick in range(60):
        readings = [(tick * 97 + c * 1111) % 4096 for c in range(PROGRAM.channels)]
        assert board.ask(wire.SENSE, struct.pack(f"<H{len(readings)}h", 0, *readings)) == ACK
        board.live(PERIOD)
        expected = reference.step(readings)
        assert table(board.ask, wire.READ_SPIKES) == expected.spikes
        assert table(board.ask, wire.READ_OUTPUTS) == expected.outputs
        assert (table(board.ask, wire.READ_U), table(board.ask, wire.READ_V)) == reference.state()
    found = report(board.ask)
    assert (found.ticks, found.late, found.missed, found.overruns) == (60, 0, 0, 0)
    assert found.bins[0] == 60 and found.lateness_worst_us == found.duration_worst_us == 0
    assert found.state == wire.RUNNING and found.period_us == PERIOD


@settings(max_examples=50, deadline=None)
@given(
    begins=st.integers(0, FakeClock.PERIOD),
    period=st.sampled_from([1, 7, 1000, 30_000]),
    busy=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30),
    fine=st.integers(0, 999),
)
def test_every_tick_that_was_due_is_accounted_for(
    begins: int, period: int, busy: list[tuple[int, int]], fine: int
) -> None:
    """Whatever holds the board up, before a tick or in it, across the end of the clock's range, too."""
    board = Board(begins)
    durations: list[int] = []
    taken: list[int] = []

    def next_duration() -> int:
        taken.append(durations.pop() if durations else 0)
        return taken[-1]

    board.slow(iter(next_duration, None))
    assert run(board.ask, period) == ACK
    start = board.clock.now
    begun: list[int] = []
    for pause, duration in busy:
        board.clock.sleep_us(pause * period + fine * period // 1000)
        durations.append(duration * period)
        while board.server.due():
            begun.append(board.clock.now)
            board.server.tick()
    found = report(board.ask)
    assert found.due == (board.clock.now - start) // period
    assert found.ticks == board.server.engine.tick_count == sum(found.bins) == len(begun)
    assert found.late <= found.missed <= found.ticks
    assert found.lateness_worst_us < (CATCH_UP + 1) * period
    assert found.duration_worst_us == max(taken, default=0)
    assert round(found.duration_mean_us * max(1, found.ticks)) == sum(taken)
    # No more than what was made up for follows one another at one moment.
    assert all(begun.count(at) <= CATCH_UP + 1 for at in begun)


def test_what_a_long_pause_costs(board: Board) -> None:
    run(board.ask)
    board.live(10 * PERIOD)
    board.clock.sleep_us(20 * PERIOD + 300)  # flash is written, say
    board.live(9 * PERIOD - 300)
    found = report(board.ask)
    assert found.overruns == 19 - CATCH_UP  # the twentieth was due before the pause was over
    assert found.ticks == 39 - found.overruns
    assert found.late == CATCH_UP and found.missed == CATCH_UP
    assert found.lateness_worst_us == CATCH_UP * PERIOD + 300


def test_a_tick_too_long_for_its_period_is_missed_before_it_makes_another_late(board: Board) -> None:
    board.slow(iter([1500, 200, 200, 200]))
    run(board.ask)
    board.live(4 * PERIOD + 999)
    found = report(board.ask)
    assert (found.ticks, found.late, found.missed, found.overruns) == (4, 0, 1, 0)
    assert (found.lateness_worst_us, found.lateness_mean_us) == (500, 125)
    assert (found.duration_worst_us, found.duration_mean_us) == (1500, 525)
    assert found.bins[0] == 3 and found.bins[9] == 1  # 256..511
    assert found.lateness_below_us(0.75) == 0 and found.lateness_below_us(0.99) == 500


def test_a_board_that_slept_for_half_of_its_clocks_range_goes_on(board: Board) -> None:
    run(board.ask)
    board.live(5 * PERIOD)
    board.clock.sleep_us(FakeClock.PERIOD // 2 + 7 * PERIOD)
    assert board.server.due()
    board.live(5 * PERIOD)
    found = report(board.ask)
    assert found.overruns == 1 and 9 <= found.ticks <= 11


def test_counters_stay_where_31_bits_end() -> None:
    clock = FakeClock()
    timer = RealTime(clock)
    timer.start(PERIOD_MAX, 0)
    for place in range(wire.CLOCK_TICKS, wire.CLOCK_SIZE):
        timer.counts[place] = COUNT_MAX
    for place in wire.CLOCK_LATENESS, wire.CLOCK_DURATION:
        timer.counts[place + 1] = (1 << 24) - 1
    clock.sleep_us(5 * PERIOD_MAX - 1)
    begun = timer.begin()
    clock.sleep_us(PERIOD_MAX)
    timer.end(begun)
    assert max(timer.counts) == COUNT_MAX < 1 << 30
    assert timer.counts[wire.CLOCK_TICKS] == timer.counts[wire.CLOCK_MISSED] == COUNT_MAX
    assert (1 << 24) + 5 * PERIOD_MAX < 1 << 30  # what a sum's low part is before its high one takes it


def test_running_again_counts_from_zero_and_a_period_of_ones_own(board: Board) -> None:
    run(board.ask)
    board.clock.sleep_us(50 * PERIOD)
    board.live(PERIOD)
    assert report(board.ask).overruns > 0
    assert run(board.ask, 250) == ACK
    board.live(PERIOD)
    found = report(board.ask)
    assert (found.period_us, found.ticks, found.overruns, found.lateness_worst_us) == (250, 4, 0, 0)


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", wire.E_SHORT_REQUEST),
        (bytes(7), wire.E_SHORT_REQUEST),
        (bytes(9), wire.E_SHORT_REQUEST),
        (struct.pack("<II", PERIOD_MAX + 1, 0), wire.E_PERIOD),
        (struct.pack("<II", 0xFFFFFFFF, 0), wire.E_PERIOD),
    ],
)
def test_what_is_no_run_is_refused_and_the_clock_stays_as_it_was(
    payload: bytes, error: int, board: Board
) -> None:
    assert board.ask(wire.RUN, payload)[:2] == bytes([wire.ERROR, error])
    assert not board.server.clock.running
    run(board.ask)
    assert board.ask(wire.RUN, payload)[:2] == bytes([wire.ERROR, error])
    board.live(3 * PERIOD)
    assert report(board.ask).ticks == 3


def test_without_a_program_there_is_nothing_to_run() -> None:
    out = bytearray()
    ask = asking(server_into(out), out)
    assert run(ask)[:2] == bytes([wire.ERROR, wire.E_NO_PROGRAM])
    assert report(ask).state == wire.HALTED
    assert ask(wire.HALT) == ACK


def test_nobody_steps_a_board_that_runs(board: Board) -> None:
    step = struct.pack("<I", 0)
    run(board.ask)
    board.live(2 * PERIOD)
    assert board.ask(wire.STEP, step) == bytes([wire.ERROR, wire.E_RUNNING, 2, 0, 0, 0])
    assert board.ask(wire.HALT) == ACK
    assert board.ask(wire.STEP, step) == bytes([wire.ERROR, wire.E_WRONG_TICK, 2, 0, 0, 0])
    run(board.ask)
    board.live(2 * PERIOD)
    assert board.ask(wire.RESET) == ACK  # a run in lockstep begins with it, whatever the one before left
    assert board.ask(wire.STEP, step)[0] == wire.STEPPED


def excite(board: Board, patience: int = 0) -> None:
    """Run until outputs are not 0."""
    readings = [4095] * PROGRAM.channels
    board.ask(wire.SENSE, struct.pack(f"<H{len(readings)}h", 0, *readings))
    run(board.ask, 0, patience)
    board.live(25 * PERIOD)
    assert any(board.server.engine.outputs)


ENDS: tuple[Callable[[Board], object], ...] = (
    lambda board: board.ask(wire.HALT),
    lambda board: board.server.feed(0) and [board.server.feed(3) for _ in range(2)],
    lambda board: board.server.feed(0) and board.ask(wire.STOP),
)


@pytest.mark.parametrize("end", ENDS)
def test_at_the_end_outputs_are_zero_and_no_tick_follows(
    end: Callable[[Board], object], board: Board
) -> None:
    excite(board)
    outputs = board.server.engine.outputs
    end(board)
    assert not any(outputs)
    board.clock.sleep_us(10 * PERIOD)
    assert not board.server.due() and not any(outputs)
    found = report(board.ask)
    assert (found.state, found.ticks) == (wire.HALTED, 25)


def test_forgetting_the_program_stops_its_clock(board: Board) -> None:
    excite(board)
    outputs = board.server.engine.outputs
    assert board.ask(wire.FORGET) == ACK
    board.clock.sleep_us(10 * PERIOD)
    assert not board.server.due() and not any(outputs)


def test_a_lost_host_leaves_outputs_at_zero_until_it_is_back(board: Board) -> None:
    excite(board, patience=40)
    outputs = board.server.engine.outputs
    board.live(14 * PERIOD)
    assert any(outputs)
    board.live(PERIOD)
    assert not any(outputs)
    board.live(100 * PERIOD)
    assert not any(outputs) and board.server.clock.hosts_lost
    found = report(board.ask)  # which is a request
    assert found.hosts_lost == 1 and found.ticks == 140
    board.live(PERIOD)
    assert any(outputs)
    board.live(40 * PERIOD)
    assert dict(zip(wire.HEALTH, table(board.ask, wire.READ_HEALTH), strict=True))["hosts_lost"] == 2


def test_who_asks_often_enough_is_never_lost_and_noise_is_no_host(board: Board) -> None:
    excite(board, patience=50)
    for _ in range(10):
        board.live(20 * PERIOD)
        assert report(board.ask).hosts_lost == 0
    for _ in range(11):
        for byte in b"\0\x07\x15\x33noise\0":
            board.server.feed(byte)
        board.live(5 * PERIOD)
    assert report(board.ask).hosts_lost == 1


def test_a_tick_that_raises_stops_the_clock_and_the_board_answers(board: Board) -> None:
    excite(board)
    outputs = board.server.engine.outputs

    def broken() -> None:
        raise OverflowError

    board.server.engine.tick = broken
    board.live(PERIOD)
    assert not any(outputs) and not board.server.due()
    found = report(board.ask)
    assert (found.state, found.ticks) == (wire.FAILED, 26)
    assert run(board.ask) == ACK
    assert report(board.ask).state == wire.RUNNING


def test_a_program_of_a_shorter_dt_is_due_after_one_of_its_own(board: Board) -> None:
    slow = dataclasses.replace(random_program(3), dt_us=10 * PERIOD)
    assert put(board.ask, encode(slow)) == ACK
    assert run(board.ask) == ACK
    board.clock.sleep_us(PERIOD // 2)
    assert put(board.ask, encode(PROGRAM)) == ACK
    assert not board.server.due()
    board.live(3 * PERIOD)
    found = report(board.ask)
    assert (found.period_us, found.ticks, found.overruns, found.lateness_worst_us) == (PERIOD, 3, 0, 0)


def test_a_program_is_swapped_between_two_ticks_and_brings_its_own_dt(board: Board) -> None:
    excite(board)
    other = dataclasses.replace(random_program(3), dt_us=2000)
    assert put(board.ask, encode(other)) == ACK
    board.live(10 * PERIOD)
    found = report(board.ask)
    # The tick that was due next stays where it was.
    assert (found.period_us, found.ticks, board.server.engine.tick_count) == (2000, 30, 5)
    assert run(board.ask, 500) == ACK
    assert put(board.ask, encode(PROGRAM)) == ACK
    assert report(board.ask).period_us == 500  # asked for: no program changes it
    slow = encode(dataclasses.replace(other, dt_us=PERIOD_MAX + 1))
    assert put(board.ask, slow) == ACK
    assert put(board.ask, encode(other)) == ACK
    assert run(board.ask) == ACK
    assert put(board.ask, slow)[:2] == bytes([wire.ERROR, wire.E_PERIOD])
    board.live(2000)
    assert report(board.ask).ticks == 1


def test_health_shows_what_went_wrong(board: Board) -> None:
    run(board.ask)
    board.clock.sleep_us(20 * PERIOD)
    board.live(PERIOD)
    health = dict(zip(wire.HEALTH, table(board.ask, wire.READ_HEALTH), strict=True))
    found = report(board.ask)
    assert (health["ticks_late"], health["ticks_overrun"]) == (found.late, found.overruns)
    assert found.overruns == 20 - CATCH_UP - 1 and health["ticks"] == found.ticks


def test_the_account_fits_into_one_reply() -> None:
    assert 4 * wire.CLOCK_SIZE <= wire.MAX_PAYLOAD
    assert wire.CLOCK_BINS + 16 == wire.CLOCK_SIZE
    assert 4 * len(wire.HEALTH) <= wire.MAX_PAYLOAD
    assert real_time.PERIOD_MAX * (CATCH_UP + 1) < 1 << 29
