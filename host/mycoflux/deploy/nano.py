"""How the runtime of boards with under 16 KB of heap (micro:bit v1) gets onto them.

Their MicroPython is 1.9: no folders, no rename, no hashlib, and little room for the text of a command.
What may not enter here: what the runtime consists of (`nano_bundle`), or how flash is written (`nano_flash`).
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from mycoflux.deploy import nano_files, nano_flash
from mycoflux.deploy.nano_bundle import ENTRY, NanoBundle, bundle
from mycoflux.deploy.nano_files import chunks
from mycoflux.deploy.nano_flash import State
from mycoflux.deploy.runtime import InstallReport, Progress
from mycoflux.errors import InstallError, LinkError, MycofluxError
from mycoflux.link.repl import Repl

START = "import nano\nnano.run()"

_LOG = logging.getLogger(__name__)
_OWN = re.compile(r"nano\w*\.py|kernel\.bin|check\.bin|tables\.bin|program\.bin|program\.old")
_PROGRAMS = ("program.bin", "program.old")
_LEAST_CHUNKS = 56  # of the file system that is left beside our flash, on the largest build of the firmware
_PROGRAM_CHUNKS = 8  # of it for programs on their way


def install(repl: Repl, progress: Progress | None = None) -> InstallReport:
    """Bring the runtime onto the board, sending only what differs; into flash where that is known to work.

    An interruption leaves a board without the file that starts the runtime, and installing again repairs it.

    Raises:
        InstallError: the board's file system refuses, or holds something else afterwards.
        BoardError: the board is lost, or is not MicroPython.
    """
    repl.soft_reset()  # what ran before may have left too little heap
    try:
        in_the_way = _make_room(repl)
        chosen = bundle(in_flash=not in_the_way)
        report = _bring(repl, chosen, progress)
    except LinkError as error:
        if "OSError" not in error.what and "MemoryError" not in error.what:
            raise
        raise InstallError(
            f"the runtime does not go onto the board: {error.what}",
            where=repl.stream.url,
            remedy="Make room on its file system, or flash stock MicroPython again, then install again",
        ) from error
    note = f"the native code takes 4 KB of heap, because {in_the_way}" if in_the_way else ""
    return replace(report, note=note)


def _make_room(repl: Repl) -> str:
    """See to it that the flash for native code is ours; or why that cannot be."""
    state = nano_flash.state(repl)
    if state in (State.UNKNOWN, State.TAKEN):
        return str(state.value)
    if state is State.UNMARKED:
        nano_flash.claim(repl)
    if state is State.FILES:
        others = {
            name: nano_files.surely(repl, name) for name in nano_files.names(repl) if not _OWN.fullmatch(name)
        }
        ours = dict(bundle(in_flash=True).files)
        needed = sum(chunks(name, len(data)) for name, data in (others | ours).items())
        if needed > _LEAST_CHUNKS - _PROGRAM_CHUNKS:
            return f"{', '.join(sorted(others))} would not fit beside it"
        _move(repl, others)
    return ""


def _move(repl: Repl, others: dict[str, bytes]) -> None:
    """Shorten the file system, which empties it; the user's files are kept in a folder here meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="mycoflux-micro-bit-")) if others else None
    if folder:
        for name, data in others.items():
            (folder / name.replace("/", "_")).write_bytes(data)
        _LOG.warning("the board's files are kept in %s until they are on it again", folder)
    try:
        for name in sorted(nano_files.names(repl), key=lambda name: name != ENTRY):
            nano_files.remove(repl, name)
        nano_flash.claim(repl)
        nano_files.write(repl, others)
    except MycofluxError as error:
        if folder:
            error.remedy = f"{error.remedy}. The board's own files are kept in {folder}"
        raise
    if folder:
        shutil.rmtree(folder)


def _bring(repl: Repl, wanted: NanoBundle, progress: Progress | None) -> InstallReport:
    """Bring the board's files, and its flash, to exactly `wanted`."""
    files = dict(wanted.files)
    present = [name for name in nano_files.names(repl) if _OWN.fullmatch(name)]
    strangers = tuple(sorted(name for name in present if name not in (*files, *_PROGRAMS)))
    missing = [
        name for name in files if name not in present or nano_files.contents(repl, name) != files[name]
    ]
    pages = nano_flash.differing(repl, wanted.flash.data) if wanted.flash else []
    if (missing or pages) and ENTRY not in missing:
        missing.append(ENTRY)
    for name in (*strangers, *([ENTRY] if missing and ENTRY in present else [])):
        nano_files.remove(repl, name)
    if wanted.flash and pages:
        nano_flash.write(repl, wanted.flash.data, pages, progress)
    nano_files.write(repl, {name: files[name] for name in missing}, progress)
    sent_bytes = sum(len(files[name]) for name in missing) + len(pages) * nano_flash.PAGE
    return InstallReport(
        (*([nano_flash.NAME] if pages else []), *missing),
        tuple(name for name in files if name not in missing),
        strangers,
        sent_bytes,
        wanted.id,
    )
