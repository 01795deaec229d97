"""`mycoflux build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.load import NirOptions, split_reference
from mycoflux.cli import console, fit
from mycoflux.cli.mesh_build import MeshOptions, build_for_mesh, mesh_report
from mycoflux.cli.program import ResetOption, StepOption, TimeUnitOption, circuit_of
from mycoflux.compiler.bound import Bounds
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.mesh_pipeline import MeshBuild
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.errors import InvalidInput
from mycoflux.program.image import write_image


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
    boards: Annotated[
        str | None, typer.Option("--boards", help="Mesh to cut it for: `robot.toml`, or `4xpico`.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="With --boards: tell where everything went, and why.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option("--draw", help="With --boards: picture to write, .svg or .png.")
    ] = None,
    stretch: Annotated[
        bool, typer.Option("--stretch", help="With --boards: lengthen delays where bonds need it.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="With --boards: of the placement.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Compile a circuit to a program image, and report what each parameter became.

    With `--boards`, to a folder with an image for each board and `mesh.json`.

    Example: `mycoflux build examples/line_follower.py -o robot.myco`, `mycoflux build net.nir --dt 0.001`,
    `mycoflux build robot.py --boards robot.toml --explain --draw mesh.svg`
    """
    machine = fit.machine_of(board) if board is not None else None
    source, name = split_reference(circuit)
    written = circuit_of(circuit, NirOptions(dt_s, reset, time_unit_s))
    if boards is not None:
        if board is not None:
            raise InvalidInput("--board is for one board, --boards for several", remedy="Give one of them")
        folder = output or Path(f"{name or source.stem}.mesh")
        mesh = build_for_mesh(written, MeshOptions(boards, stretch, seed, explain, picture), folder)
        _tell(mesh, folder, as_json)
        return
    if explain or stretch or picture is not None or seed:
        raise InvalidInput(
            "--explain, --draw, --stretch and --seed are about several boards",
            remedy="Add --boards robot.toml, or --boards 2xpico",
        )
    result = compile_circuit(written)
    path = output or Path(f"{name or source.stem}.myco")
    if path.exists() and path.samefile(source):
        raise InvalidInput("the output is the circuit file itself", where=str(path), remedy="Name another")
    cost = fit.lines(result.program, machine, result.rates) if machine else []
    write_image(result.image, path)
    if machine:
        fit.warn_if_slow(result.program, machine, result.rates)
    if as_json:
        costs = {"cost": fit.as_json(result.program, machine, result.rates)} if machine else {}
        console.print_json(report(result, path) | costs)
        return
    _tell_integers(result.quantization, result.bounds)
    program = result.program
    console.out.print(
        f"{path}: {len(result.image):,} bytes, {program.neurons:,} neurons, {program.synapses:,} synapses",
        markup=False,
    )
    for line in cost:
        console.out.print(line, markup=False)


def _tell(mesh: tuple[MeshBuild, list[str]], folder: Path, as_json: bool) -> None:
    build, lines = mesh
    if as_json:
        console.print_json(mesh_report(build, folder) | integers(build.quantization, build.bounds))
        return
    _tell_integers(build.quantization, build.bounds)
    for line in lines:
        console.out.print(line, markup=False)


def _tell_integers(quantization: QuantizeReport, all_bounds: tuple[Bounds, ...]) -> None:
    console.out.print(table(quantization), markup=False)
    for bounds in all_bounds:
        clip = " (v may be clipped)" if bounds.v_may_clip else ""
        currents = " and ".join(f"{low:,}..{high:,}" for low, high in bounds.u)
        console.out.print(
            f"proven: {bounds.population}: u in {currents}, v in {bounds.v[0]:,}..{bounds.v[1]:,}{clip}",
            markup=False,
        )


def report(result: Build, path: Path) -> dict[str, object]:
    """The build as JSON-ready data."""
    return {
        "image": str(path),
        "image_bytes": len(result.image),
        "neurons": result.program.neurons,
        "synapses": result.program.synapses,
        **integers(result.quantization, result.bounds),
    }


def integers(quantization: QuantizeReport, all_bounds: tuple[Bounds, ...]) -> dict[str, object]:
    """What became of each parameter, and what is proven, as JSON-ready data."""
    return {
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
            for e in quantization.entries
        ],
        "bounds": [
            {
                "population": b.population,
                "a": [list(r) for r in b.a],
                "u": [list(r) for r in b.u],
                "v": list(b.v),
                "v_may_clip": b.v_may_clip,
            }
            for b in all_bounds
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
