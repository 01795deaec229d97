"""`mycoflux build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.load import NirOptions, split_reference
from mycoflux.cli import fit
from mycoflux.cli.board_build import BoardOptions, build_for_board
from mycoflux.cli.mesh_build import MeshOptions, build_for_mesh
from mycoflux.cli.passes import PRINT_HELP, printer
from mycoflux.cli.program import CIRCUIT_HELP, ResetOption, SetOption, StepOption, TimeUnitOption, circuit_of
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.passes import ONE_BOARD, SEVERAL_BOARDS
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import InvalidInput
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
            "--explain",
            help="Which table each projection became; with --boards where everything went, too, and why, "
            "instead of the report.",
        ),
    ] = False,
    picture: Annotated[
        Path | None, typer.Option("--draw", help="With --boards: picture to write, .svg or .png.")
    ] = None,
    balance: Annotated[
        float | None,
        typer.Option(
            "--balance",
            min=1.0,
            help="With --boards: no board more than so many times an even share of the work, as 1.2; if "
            "left out, what the mesh file says, else as few boards as need be.",
        ),
    ] = None,
    stretch: Annotated[
        bool, typer.Option("--stretch", help="With --boards: lengthen delays where bonds need it.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="With --boards: of the placement.")] = 0,
    passes: Annotated[list[str] | None, typer.Option("--print", metavar="PASS", help=PRINT_HELP)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Compile a circuit to a program image, and report what each parameter became.

    With `--boards`, to a folder with an image for each board and `mesh.json`.

    Example: `mycoflux build examples/line_follower.py -o robot.myco`, `mycoflux build net.nir --dt 0.001`,
    `mycoflux build robot.py --boards robot.toml --explain --draw mesh.svg`,
    `mycoflux build robot.py --print quantize`
    """
    if passes and as_json:
        raise InvalidInput("--print is text, --json is not", remedy="Give one of them")
    if boards is not None and board is not None:
        raise InvalidInput("--board is for one board, --boards for several", remedy="Give one of them")
    if boards is None and any((stretch, picture, seed, balance)):
        raise InvalidInput(
            "--draw, --stretch, --balance and --seed are about several boards",
            remedy="Add --boards robot.toml, or --boards 2xpico",
        )
    watch = printer(passes or [], ONE_BOARD if boards is None else SEVERAL_BOARDS)
    machine = fit.machine_of(board) if board is not None else None
    source, name = split_reference(circuit)
    written = circuit_of(circuit, NirOptions(dt_s, reset, time_unit_s), settings)
    calibration = None if calibrate is None else _calibration(written, calibrate)
    if boards is not None:
        folder = output or Path(f"{name or source.stem}.mesh")
        options = MeshOptions(boards, balance, stretch, seed, explain, picture, fresh, bool(passes), as_json)
        build_for_mesh(written, options, folder, calibration, watch)
        return
    path = output or Path(f"{name or source.stem}.myco")
    if path.exists() and path.samefile(source):
        raise InvalidInput("the output is the circuit file itself", where=str(path), remedy="Name another")
    how = BoardOptions(machine, explain, fresh, bool(passes), as_json)
    build_for_board(written, how, path, calibration, watch)


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
