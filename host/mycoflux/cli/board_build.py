"""`mycoflux build` without `--boards`: for one board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mycoflux.circuit.circuit import Circuit
from mycoflux.cli import console, fit, integers
from mycoflux.cli.memory import read_memory, reused_line, write_memory
from mycoflux.compiler import explain_tables
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.passes import Watch, unwatched
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.program.image import write_image
from mycoflux.program.machine import Machine


@dataclass(frozen=True)
class BoardOptions:
    """What the command line says of a build for one board.

    machine: the kind of board whose costs to tell. explain: tell which table each projection became. fresh:
    use nothing of the build before. printing: stdout is for what passes make.
    """

    machine: Machine | None = None
    explain: bool = False
    fresh: bool = False
    printing: bool = False
    as_json: bool = False


def build_for_board(
    circuit: Circuit,
    options: BoardOptions,
    path: Path,
    calibration: Calibration | None = None,
    watch: Watch = unwatched,
) -> None:
    """Compile, write the image and what the next build can use, and tell of it."""
    machine, memory = options.machine, read_memory(path, options.fresh)
    result = compile_circuit(circuit, memory.scales, calibration, memory.tables, watch)
    program = result.program
    cost = fit.lines(program, machine, result.rates) if machine else []
    write_image(result.image, path)
    write_memory(result, path)
    integers.warn(result.quantization)
    if machine:
        fit.warn_if_slow(program, machine, result.rates)
    if options.as_json:
        costs = {"cost": fit.as_json(program, machine, result.rates)} if machine else {}
        layouts = {"layouts": explain_tables.as_dict(program)} if options.explain else {}
        console.print_json(report(result, path) | costs | layouts)
        return
    if not options.printing:
        integers.tell(result.quantization, result.bounds)
    lines = [
        f"{path}: {len(result.image):,} bytes, {program.neurons:,} neurons, {program.synapses:,} synapses"
    ]
    if memory.tables:
        lines.append(reused_line(result.reused, len(result.digests)))
    for line in [*lines, *cost, *(explain_tables.as_text(program) if options.explain else [])]:
        console.tell(line, aside=options.printing)


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
