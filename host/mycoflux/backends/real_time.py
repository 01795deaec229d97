"""A program on a board in real time: the board ticks by its own clock, and says how well it kept to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from myco import wire
from mycoflux.backends.base import Backend
from mycoflux.errors import BoardError, InvalidInput
from mycoflux.link.clock_report import ClockReport
from mycoflux.link.session import Session
from mycoflux.program.types import Program

LOOK_S = 0.1  # between two questions of the host; each costs the board the time of an answer
PATIENCE_S = 2.0  # without a question, before the board keeps its outputs at 0


@dataclass(frozen=True)
class RealTimeRun:
    """What a run in real time left."""

    report: ClockReport
    outputs: tuple[int, ...]  # before the clock was halted
    compared: int = 0  # values of u and v at the end, compared with the reference's
    identical: int = 0


def run_in_real_time(
    program: Program,
    session: Session,
    ticks: int,
    readings: Sequence[int],
    *,
    period_us: int = 0,
    reference: Backend | None = None,
    on_due: Callable[[int], None] | None = None,
) -> RealTimeRun:
    """Let the board run `program`, which it has loaded, by its own clock for the time of `ticks` ticks.

    Ticks are counted as they are due, by the board: those that it gave up, too. No clock of the host matters.
    However this ends, the board's clock is halted and its outputs are 0, or will be after PATIENCE_S.

    Args:
        program: what the board has loaded.
        session: with that board.
        ticks: run until that many have been due.
        readings: of every channel, 0..4095, for the whole run, so that it can be compared.
        period_us: of a tick; 0 for the program's dt.
        reference: executes the same program from its start; afterwards every u and v is compared.
        on_due: called now and then with the number of ticks that have been due.

    Raises:
        DoesNotFit: the board's runtime has no clock.
        InvalidInput: the period is none of a clock, or there is not one reading a channel.
        BoardError: the board was lost, a tick failed there, or somebody else halted it.
    """
    _demand_readings(program, readings)
    session.reset()
    session.sense([min(max(int(x), 0), 4095) for x in readings])
    patience = max(1, round(PATIENCE_S * 1e6 / (period_us or program.dt_us)))
    try:
        session.run_free(period_us, patience)
        outputs = _watch(program, session, ticks, on_due)
        session.halt()
    except BaseException:
        with contextlib.suppress(BoardError):
            session.halt()
        raise
    run = RealTimeRun(session.clock(), outputs)
    return run if reference is None else _compared(run, program, session, readings, reference)


def _demand_readings(program: Program, readings: Sequence[int]) -> None:
    if len(readings) != program.channels:
        raise InvalidInput(
            f"{len(readings)} readings were given for {program.channels} channels",
            where=program.name,
            remedy=f"Give one each, in this order: {', '.join(program.sensor_channels)}"
            if program.channels
            else "Give none",
        )


def _watch(
    program: Program, session: Session, ticks: int, on_due: Callable[[int], None] | None
) -> tuple[int, ...]:
    while True:
        report = session.clock()
        if report.state != wire.RUNNING:
            raise _stopped(report, session)
        if on_due:
            on_due(min(report.due, ticks))
        if report.due >= ticks:
            return session.read(wire.READ_OUTPUTS, len(program.actuators))
        session.wait(min(LOOK_S, (ticks - report.due) * report.period_us / 1e6))


def _stopped(report: ClockReport, session: Session) -> BoardError:
    if report.state == wire.FAILED:
        return BoardError(
            f"tick {report.ticks - 1} raised an error on the board, which stopped its clock",
            where=session.stream.url,
            remedy="Run it in lockstep, without --real-time: that compares each tick with the reference",
        )
    return BoardError(
        f"the board's clock was halted after {report.ticks} ticks, and not from here",
        where=session.stream.url,
        remedy="Let nobody else use the board, then run it again",
    )


def _compared(
    run: RealTimeRun, program: Program, session: Session, readings: Sequence[int], reference: Backend
) -> RealTimeRun:
    for _ in range(run.report.ticks):
        reference.step(readings)
    here = [x for values in reference.state() for x in values]
    there = [
        *session.read(wire.READ_U, program.neurons),
        *session.read(wire.READ_V, program.neurons),
    ]
    same = sum(a == b for a, b in zip(here, there, strict=True))
    return RealTimeRun(run.report, run.outputs, len(here), same)
