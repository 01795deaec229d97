"""`mycoflux build --boards`: for several boards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mycoflux.circuit.circuit import Circuit
from mycoflux.cli import console
from mycoflux.compiler import explain, explain_tables
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.mesh_pipeline import MeshBuild, compile_for_mesh
from mycoflux.compiler.spread import Options
from mycoflux.deploy.manifest import write_mesh
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.files import write_bytes
from mycoflux.validate.mesh_drawing import mesh_picture, picture_kind


@dataclass(frozen=True)
class MeshOptions:
    """What the command line says of a build for boards.

    boards: a mesh file or a shorthand. explain: tell where everything went. picture: file to draw it to.
    """

    boards: str
    stretch: bool = False
    seed: int = 0
    explain: bool = False
    picture: Path | None = None


def build_for_mesh(
    circuit: Circuit, options: MeshOptions, folder: Path, calibration: Calibration | None = None
) -> tuple[MeshBuild, list[str]]:
    """Compile for the boards, write the folder and the picture; the build, and what to say of it."""
    kind = picture_kind(options.picture) if options.picture is not None else ""
    mesh = load_mesh(options.boards)
    build = compile_for_mesh(circuit, mesh, Options(seed=options.seed, stretch=options.stretch), calibration)
    made = build.spread
    picture = mesh_picture(made, kind) if kind else b""
    write_mesh(folder, made.program, mesh, build.images)
    if options.picture is not None:
        write_bytes(options.picture, picture, "the picture")
    lines = [explain.as_text(made), "", *_table_lines(build)] if options.explain else []
    _warn_of_slow(build)
    for told in made.stretched:
        console.say(f"stretched: {told.projection}: from {told.before} to {told.after} ticks")
    if not options.explain:
        for port in explain.ports(made):
            if len(mesh.nodes) > 1 and not port["pinned"]:
                console.say(f"port {port['port']} is not pinned: placed on {port['board']}")
    size = sum(map(len, build.images.values()))
    lines.append(
        f"{folder}: {len(build.images)} image(s), {size:,} bytes, {made.program.whole.neurons:,} neurons, "
        f"{made.program.whole.synapses:,} synapses, {len(made.program.bonds)} bond(s)"
    )
    return build, lines


def _warn_of_slow(build: MeshBuild) -> None:
    """A line on stderr for each board that cannot do the work expected of it in the time of a tick."""
    dt_us = build.spread.program.whole.dt_us
    for board in explain.boards(build.spread):
        if board["tick_us"] is not None and board["tick_us"] > dt_us:
            estimate = "" if {"instructions", "speed"} <= set(board["measured"]) else " (estimate)"
            console.say(
                f"{board['board']}: too slow for real time at the expected rates: needs "
                f"{board['tick_us']:,.0f} of {dt_us:,} us a tick{estimate}; spread it with `balance` or "
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
        **explain.as_dict(build.spread),
        **({"layouts": layouts} if tables else {}),
    }
