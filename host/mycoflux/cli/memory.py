"""The file beside an image in which `mycoflux build` keeps what its next build can use.

A folder of images has one beside each: the scales of the populations there, and the tables.
"""

from __future__ import annotations

from pathlib import Path

from mycoflux.cli import console
from mycoflux.compiler.memory import SUFFIX, Memory, recall, remember
from mycoflux.compiler.mesh_pipeline import MeshBuild
from mycoflux.compiler.pipeline import Build
from mycoflux.compiler.scale import Scales
from mycoflux.errors import InvalidInput
from mycoflux.files import write_bytes


def memory_file(image: Path) -> Path:
    """Where the memory of an image file's build lies."""
    return image.with_name(image.name + SUFFIX)


def read_memory(image: Path, fresh: bool = False) -> Memory:
    """What the last build of this image file left, or nothing; a note says where it cannot be used.

    fresh: nothing is wanted.
    """
    path = memory_file(image)
    if fresh or not path.exists():
        return Memory()
    try:
        return recall(path.read_bytes(), image.read_bytes() if image.is_file() else b"")
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}"
    except InvalidInput as error:
        reason = error.what
    console.say(f"{path}: not used, so scales are chosen anew: {reason}")
    return Memory()


def write_memory(build: Build, image: Path) -> None:
    """Leave what the next build of this image file can use; a note says where that cannot be done."""
    content = remember(build.image, build.scales, build.digests)
    try:
        write_bytes(memory_file(image), content, "the memory of the build")
    except InvalidInput as error:
        console.say(f"{error.where}: {error.what}; the next build begins anew")


def read_mesh_memory(folder: Path, fresh: bool = False) -> Memory:
    """What the last build of this folder left of all its images; which board they are for does not matter."""
    left = [read_memory(image, fresh) for image in sorted(folder.glob("*.myco"))]
    return Memory(
        Scales({name: units for each in left for name, units in each.scales.units.items()}),
        {name: table for each in left for name, table in each.tables.items()},
    )


def mesh_memories(build: MeshBuild) -> dict[str, bytes]:
    """What the next build of the same folder can use, by board."""
    return {
        board: remember(image, build.scales_on(board), build.digests[board])
        for board, image in build.images.items()
    }


def reused_line(reused: int, tables: int) -> str:
    """What of the build before served, for a person."""
    return (
        f"re-emitted {tables - reused} of {tables} tables; scales of the build before serve where they can "
        "(--fresh: chosen anew)"
    )
