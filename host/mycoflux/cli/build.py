"""`mycoflux build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.load import NirOptions, split_reference
from mycoflux.cli import console
from mycoflux.cli.program import CIRCUIT_HELP, ResetOption, SetOption, StepOption, TimeUnitOption, circuit_of
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.errors import InvalidInput
from mycoflux.program.image import write_image


def build(
    circuit: Annotated[str, typer.Argument(help=CIRCUIT_HELP)],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Image file to write.")] = None,
    dt_s: StepOption = None,
    reset: ResetOption = None,
    time_unit_s: TimeUnitOption = None,
    settings: SetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Compile a circuit to a program image, and report what each parameter became.

    Example: `mycoflux build examples/line_follower.py -o robot.myco`, `mycoflux build net.nir --dt 0.001`
    """
    result = compile_circuit(circuit_of(circuit, NirOptions(dt_s, reset, time_unit_s), settings))
    source, name = split_reference(circuit)
    path = output or Path(f"{name or source.stem}.myco")
    if path.exists() and path.samefile(source):
        raise InvalidInput("the output is the circuit file itself", where=str(path), remedy="Name another")
    write_image(result.image, path)
    if as_json:
        console.print_json(report(result, path))
        return
    console.out.print(table(result.quantization), markup=False)
    for bounds in result.bounds:
        clip = " (v may be clipped)" if bounds.v_may_clip else ""
        currents = " and ".join(f"{low:,}..{high:,}" for low, high in bounds.u)
        console.out.print(
            f"proven: {bounds.population}: u in {currents}, v in {bounds.v[0]:,}..{bounds.v[1]:,}{clip}",
            markup=False,
        )
    program = result.program
    console.out.print(
        f"{path}: {len(result.image):,} bytes, {program.neurons:,} neurons, {program.synapses:,} synapses",
        markup=False,
    )


def report(result: Build, path: Path) -> dict[str, object]:
    """The build as JSON-ready data."""
    return {
        "image": str(path),
        "image_bytes": len(result.image),
        "neurons": result.program.neurons,
        "synapses": result.program.synapses,
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
        "bounds": [
            {
                "population": b.population,
                "a": [list(r) for r in b.a],
                "u": [list(r) for r in b.u],
                "v": list(b.v),
                "v_may_clip": b.v_may_clip,
            }
            for b in result.bounds
        ],
    }


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
