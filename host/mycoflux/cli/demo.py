"""`mycoflux demo`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from mycoflux.backends.board import BoardBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.cli import console
from mycoflux.cli.folder import check_folder
from mycoflux.cli.kernel import tell_kernel
from mycoflux.cli.program import load_program
from mycoflux.cli.run import print_agreement, raise_if_different, save, saving, summary, ticks_of
from mycoflux.deploy.connect import connect
from mycoflux.hil.closed_loop import run_closed_loop
from mycoflux.hil.plants.base import plant_by_name
from mycoflux.resources import data_folder


def demo(
    board: Annotated[
        str, typer.Option("--board", "-b", help="Board URL; see `mycoflux boards`.")
    ] = "virtual:",
    seconds: Annotated[float, typer.Option(help="Simulated time to drive.")] = 20.0,
    out: Annotated[Path, typer.Option(help="Folder for recording.npz and the plots.")] = Path("runs/demo"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Drive a simulated robot along its track by a spiking circuit that runs on the board.

    Example: `mycoflux demo --board virtual: --seconds 20`
    """
    check_folder(out)
    started = time.monotonic()
    loaded = load_program(str(data_folder("examples") / "line_follower.py"))
    program = loaded.program
    plant = plant_by_name("line-track", dt_s=program.dt_us / 1e6, seed=0)
    ticks = ticks_of(seconds, program.dt_us)
    with connect(board) as connected:
        tell_kernel(connected, quiet=as_json)
        connected.put(loaded.image)
        heap_free = connected.welcome.heap_free
        backend = BoardBackend(program, connected.session)
        with console.progress(f"driving on {board}", ticks, quiet=as_json) as bar:
            result = run_closed_loop(
                backend,
                plant,
                ticks,
                reference=PlainReference(program),
                on_tick=bar,
                on_lost=saving(out),
            )
        resends = connected.session.resends
    files = save(result, out)
    if as_json:
        more = {
            "image_bytes": len(loaded.image),
            "heap_free": heap_free or None,
            "files": [str(f) for f in files],
        }
        console.print_json(summary(result, connected) | more)
    else:
        lines = [
            f"circuit: {program.neurons} neurons, {program.synapses} synapses",
            f"image: {len(loaded.image):,} bytes",
            f"free heap: {heap_free:,} bytes" if heap_free else "free heap: not limited on this board",
            f"ticks: {ticks:,} of {program.dt_us / 1000:g} ms, {resends} frames resent",
            *(f"{name}: {value:.4g}" for name, value in result.metrics.items()),
            *(f"wrote {file}" for file in files),
            f"{time.monotonic() - started:.1f} s for {seconds:g} s of simulated time",
        ]
        for line in lines:
            console.out.print(line, markup=False)
        print_agreement(result)
    raise_if_different(result, board)
