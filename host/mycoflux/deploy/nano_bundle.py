"""What the runtime of boards with under 16 KB of heap (micro:bit v1) is: slimmed files and native code.

What may not enter here: what the files say (`device/nano`), how source is made small (`slim`), or how any of
it gets onto a board (`nano`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mycoflux import resources
from mycoflux.deploy import nano_flash
from mycoflux.deploy.nano_flash import Placed
from mycoflux.deploy.runtime import Bundle, make_bundle
from mycoflux.deploy.shorten import shorten
from mycoflux.deploy.slim import slim, with_values

ENTRY = "nano.py"  # without it nothing starts
MAX_FRAME = 60  # the firmware keeps 63 received bytes; what comes beyond them is lost

_NATIVE = ("kernel", "check", "tables")
_WRITER = "flash"  # the piece of native code that writes programs into flash
_PROGRAM = {True: "nano_slot", False: "nano_program"}  # where programs are: in flash or on file; twins
_PLACES = "nano_places"
_CONSTANTS = ("nano_context", _PLACES)  # modules of numbers only, which are put where they are used
_ASSEMBLER = ("r0", "r1", "r2", "r3")  # what the board's assembler calls its arguments
_ID_HOLDER, _ID_NAME = "nano_code", "BUNDLE"


@dataclass(frozen=True)
class NanoBundle(Bundle):
    """The runtime's files, ENTRY last, and its native code where that is not among them."""

    flash: Placed | None


def bundles() -> tuple[NanoBundle, ...]:
    """The runtime in the ways it may be on a board."""
    return bundle(in_flash=True), bundle(in_flash=False)


@functools.cache
def bundle(*, in_flash: bool) -> NanoBundle:
    """The runtime; the id in it is that of what it is with an id of zeros.

    Args:
        in_flash: native code in flash, where it takes no heap; else in files, which are read into it.

    Raises:
        InstallError: the sources use something that cannot be slimmed, or the code is too large.
        SystemProblem: the installation of mycoflux is incomplete.
    """
    pieces = {name: (_folder() / "kernel" / f"{name}.bin").read_bytes() for name in (*_NATIVE, _WRITER)}
    if in_flash:
        placed = nano_flash.place(pieces)
        places = {name.upper(): at for name, at in placed.addresses.items()}
        return _assemble({}, placed, places | {"SLOT": placed.slot, "ROOM": placed.room})
    return _assemble({f"{name}.bin": pieces[name] for name in _NATIVE}, None, {})


def _assemble(binaries: dict[str, bytes], flash: Placed | None, places: dict[str, int]) -> NanoBundle:
    others = binaries | ({nano_flash.NAME: flash.data} if flash else {})
    sources = {file.stem: file.read_text(encoding="utf-8") for file in _folder().glob("*.py")}
    twins = {held_in_flash: sources.pop(name) for held_in_flash, name in _PROGRAM.items()}
    sources[_PROGRAM[False]] = twins[flash is not None]
    sources[_PLACES] = with_values(sources[_PLACES], places)
    identity = make_bundle(_small(sources, bytes(8)) | others).id
    files = _small(sources, identity)
    last = files.pop(ENTRY)
    return NanoBundle((*sorted((files | binaries).items()), (ENTRY, last)), identity, flash)


def _folder() -> Path:
    return resources.data_folder("nano")


def _small(sources: Mapping[str, str], identity: bytes) -> dict[str, bytes]:
    """The modules as they go onto a board, in files."""
    own = {name: source for name, source in sources.items() if name not in _CONSTANTS}
    own[_ID_HOLDER] = with_values(own[_ID_HOLDER], {_ID_NAME: identity})
    shared = _shared_modules() | {name: sources[name] for name in _CONSTANTS}
    slimmed = {module: slim(source, shared) for module, source in own.items()}
    short = shorten(slimmed, keep=("run", *_ASSEMBLER))
    return {f"{module}.py": source.encode() for module, source in short.items()}


def _shared_modules() -> dict[str, str]:
    shared = {
        f"{package}.{file.stem}": file.read_text(encoding="utf-8")
        for package in ("myco", "myco_hal")
        for file in resources.package_folder(package).glob("*.py")
    }
    shared["myco.wire"] = with_values(shared["myco.wire"], {"MAX_FRAME": MAX_FRAME})
    return shared
