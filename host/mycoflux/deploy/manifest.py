"""A mesh build on file: a folder with an image a board, and `mesh.json`, which says how they belong together.

Numbers are given as runs, [first, last + 1] each, in their order. docs/partition.md lists the keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mycoflux.compiler.memory import SUFFIX
from mycoflux.compiler.mesh import Mesh
from mycoflux.files import write_folder
from mycoflux.program.mesh import NOBODY, Bond, MeshProgram, Share
from mycoflux.program.types import IntArray

FORMAT = 1
NAME = "mesh.json"


def write_mesh(
    folder: Path,
    program: MeshProgram,
    mesh: Mesh,
    images: Mapping[str, bytes],
    memories: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Write the images and their manifest, all of them or none; a build that is there is replaced.

    images: by board. memories: too; what their next build can use (`memory.remember`), put beside them.

    Raises:
        InvalidInput: the folder cannot be written, or holds other things than a mesh build.
    """
    files = {image_name(program, board): image for board, image in images.items()}
    files |= {image_name(program, board) + SUFFIX: memory for board, memory in memories.items()}
    text = _text(manifest(program, mesh, images))
    write_folder(folder, {**files, NAME: text.encode()}, _ours, "the images")


def _text(values: dict[str, Any]) -> str:
    """JSON with a line for each key, and for each board, bond and link."""
    lines = []
    for key, value in values.items():
        text = json.dumps(value)
        if isinstance(value, list) and value:
            text = "[\n" + ",\n".join(f"  {json.dumps(entry)}" for entry in value) + "\n ]"
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _ours(name: str) -> bool:
    return name == NAME or name.endswith((".myco", ".myco" + SUFFIX))


def image_name(program: MeshProgram, board: str) -> str:
    """The file of a board's image."""
    return f"{program.whole.name}.{board}.myco"


def manifest(program: MeshProgram, mesh: Mesh, images: Mapping[str, bytes]) -> dict[str, Any]:
    """What `mesh.json` holds."""
    return {
        "format": FORMAT,
        "name": program.whole.name,
        "dt_us": program.whole.dt_us,
        "neurons": program.whole.neurons,
        "channels": program.whole.channels,
        "boards": [_board(program, mesh, share, images[share.board]) for share in program.shares],
        "bonds": [_bond(bond) for bond in program.bonds],
        "links": [
            {"boards": [edge.a, edge.b], "ports": [edge.port_a, edge.port_b], "baud": edge.baud}
            for edge in mesh.edges
        ],
    }


def _board(program: MeshProgram, mesh: Mesh, share: Share, image: bytes) -> dict[str, Any]:
    node = mesh.nodes[mesh.index[share.board]]
    return {
        "board": node.name,
        "kind": node.kind,
        "url": node.url,
        "image": image_name(program, node.name),
        "sha256": hashlib.sha256(image).hexdigest(),
        "crc32": f"{int.from_bytes(image[-4:], 'little'):08x}",
        "neurons": runs(share.neurons),
        "channels": runs(share.channels),
        "actuators": list(share.actuators),
    }


def _bond(bond: Bond) -> dict[str, Any]:
    return {
        "bond": bond.name,
        "from": bond.source,
        "to": bond.target,
        "path": list(bond.path),
        "sources": runs(bond.sources),
        "first": bond.first,
        "latency": bond.latency,
        "values": bond.values,
    }


def runs(numbers: IntArray) -> list[list[int]]:
    """Numbers in their order as runs of consecutive ones, [first, last + 1] each; NOBODY is left out.

    A share's own neurons and channels come before those that have no number in the uncut program, or are all
    there are, so what is left out is at the end.
    """
    known = numbers[numbers != NOBODY]
    if not len(known):
        return []
    breaks = np.flatnonzero(np.diff(known) != 1) + 1
    return [[int(run[0]), int(run[-1]) + 1] for run in np.split(known, breaks)]
