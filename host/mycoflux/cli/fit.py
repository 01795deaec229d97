"""What a program costs on a kind of board, for commands: said, as JSON, and refused where it cannot fit."""

from __future__ import annotations

from mycoflux.cli import console
from mycoflux.compiler.cost import Rates, TickCost, demand_fit, memory, tick_cost
from mycoflux.errors import InvalidInput
from mycoflux.link import board_file
from mycoflux.link.urls import board_file_for
from mycoflux.program.machine import Machine
from mycoflux.program.types import Program


def machine_of(kind: str) -> Machine:
    """The figures of a kind of board.

    Raises:
        BoardFileError: no board is called that.
        InvalidInput: its file has no figures.
    """
    machine = board_file.load(kind).machine
    if machine is None:
        known = [name for name in board_file.names() if board_file.load(name).machine is not None]
        raise InvalidInput(
            f"the board file of '{kind}' does not say what programs cost",
            where="--board",
            remedy=f"Choose one of {', '.join(known)}",
        )
    return machine


def refuse_what_cannot_fit(program: Program, url: str) -> None:
    """Before anything is sent, where it is certain: the memory of boards of that kind was measured.

    Raises:
        DoesNotFit: there is not enough of it.
    """
    board = board_file_for(url)
    if board is not None and board.machine is not None and "memory" in board.machine.measured:
        demand_fit(program, board.machine)


def lines(program: Program, machine: Machine, rates: Rates) -> list[str]:
    """Memory and time for a person.

    Raises:
        DoesNotFit: there is not the memory.
    """
    needed = demand_fit(program, machine)
    time = tick_cost(program, machine, rates)
    us = time.us(machine)
    crowded = (
        "" if needed.loading <= needed.heap else "; too little to load it while another of its size runs"
    )
    return [
        f"{machine.name}: {needed.total:,} of {needed.heap:,} bytes of heap{_mark(machine, 'memory')}: "
        f"runtime {needed.runtime:,}, image {needed.image:,}, buffers {needed.buffers:,}; "
        f"{needed.free:,} free"
        f"{crowded}",
        f"{machine.name}: a tick takes {time.best:,.0f} instructions at rest, {time.typical:,.0f} at the "
        f"expected rates, {time.worst:,.0f} if all spike{_mark(machine, 'instructions')}",
        f"{machine.name}: {us.best:,.0f}, {us.typical:,.0f}, {us.worst:,.0f} us of "
        f"{program.dt_us:,} us{_mark(machine, 'speed')}",
    ]


def warn_if_slow(program: Program, machine: Machine, rates: Rates) -> None:
    """A line on stderr where a tick takes longer than it lasts: in lockstep it may."""
    us = tick_cost(program, machine, rates).us(machine)
    for when, needs in (("at the expected rates", us.typical), ("if all spike at once", us.worst)):
        if needs > program.dt_us:
            console.say(
                f"{machine.name}: too slow for real time {when}: needs {needs:,.0f} of {program.dt_us:,} us "
                f"a tick{_mark(machine, 'speed')}; use a longer dt_s or fewer neurons, or run in lockstep"
            )
            return


def as_json(program: Program, machine: Machine, rates: Rates) -> dict[str, object]:
    """The same for programs. Nothing is refused: `fits` says it."""
    needed = memory(program, machine)
    time = tick_cost(program, machine, rates)
    return {
        "board": machine.name,
        "measured": sorted(machine.measured),
        "memory": {
            "heap": needed.heap,
            "runtime": needed.runtime,
            "image": needed.image,
            "buffers": needed.buffers,
            "free": needed.free,
            "loading": needed.loading,
            "fits": needed.fits,
        },
        "instructions": _times(time),
        "us": _times(time.us(machine)),
        "dt_us": program.dt_us,
    }


def _times(time: TickCost) -> dict[str, float]:
    return {"best": time.best, "typical": time.typical, "worst": time.worst}


def _mark(machine: Machine, what: str) -> str:
    return "" if what in machine.measured else " (estimate)"
