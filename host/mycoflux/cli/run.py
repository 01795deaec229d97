"""`mycoflux run`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from myco.real_time import PERIOD_MAX
from mycoflux.backends.board import BoardBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit.load import NirOptions
from mycoflux.circuit.suggest import instead
from mycoflux.cli import console, fit
from mycoflux.cli.folder import check_folder
from mycoflux.cli.kernel import kernel_json, tell_kernel
from mycoflux.cli.program import (
    PROGRAM_HELP,
    Loaded,
    ResetOption,
    SetOption,
    StepOption,
    TimeUnitOption,
    load_program,
)
from mycoflux.cli.real_time import run_real_time
from mycoflux.deploy.connect import Connected, connect
from mycoflux.errors import BehaviourDiffers, InvalidInput
from mycoflux.files import make_folder
from mycoflux.hil.closed_loop import LoopResult, check_ports, run_closed_loop
from mycoflux.hil.plants.base import Plant, plant_by_name
from mycoflux.hil.plants.constant import ConstantInputs
from mycoflux.program.recording import Recording

MOST_TICKS = 100_000_000  # of one recording, which is held in memory


def run(
    program: Annotated[str, typer.Argument(help=PROGRAM_HELP)],
    board: Annotated[
        str, typer.Option("--board", "-b", help="Board URL; see `mycoflux boards`.")
    ] = "virtual:",
    seconds: Annotated[
        float, typer.Option(help="Simulated time to run; on the board's clock with --real-time.")
    ] = 1.0,
    real_time: Annotated[
        bool, typer.Option("--real-time", help="Tick by the board's own clock, not in lockstep.")
    ] = False,
    period_us: Annotated[
        int | None,
        typer.Option(
            help="With --real-time: microseconds a tick; the program's dt if left out.", min=1, max=PERIOD_MAX
        ),
    ] = None,
    plant: Annotated[
        str | None, typer.Option(help="Simulated world to close the loop with: line-track.")
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            "-i",
            help="Without a plant: a constant reading, NAME=0..4095 (all its channels) or NAME[0]=0..4095.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the plant.", min=0)] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for recording.npz and the plots.")] = None,
    check: Annotated[bool, typer.Option(help="Compare every spike with the reference.")] = True,
    dt_s: StepOption = None,
    reset: ResetOption = None,
    time_unit_s: TimeUnitOption = None,
    settings: SetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Run a program on a board: in lockstep with a simulated world or constant readings, or in real time.

    Example: `mycoflux run examples/line_follower.py --board virtual: --input line_left=2000 --seconds 2`
    """
    check_folder(out)
    check_clock(real_time, period_us, plant, out)
    loaded = load_program(program, NirOptions(dt_s, reset, time_unit_s), settings)
    if plant is None and not inputs and loaded.program.sensor_channels:
        console.say("neither --input nor --plant: all readings are 0")
    world = make_plant(loaded, plant, inputs or [], seed)
    ticks = ticks_of(seconds, period_us or loaded.program.dt_us)
    if real_time:
        sensed = world.sense()
        readings = [sensed[name] for name in loaded.program.sensor_channels]
        run_real_time(loaded, board, ticks, readings, period_us=period_us or 0, check=check, as_json=as_json)
        return
    result, connected = run_on_board(
        loaded, board, world, ticks, check=check, quiet=as_json, on_lost=saving(out)
    )
    if out is not None:
        save(result, out)
    if as_json:
        console.print_json(summary(result, connected))
    else:
        print_summary(loaded, result)
    raise_if_different(result, board)


def check_clock(real_time: bool, period_us: int | None, plant: str | None, out: Path | None) -> None:
    """Refuse options of the other clock.

    Raises:
        InvalidInput: there is one.
    """
    if real_time and plant is not None:
        raise InvalidInput(
            "--plant and --real-time were both given",
            remedy="A plant's world waits for each tick: leave out one, or give readings with --input",
        )
    if real_time and out is not None:
        raise InvalidInput(
            "--out and --real-time were both given",
            remedy="Ticks are recorded in lockstep: leave out one of them",
        )
    if period_us is not None and not real_time:
        raise InvalidInput(
            "--period-us was given without --real-time",
            remedy="In lockstep the host grants each tick: leave it out",
        )


def make_plant(loaded: Loaded, plant: str | None, inputs: list[str], seed: int) -> Plant:
    """The plant named, or constant readings for the program's own ports."""
    dt_s = loaded.program.dt_us / 1e6
    if plant is not None:
        if inputs:
            raise InvalidInput("--input and --plant were both given", remedy="A plant gives all readings")
        world = plant_by_name(plant, dt_s=dt_s, seed=seed)
        check_ports(loaded.program, world)  # before a board is touched
        return world
    channels = loaded.program.sensor_channels
    readings = dict.fromkeys(channels, 0)
    for channel, value in constant_readings(loaded, inputs).items():
        readings[channel] = value
    return ConstantInputs(readings, tuple(a.name for a in loaded.program.actuators), dt_s)


def constant_readings(loaded: Loaded, inputs: list[str]) -> dict[str, int]:
    """Readings by channel, of `NAME=VALUE` (every channel of a sensor) and `NAME[0]=VALUE`."""
    named = {name: [name] for name in loaded.program.sensor_channels}
    named |= {s.name: [f"{s.name}[{i}]" for i in range(s.size)] for s in loaded.program.sensors if s.size > 1}
    readings: dict[str, int] = {}
    for text in inputs:
        name, _, value = text.partition("=")
        if name not in named:
            raise InvalidInput(
                f"--input {text!r}: this program has no sensor '{name}'",
                remedy=instead(name, [s.name for s in loaded.program.sensors]),
            )
        if not value.isdecimal() or int(value) > 4095:
            raise InvalidInput(
                f"--input {text!r}: '{value}' is no reading", remedy="Give a whole number from 0 to 4095"
            )
        for channel in named[name]:
            if channel in readings:
                raise InvalidInput(
                    f"--input {text!r}: '{channel}' was given already", remedy="Give each reading once"
                )
            readings[channel] = int(value)
    return readings


def ticks_of(seconds: float, period_us: int) -> int:
    """How many ticks of `period_us` there are in `seconds`; at least one.

    Raises:
        InvalidInput: it is no time that a run can take.
    """
    if not 0 < seconds * 1e6 / period_us <= MOST_TICKS:
        raise InvalidInput(
            f"--seconds {seconds:g} is no length of a run",
            remedy=f"Give more than 0, at most {MOST_TICKS * period_us / 1e6:g}",
        )
    return max(1, round(seconds * 1e6 / period_us))


def run_on_board(
    loaded: Loaded,
    url: str,
    plant: Plant,
    ticks: int,
    *,
    check: bool = True,
    quiet: bool = False,
    on_lost: Callable[[LoopResult], None] | None = None,
) -> tuple[LoopResult, Connected]:
    """Flash what is missing, then run, with a progress bar; on_lost as in `run_closed_loop`.

    Returns:
        The run, and the board it ran on, closed.
    """
    fit.refuse_what_cannot_fit(loaded.program, url)
    with connect(url) as connected:
        tell_kernel(connected, quiet=quiet)
        connected.put(loaded.image)
        backend = BoardBackend(loaded.program, connected.session)
        reference = PlainReference(loaded.program) if check else None
        with console.progress("running", ticks, quiet=quiet) as bar:
            result = run_closed_loop(
                backend,
                plant,
                ticks,
                reference=reference,
                on_tick=bar,
                on_lost=on_lost,
            )
        return result, connected


def summary(result: LoopResult, connected: Connected) -> dict[str, object]:
    """The run as JSON-ready data."""
    recording, agreement = result.recording, result.agreement
    return {
        "board": recording.board,
        **kernel_json(connected),
        "ticks": len(recording.inputs),
        "spikes": len(recording.spike_ticks),
        "populations": spikes_by_population(recording),
        "actuators": {
            name: {"last": int(values[-1]), "mean": float(values.mean())}
            for name, values in zip(recording.output_names, recording.outputs.T, strict=True)
        },
        "reference": {
            "ticks": agreement.ticks if agreement.spikes or agreement.outputs_identical else 0,
            "spikes": agreement.spikes,
            "spikes_identical": agreement.spikes_identical,
            "first_difference": agreement.first_difference,
        },
        "metrics": result.metrics,
    }


def print_summary(loaded: Loaded, result: LoopResult) -> None:
    """The run for a person: spikes by population, the plant's metrics, agreement with the reference."""
    recording = result.recording
    seconds = len(recording.inputs) * recording.dt_s
    counts = spikes_by_population(recording)
    for p in loaded.program.populations:
        rate = counts[p.name] / p.size / seconds
        console.out.print(f"{p.name}: {counts[p.name]:,} spikes, {rate:.1f} Hz a neuron", markup=False)
    for name, values in zip(recording.output_names, recording.outputs.T, strict=True):
        console.out.print(f"{name}: {values[-1]} at the end, {values.mean():.1f} on average", markup=False)
    for name, value in result.metrics.items():
        console.out.print(f"{name}: {value:.4g}", markup=False)
    print_agreement(result)


def spikes_by_population(recording: Recording) -> dict[str, int]:
    """How many spikes each population has fired."""
    by_neuron = Counter(int(n) for n in recording.spike_neurons)
    return {
        name: sum(by_neuron[n] for n in range(first, first + size))
        for name, first, size in recording.populations
    }


def print_agreement(result: LoopResult) -> None:
    """The line that says whether law 1 held."""
    if result.agreement.outputs_identical or result.agreement.spikes:
        agreement = result.agreement
        console.out.print(
            f"spikes identical to reference: {agreement.spikes_identical}/{agreement.spikes}", markup=False
        )


def raise_if_different(result: LoopResult, board: str) -> None:
    """Raise BehaviourDiffers if the board and the reference disagreed anywhere."""
    if not result.agreement.exact:
        raise BehaviourDiffers(
            f"the board and the reference differ, first at {result.agreement.first_difference}",
            where=board,
            remedy="This is a bug in mycoflux: please report the circuit and the board",
        )


def saving(folder: Path | None) -> Callable[[LoopResult], None]:
    """What to do with a run that the board did not live to the end of: keep it, and say so."""

    def save_rest(result: LoopResult) -> None:
        if folder is not None:
            save(result, folder)
            done = len(result.recording.inputs)
            console.say(f"the {done:,} ticks before the board was lost are kept in {folder}")

    return save_rest


def save(result: LoopResult, folder: Path) -> list[Path]:
    """Write the recording and its plots; return the files."""
    from mycoflux.validate.plots import plot_run

    make_folder(folder)
    recording = folder / "recording.npz"
    result.recording.save(recording)
    return [recording, *plot_run(result.recording, folder)]
