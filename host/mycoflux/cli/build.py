"""`mycoflux build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.load import NirOptions, split_reference
from mycoflux.cli import bounds, console, fit
from mycoflux.cli.memory import read_memory, write_memory
from mycoflux.cli.program import ResetOption, StepOption, TimeUnitOption, circuit_of
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.errors import InvalidInput
from mycoflux.program.image import write_image
from mycoflux.validate.stimulus import random_stimulus, recorded_stimulus

_RANDOM = "random"
_RANDOM_S = 2.0


def build(
    circuit: Annotated[str, typer.Argument(help="Circuit file: `robot.py`, `robot.py:Name` or `net.nir`.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Image file to write.")] = None,
    board: Annotated[
        str | None,
        typer.Option("--board", "-b", help="Kind of board it is for, as `pico`: says what it costs there."),
    ] = None,
    dt_s: StepOption = None,
    reset: ResetOption = None,
    time_unit_s: TimeUnitOption = None,
    calibrate: Annotated[
        str | None,
        typer.Option(
            help="Fit scales to a run instead of the worst case: a recording (`run --out`, `demo`) whose "
            "readings to take, or `random` for random ones."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Choose all scales anew; do not look at the build before.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Compile a circuit to a program image, and report what each parameter became.

    Example: `mycoflux build examples/line_follower.py -o robot.myco`, `mycoflux build net.nir --dt 0.001`
    """
    machine = fit.machine_of(board) if board is not None else None
    loaded = circuit_of(circuit, NirOptions(dt_s, reset, time_unit_s))
    source, name = split_reference(circuit)
    path = output or Path(f"{name or source.stem}.myco")
    if path.exists() and path.samefile(source):
        raise InvalidInput("the output is the circuit file itself", where=str(path), remedy="Name another")
    calibration = None if calibrate is None else _calibration(loaded, calibrate)
    memory = read_memory(path, fresh)
    result = compile_circuit(loaded, memory.scales, calibration, memory.tables)
    cost = fit.lines(result.program, machine, result.rates) if machine else []
    write_image(result.image, path)
    write_memory(result, path)
    for line in bounds.warning_lines(result.quantization):
        console.say(line)
    if machine:
        fit.warn_if_slow(result.program, machine, result.rates)
    if as_json:
        costs = {"cost": fit.as_json(result.program, machine, result.rates)} if machine else {}
        console.print_json(report(result, path) | costs)
        return
    console.out.print(table(result.quantization), markup=False)
    for line in bounds.lines(result.bounds):
        console.out.print(line, markup=False)
    program = result.program
    console.out.print(
        f"{path}: {len(result.image):,} bytes, {program.neurons:,} neurons, {program.synapses:,} synapses",
        markup=False,
    )
    if memory.tables:
        tables = len(result.digests)
        console.out.print(f"re-emitted {tables - result.reused} of {tables} tables", markup=False)
    for line in cost:
        console.out.print(line, markup=False)


def report(result: Build, path: Path) -> dict[str, object]:
    """The build as JSON-ready data."""
    return {
        "image": str(path),
        "image_bytes": len(result.image),
        "neurons": result.program.neurons,
        "synapses": result.program.synapses,
        "tables": len(result.digests),
        "tables_reused": result.reused,
        "quantization": [
            {
                "part": e.part,
                "parameter": e.parameter,
                "unit": e.unit,
                "asked": e.asked,
                "got": e.got,
                "error": e.error,
                "note": e.note,
            }
            for e in result.quantization.entries
        ],
        "warnings": [bounds.warning_as_dict(w) for w in result.quantization.warnings],
        "bounds": [bounds.as_dict(b) for b in result.bounds],
        "scales": result.scales.as_dict(),
    }


def _calibration(circuit: Circuit, source: str) -> Calibration:
    """What a run with the readings that `source` names says of the circuit's activity."""
    from mycoflux.validate.calibrate import calibrate

    program = compile_circuit(circuit).program
    if source == _RANDOM:
        ticks = max(1, round(_RANDOM_S * 1e6 / program.dt_us))
        return calibrate(
            circuit, random_stimulus(program, ticks, seed=0), f"on random readings, {_RANDOM_S:g} s"
        )
    return calibrate(circuit, recorded_stimulus(program, Path(source)), f"on {Path(source).name}")


def table(quantization: QuantizeReport) -> str:
    """What was asked and what was got, one parameter a line."""
    rows = [("part", "parameter", "asked", "got", "error", "")]
    rows += [
        (
            e.part,
            e.parameter,
            f"{e.asked:.5g} {e.unit}",
            f"{e.got:.5g} {e.unit}",
            f"{e.error:.2%}" if e.asked else f"{e.error:.2g} {e.unit}",
            e.note,
        )
        for e in quantization.entries
    ]
    return console.columns(rows)
