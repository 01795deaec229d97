"""`mycoflux flash`."""

from __future__ import annotations

from typing import Annotated

import typer

from mycoflux.circuit.load import NirOptions
from mycoflux.cli import console, fit
from mycoflux.cli.kernel import kernel_json, tell_kernel
from mycoflux.cli.program import (
    PROGRAM_HELP,
    ResetOption,
    SetOption,
    StepOption,
    TimeUnitOption,
    load_program,
)
from mycoflux.deploy.connect import connect


def flash(
    program: Annotated[str, typer.Argument(help=PROGRAM_HELP)],
    board: Annotated[str, typer.Option("--board", "-b", help="Board URL; see `mycoflux boards`.")],
    dt_s: StepOption = None,
    reset: ResetOption = None,
    time_unit_s: TimeUnitOption = None,
    settings: SetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Put the runtime and a program on a board, sending only what it does not have.

    Example: `mycoflux flash examples/line_follower.py --board /dev/ttyACM0`
    """
    loaded = load_program(program, NirOptions(dt_s, reset, time_unit_s), settings)
    fit.refuse_what_cannot_fit(loaded.program, board)
    with connect(board) as connected:
        tell_kernel(connected, quiet=as_json)
        with console.progress("program", len(loaded.image), quiet=as_json) as bar:
            sent = connected.put(loaded.image, lambda done, _: bar(done))
    welcome, transfer = connected.welcome, connected.transfer
    if as_json:
        console.print_json(
            {
                "board": board,
                "files_sent": list(connected.files_sent),
                "runtime_bytes_sent": connected.bytes_sent,
                **kernel_json(connected),
                "runtime_note": connected.note,
                "program_bytes": len(loaded.image),
                "program_bytes_sent": transfer.sent,
                "program_bytes_copied": transfer.copied,
                "link_bytes_out": transfer.bytes_out,
                "link_bytes_in": transfer.bytes_in,
                "program_crc32": f"{welcome.program:08x}",
                "heap_free": welcome.heap_free or None,
            }
        )
        return
    runtime = (
        f"{len(connected.files_sent)} files, {connected.bytes_sent:,} bytes sent"
        if connected.files_sent
        else "already there"
    )
    console.out.print(f"runtime: {runtime}", markup=False)
    if connected.note:
        console.out.print(f"note: {connected.note}", markup=False)
    program_line = (
        f"sent {transfer.sent:,} of {len(loaded.image):,} bytes "
        f"({transfer.bytes_out:,} over the line, {transfer.bytes_in:,} back)"
        if sent
        else "already there"
    )
    console.out.print(f"program: {program_line}", markup=False)
    if welcome.heap_free:
        console.out.print(f"free heap: {welcome.heap_free:,} bytes", markup=False)
