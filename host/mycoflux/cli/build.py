"""`mycoflux build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.load import NirOptions, split_reference
from mycoflux.cli import console, fit, integers
from mycoflux.cli.memory import read_memory, write_memory
from mycoflux.cli.mesh_build import MeshOptions, build_for_mesh, mesh_report
from mycoflux.cli.program import CIRCUIT_HELP, ResetOption, SetOption, StepOption, TimeUnitOption, circuit_of
from mycoflux.compiler import explain_tables
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.mesh_pipeline import MeshBuild
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.errors import InvalidInput
from mycoflux.program.image import write_image
from mycoflux.validate.stimulus import random_stimulus, recorded_stimulus

_RANDOM = "random"
_RANDOM_S = 2.0


def build(
    circuit: Annotated[str, typer.Argument(help=CIRCUIT_HELP)],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Image file to write.")] = None,
    board: Annotated[
        str | None,
        typer.Option("--board", "-b", help="Kind of board it is for, as `pico`: says what it costs there."),
    ] = None,
    dt_s: StepOption = None,
    reset: ResetOption = None,
    time_unit_s: TimeUnitOption = None,
    settings: SetOption = None,
    calibrate: Annotated[
        str | None,
        typer.Option(
            help="Fit scales to a run instead of the worst case: the recording.npz of `run --out` or `demo`, "
            "whose readings to take, or `random` for random ones."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Choose all scales anew; do not look at the build before.")
    ] = False,
    boards: Annotated[
        str | None, typer.Option("--boards", help="Mesh to cut it for: `robot.toml`, or `4xpico`.")
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Tell which table each projection became; with --boards, where everything went."
        ),
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
    written = circuit_of(circuit, NirOptions(dt_s, reset, time_unit_s), settings)
    calibration = None if calibrate is None else _calibration(written, calibrate)
    if boards is not None:
        if board is not None:
            raise InvalidInput("--board is for one board, --boards for several", remedy="Give one of them")
        folder = output or Path(f"{name or source.stem}.mesh")
        options = MeshOptions(boards, stretch, seed, explain, picture)
        mesh = build_for_mesh(written, options, folder, calibration)
        _tell_mesh(mesh, folder, as_json, explain)
        return
    if stretch or picture is not None or seed:
        raise InvalidInput(
            "--draw, --stretch and --seed are about several boards",
            remedy="Add --boards robot.toml, or --boards 2xpico",
        )
    path = output or Path(f"{name or source.stem}.myco")
    if path.exists() and path.samefile(source):
        raise InvalidInput("the output is the circuit file itself", where=str(path), remedy="Name another")
    memory = read_memory(path, fresh)
    result = compile_circuit(written, memory.scales, calibration, memory.tables)
    cost = fit.lines(result.program, machine, result.rates) if machine else []
    write_image(result.image, path)
    write_memory(result, path)
    integers.warn(result.quantization)
    if machine:
        fit.warn_if_slow(result.program, machine, result.rates)
    if as_json:
        costs = {"cost": fit.as_json(result.program, machine, result.rates)} if machine else {}
        layouts = {"layouts": explain_tables.as_dict(result.program)} if explain else {}
        console.print_json(report(result, path) | costs | layouts)
        return
    integers.tell(result.quantization, result.bounds)
    program = result.program
    console.out.print(
        f"{path}: {len(result.image):,} bytes, {program.neurons:,} neurons, {program.synapses:,} synapses",
        markup=False,
    )
    if memory.tables:
        tables = len(result.digests)
        console.out.print(
            f"re-emitted {tables - result.reused} of {tables} tables; scales of the build before serve where "
            "they can (--fresh: chosen anew)",
            markup=False,
        )
    for line in [*cost, *(explain_tables.as_text(program) if explain else [])]:
        console.out.print(line, markup=False)


def _tell_mesh(mesh: tuple[MeshBuild, list[str]], folder: Path, as_json: bool, explain: bool) -> None:
    build, lines = mesh
    integers.warn(build.quantization)
    if as_json:
        told = mesh_report(build, folder, explain)
        console.print_json(told | integers.as_dict(build.quantization, build.bounds))
        return
    integers.tell(build.quantization, build.bounds)
    for line in lines:
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
        "scales": result.scales.as_dict(),
        **integers.as_dict(result.quantization, result.bounds),
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
