"""A run by the board's own clock: exact in its integers, counted in its time. No figure of time is judged."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from myco import wire
from myco.real_time import COUNT_MAX, PERIOD_MAX
from mycoflux.backends.real_time import run_in_real_time
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.deploy.connect import Connected, connect, connect_stream
from mycoflux.errors import BoardError, DoesNotFit, InvalidInput, LinkError
from mycoflux.link.in_process import InProcessBoard
from mycoflux.link.session import Session
from mycoflux.program.image import encode
from tests.clocks import FakeClock
from tests.device.test_real_time import PROGRAM

READINGS = [4095] * PROGRAM.channels


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(begins=FakeClock.PERIOD - 50_000)


@pytest.fixture
def board(clock: FakeClock, tmp_path: Path) -> Iterator[Connected]:
    """`sim:` in a time of its own."""
    stream = InProcessBoard("sim:", tmp_path, clock)
    with connect_stream(stream, None) as connected:
        connected.put(encode(PROGRAM))
        yield connected


def engine(board: Connected):
    return board.session.stream._server.engine


@pytest.mark.parametrize(("period_us", "expected"), [(0, PROGRAM.dt_us), (250, 250), (7000, 7000)])
def test_in_a_time_of_its_own_every_tick_is_on_time(
    period_us: int, expected: int, board: Connected, clock: FakeClock
) -> None:
    begun = clock.now
    seen: list[int] = []
    run = run_in_real_time(
        PROGRAM, board.session, 500, READINGS,
        period_us=period_us, reference=PlainReference(PROGRAM), on_due=seen.append,
    )  # fmt: skip
    report = run.report
    assert (report.state, report.period_us) == (wire.HALTED, expected)
    assert (report.ticks, report.overruns, report.late, report.missed) == (500, 0, 0, 0)
    assert report.bins[0] == 500 and report.hosts_lost == 0
    assert run.identical == run.compared == 2 * PROGRAM.neurons
    assert clock.now - begun == 500 * expected
    assert seen == sorted(seen) and seen[-1] == 500
    reference = PlainReference(PROGRAM)
    assert run.outputs == [reference.step(READINGS) for _ in range(500)][-1].outputs and any(run.outputs)
    assert not any(engine(board).outputs)


def test_ticks_that_take_too_long_are_counted_and_those_that_ran_are_exact(
    board: Connected, clock: FakeClock
) -> None:
    tick, slow = engine(board).tick, itertools.cycle([300, 300, 9000])

    def slowly() -> None:
        clock.sleep_us(next(slow))
        tick()

    engine(board).tick = slowly
    run = run_in_real_time(PROGRAM, board.session, 400, READINGS, reference=PlainReference(PROGRAM))
    assert run.report.overruns > 100 and run.report.missed > 50
    assert run.report.due in range(400, 420)
    assert run.report.ticks == engine(board).tick_count == sum(run.report.bins)
    assert run.identical == run.compared > 0


def test_a_difference_is_counted(board: Connected) -> None:
    other = PlainReference(PROGRAM)
    state = other.state
    other.state = lambda: (tuple(u + 1 for u in state()[0]), state()[1])
    run = run_in_real_time(PROGRAM, board.session, 50, READINGS, reference=other)
    assert run.compared - run.identical == PROGRAM.neurons


def test_a_tick_that_raises_is_told(board: Connected) -> None:
    tick, left = engine(board).tick, iter(range(31))

    def breaks() -> None:
        if next(left) == 30:
            raise OverflowError
        tick()

    engine(board).tick = breaks
    with pytest.raises(BoardError, match="tick 30 raised an error") as caught:
        run_in_real_time(PROGRAM, board.session, 400, READINGS)
    assert "lockstep" in caught.value.remedy


def test_a_clock_that_somebody_else_halted_is_told(board: Connected) -> None:
    with pytest.raises(BoardError, match="halted after 1"):
        run_in_real_time(
            PROGRAM, board.session, 1000, READINGS, on_due=lambda due: due > 99 and board.session.halt()
        )


def test_whatever_ends_the_run_the_board_is_halted(board: Connected) -> None:
    def interrupted(due: int) -> None:
        if due:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_real_time(PROGRAM, board.session, 1000, READINGS, on_due=interrupted)
    assert board.session.clock().state == wire.HALTED and not any(engine(board).outputs)


@pytest.mark.parametrize("given", [READINGS[1:], [], [*READINGS, 0]])
def test_readings_that_are_not_one_a_channel_are_refused_before_the_run(
    board: Connected, given: list[int]
) -> None:
    with pytest.raises(InvalidInput, match=f"{len(given)} readings were given for {len(READINGS)}") as caught:
        run_in_real_time(PROGRAM, board.session, 10, given)
    assert ", ".join(PROGRAM.sensor_channels) in caught.value.remedy
    assert board.session.clock().due == 0


@pytest.mark.parametrize("error", [LinkError("no answer"), KeyboardInterrupt()])
def test_a_run_whose_start_was_not_confirmed_is_halted(
    board: Connected, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The board may have heard RUN: what was lost is its answer, or Ctrl-C came while it was awaited."""
    request = Session._request

    def unconfirmed(self: Session, kind: int, *rest: object) -> bytes:
        reply = request(self, kind, *rest)
        if kind == wire.RUN:
            assert self.clock().state == wire.RUNNING
            raise error
        return reply

    monkeypatch.setattr(Session, "_request", unconfirmed)
    with pytest.raises(type(error)):
        run_in_real_time(PROGRAM, board.session, 10, READINGS)
    assert board.session.clock().state == wire.HALTED


@pytest.mark.parametrize("period_us", [-5, PERIOD_MAX + 1, 100_000_000, 1 << 33])
def test_a_period_that_no_clock_has_is_refused_before_it_is_sent(board: Connected, period_us: int) -> None:
    with pytest.raises(InvalidInput, match=f"a period of {period_us:,} us is none") as caught:
        run_in_real_time(PROGRAM, board.session, 10, READINGS, period_us=period_us)
    assert "Give 1 to 67,108,864 us, or 0" in caught.value.remedy
    assert not engine(board).tick_count


@pytest.mark.parametrize("patience", [-1, COUNT_MAX + 1, 1 << 32])
def test_a_patience_that_no_clock_counts_to_is_refused(board: Connected, patience: int) -> None:
    with pytest.raises(InvalidInput, match=f"a patience of {patience:,} ticks is none") as caught:
        board.session.run_free(1000, patience)
    assert f"Give 1 to {COUNT_MAX:,} ticks, or 0" in caught.value.remedy


def test_the_longest_period_and_patience_are_taken(board: Connected) -> None:
    board.session.run_free(PERIOD_MAX, COUNT_MAX)
    assert (board.session.clock().state, board.session.clock().period_us) == (wire.RUNNING, PERIOD_MAX)


def test_a_dt_too_long_for_a_clock_is_told(board: Connected) -> None:
    slow = dataclasses.replace(PROGRAM, dt_us=100_000_000)
    board.put(encode(slow))
    with pytest.raises(InvalidInput, match="dt is too long") as caught:
        run_in_real_time(slow, board.session, 10, READINGS)
    assert "at most 67,108,864 us" in caught.value.remedy
    run = run_in_real_time(slow, board.session, 10, READINGS, period_us=1000)
    assert run.report.period_us == 1000


@pytest.mark.parametrize(
    "url",
    [
        "sim:",
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_by_a_real_clock_the_integers_are_the_references(url: str) -> None:
    with connect(url) as board:
        board.put(encode(PROGRAM))
        run = run_in_real_time(
            PROGRAM, board.session, 300, READINGS, reference=PlainReference(PROGRAM), period_us=2000
        )
        report = run.report
        assert report.due >= 300 and report.ticks == sum(report.bins)
        assert report.late <= report.missed <= report.ticks
        assert run.identical == run.compared == 2 * PROGRAM.neurons
        health = board.session.health()
        assert (health["ticks"], health["ticks_overrun"]) == (report.ticks, report.overruns)
        assert health["frames_bad"] == 0
        # What follows is lockstep again.
        assert board.session.step(report.ticks, READINGS).tick == report.ticks


@pytest.mark.microbit
def test_the_smallest_runtime_has_no_clock_and_says_so() -> None:
    with connect("microbit-qemu:") as board:
        board.put(encode(PROGRAM))
        with pytest.raises(DoesNotFit, match="no clock of its own") as caught:
            run_in_real_time(PROGRAM, board.session, 10, READINGS)
        assert "lockstep" in caught.value.remedy
        assert set(board.session.health()) == set(wire.HEALTH[:6])
