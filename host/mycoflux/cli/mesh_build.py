"""`mycoflux build --boards`: for several boards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mycoflux.circuit.circuit import Circuit
from mycoflux.cli import console, integers
from mycoflux.cli.memory import mesh_memories, read_mesh_memory, reused_line
from mycoflux.compiler import explain, explain_tables
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.mesh_pipeline import MeshBuild, compile_for_mesh
from mycoflux.compiler.passes import Watch, unwatched
from mycoflux.compiler.spread import Options
from mycoflux.deploy.manifest import write_mesh
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.files import write_bytes
from mycoflux.validate.mesh_drawing import mesh_picture, picture_kind


@dataclass(frozen=True)
class MeshOptions:
    """What the command line says of a build for boards.

    boards: a mesh file or a shorthand. balance: instead of the mesh file's. explain: tell where everything
    went. picture: file to draw it to. fresh: use nothing of the build before. printing: stdout is for passes.
    """

    boards: str
    balance: float | None = None
    stretch: bool = False
    seed: int = 0
    explain: bool = False
    picture: Path | None = None
    fresh: bool = False
    printing: bool = False
    as_json: bool = False


def build_for_mesh(
    circuit: Circuit,
    options: MeshOptions,
    folder: Path,
    calibration: Calibration | None = None,
    watch: Watch = unwatched,
) -> None:
    """Compile for the boards, write the folder and the picture, and tell of it."""
    kind = picture_kind(options.picture) if options.picture is not None else ""
    mesh = load_mesh(options.boards)
    if options.balance is not None:
        mesh = replace(mesh, balance=options.balance)
    memory = read_mesh_memory(folder, options.fresh)
    how = Options(seed=options.seed, stretch=options.stretch)
    build = compile_for_mesh(circuit, mesh, how, calibration, memory.scales, memory.tables, watch)
    picture = mesh_picture(build.spread, kind) if kind else b""
    write_mesh(folder, build.spread.program, mesh, build.images, mesh_memories(build))
    if options.picture is not None:
        write_bytes(options.picture, picture, "the picture")
    integers.warn(build.quantization)
    _warn_of_slow(build)
    _say(build, options)
    if options.as_json:
        told = integers.as_dict(build.quantization, build.bounds)
        console.print_json(mesh_report(build, folder, options.explain) | told)
        return
    if options.explain:
        console.tell(explain.as_text(build.spread) + "\n", aside=options.printing)
        console.tell("\n".join(_table_lines(build)), aside=options.printing)
    elif not options.printing:
        integers.tell(build.quantization, build.bounds)
    for line in _lines(build, folder, bool(memory.tables)):
        console.tell(line, aside=options.printing)


def _say(build: MeshBuild, options: MeshOptions) -> None:
    """What an author should know of though nobody asked, on stderr."""
    made = build.spread
    for told in made.stretched:
        console.say(f"stretched: {told.projection}: from {told.before} to {told.after} ticks")
    even = explain.balance(made)
    if even["why"]:
        console.say(explain.balance_line(even))
    if not options.explain and len(made.mesh.nodes) > 1:
        for port in explain.ports(made):
            if not port["pinned"]:
                console.say(f"port {port['port']} is not pinned: placed on {port['board']}")


def _lines(build: MeshBuild, folder: Path, remembered: bool) -> list[str]:
    """What was written, for a person; remembered: there were tables of a build before."""
    program, size = build.spread.program, sum(map(len, build.images.values()))
    lines = [
        f"{folder}: {len(build.images)} image(s), {size:,} bytes, {program.whole.neurons:,} neurons, "
        f"{program.whole.synapses:,} synapses, {len(program.bonds)} bond(s)"
    ]
    if remembered:
        lines.append(reused_line(build.reused, sum(map(len, build.digests.values()))))
    return lines


def _warn_of_slow(build: MeshBuild) -> None:
    """A line on stderr for each board that cannot do the work expected of it in the time of a tick."""
    dt_us = build.spread.program.whole.dt_us
    for board in explain.boards(build.spread):
        if board["tick_us"] is not None and board["tick_us"] > dt_us:
            estimate = "" if {"instructions", "speed"} <= set(board["measured"]) else " (estimate)"
            console.say(
                f"{board['board']}: too slow for real time at the expected rates: needs "
                f"{board['tick_us']:,.0f} of {dt_us:,} us a tick{estimate}; spread it with --balance or "
                "`busy` in the mesh file, use a longer dt_s, or run in lockstep"
            )


def _table_lines(build: MeshBuild) -> Iterator[str]:
    for share in build.spread.program.shares:
        yield f"tables on {share.board}"
        yield from (f"  {line}" for line in explain_tables.as_text(share.program))
        yield ""


def mesh_report(build: MeshBuild, folder: Path, tables: bool = False) -> dict[str, object]:
    """The build as JSON-ready data; tables: and which each projection became."""
    shares = build.spread.program.shares if tables else ()
    layouts = {share.board: explain_tables.as_dict(share.program) for share in shares}
    return {
        "folder": str(folder),
        "image_bytes": {board: len(image) for board, image in build.images.items()},
        "tables": sum(map(len, build.digests.values())),
        "tables_reused": build.reused,
        "scales": build.scales.as_dict(),
        **explain.as_dict(build.spread),
        **({"layouts": layouts} if tables else {}),
    }
