"""`mycoflux validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.load import NirOptions
from mycoflux.cli import console
from mycoflux.cli.folder import check_folder
from mycoflux.cli.program import (
    CIRCUIT_HELP,
    Loaded,
    ResetOption,
    SetOption,
    StepOption,
    TimeUnitOption,
    circuit_of,
)
from mycoflux.cli.run import constant_readings, ticks_of
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import InvalidInput, NotAccepted
from mycoflux.validate.stimulus import random_stimulus, recorded_stimulus


def validate(
    circuit: Annotated[str, typer.Argument(help=CIRCUIT_HELP)],
    seconds: Annotated[
        float | None, typer.Option(help="Simulated time; 1 if not said, or all of a recording.")
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="A constant reading, NAME=0..4095 or NAME[0]=0..4095."),
    ] = None,
    recording: Annotated[
        Path | None, typer.Option(help="Take the readings of a recording (`run --out`, `demo`).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of random readings, where none are given.", min=0)] = 0,
    dt_s: StepOption = None,
    reset: ResetOption = None,
    time_unit_s: TimeUnitOption = None,
    settings: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for report.html and report.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Compare a circuit in floats (brian2) with its program in integers; exit 1 beyond its limits.

    The circuit's `accept` holds the limits.

    Example: `mycoflux validate examples/line_follower.py --seconds 2 --out runs/validation`
    """
    check_folder(out)
    loaded = circuit_of(circuit, NirOptions(dt_s, reset, time_unit_s), settings)
    readings = _readings(loaded, seconds, inputs or [], recording, seed)
    # Not before: they bring brian2, and what is refused is to be refused at once.
    from mycoflux.validate import report
    from mycoflux.validate.validation import validate as run

    described = f"of {recording.name}" if recording else "constant" if inputs else f"random, seed {seed}"
    result = run(loaded, readings, described)
    files = report.write(result, out) if out is not None else []
    if as_json:
        console.print_json(report.as_dict(result) | {"files": [str(file) for file in files]})
    else:
        for comparison in result.comparisons:
            text = console.columns(report.rows(comparison))
            console.out.print(
                f"{comparison.name}: {report.EXPLAINED[comparison.name]}\n{text}\n", markup=False
            )
        for note in report.notes(result):
            console.out.print(f"note: {note}", markup=False)
        for output in result.total.outputs:
            console.out.print(f"{output.actuator}: off by {output.mean:.2%} on average", markup=False)
        for file in files:
            console.out.print(f"wrote {file}", markup=False)
    if result.failures:
        raise NotAccepted(
            "; ".join(result.failures),
            where=result.circuit,
            remedy="See what quantization changed with `mycoflux build`, or set the circuit's `accept`",
        )
    if not as_json:
        console.out.print("within the limits of the circuit", markup=False)


def _readings(
    circuit: Circuit, seconds: float | None, inputs: list[str], recording: Path | None, seed: int
) -> NDArray[np.int64]:
    """What the options ask for, (ticks, channels): a recording's readings, constant ones, or random ones."""
    if recording is not None and inputs:
        raise InvalidInput("--input and --recording were both given", remedy="Give one of them")
    build = compile_circuit(circuit)
    loaded = Loaded(build.program, build.image)
    ticks = ticks_of(1.0 if seconds is None else seconds, build.program.dt_us)
    if recording is not None:
        recorded = recorded_stimulus(build.program, recording)
        return recorded if seconds is None else recorded[:ticks]
    if not inputs:
        return random_stimulus(build.program, ticks, seed)
    given = constant_readings(loaded, inputs)
    row = [given.get(channel, 0) for channel in build.program.sensor_channels]
    return np.tile(np.array(row, np.int64), (ticks, 1))
