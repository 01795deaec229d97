"""The runtime of boards with under 16 KB of heap (micro:bit v1): its files, and how they get there.

Their MicroPython is 1.9: no folders, no rename, no hashlib, and little room for the text of a command.
So files are written in small pieces and read back whole.
What may not enter here: what the files say (`device/nano`), or how source is made small (`slim`).
"""

from __future__ import annotations

import ast
import functools
import re

from mycoflux import resources
from mycoflux.deploy.runtime import Bundle, InstallReport, Progress, make_bundle
from mycoflux.deploy.shorten import shorten
from mycoflux.deploy.slim import slim, with_values
from mycoflux.errors import InstallError, LinkError
from mycoflux.link.repl import Repl

START = "import nano\nnano.run()"
MAX_FRAME = 60  # the firmware keeps 63 received bytes; what comes beyond them is lost

_ENTRY = "nano.py"  # without it nothing starts: removed first, written last
_OWN = re.compile(r"nano\w*\.py|kernel\.bin|check\.bin|tables\.bin")
_CONSTANTS = "nano_context"  # a module of numbers only, which are put where they are used
_NATIVE = ("kernel.bin", "check.bin", "tables.bin")
_ASSEMBLER = ("r0", "r1", "r2", "r3")  # what the board's assembler calls its arguments
_ATTEMPTS = 5  # the line has no checksum below this: a lost byte shows only in what has arrived
_GARBLED = ("SyntaxError", "IndentationError", "NameError", "AttributeError", "ImportError")
_PIECE = 96  # bytes written by one command; its text, at most four times as long, is on the heap with it
_ID_HOLDER, _ID_NAME = "nano_code", "BUNDLE"

_READ = """
def _read(n):
    f = open(n, 'rb')
    while True:
        b = f.read(64)
        if not b: break
        print(b)
    f.close()
"""


@functools.cache
def bundle_for_nano() -> Bundle:
    """The files of the small runtime, slimmed; the id in them is that of the files with an id of zeros.

    Raises:
        InstallError: the sources use something that cannot be slimmed.
        SystemProblem: the installation of mycoflux is incomplete.
    """
    identity = make_bundle(_files(bytes(8))).id
    files = _files(identity)
    last = files.pop(_ENTRY)
    return Bundle((*sorted(files.items()), (_ENTRY, last)), identity)


def _files(identity: bytes) -> dict[str, bytes]:
    sources = {
        file.stem: file.read_text(encoding="utf-8") for file in resources.data_folder("nano").glob("*.py")
    }
    shared = _shared_modules() | {_CONSTANTS: sources.pop(_CONSTANTS)}
    sources[_ID_HOLDER] = with_values(sources[_ID_HOLDER], {_ID_NAME: identity})
    slimmed = {module: slim(source, shared) for module, source in sources.items()}
    short = shorten(slimmed, keep=("run", *_ASSEMBLER))
    native = {name: (resources.data_folder("nano") / "kernel" / name).read_bytes() for name in _NATIVE}
    return {f"{module}.py": source.encode() for module, source in short.items()} | native


def _shared_modules() -> dict[str, str]:
    shared = {
        f"{package}.{file.stem}": file.read_text(encoding="utf-8")
        for package in ("myco", "myco_hal")
        for file in resources.package_folder(package).glob("*.py")
    }
    shared["myco.wire"] = with_values(shared["myco.wire"], {"MAX_FRAME": MAX_FRAME})
    return shared


def install(repl: Repl, bundle: Bundle, progress: Progress | None = None) -> InstallReport:
    """Bring the board's files to exactly `bundle`, sending only what differs.

    An interruption leaves a board without the file that starts the runtime, and installing again repairs it.

    Raises:
        InstallError: the board's file system refuses, or holds something else afterwards.
        BoardError: the board is lost, or is not MicroPython.
    """
    repl.soft_reset()  # what ran before may have left too little heap
    wanted = dict(bundle.files)
    try:
        there = _survey(repl, wanted)
        strangers = tuple(sorted(name for name in there if name not in wanted))
        missing = [name for name, data in bundle.files if there.get(name) != data]
        if missing and _ENTRY not in missing:
            missing.append(_ENTRY)
        for name in (*strangers, *([_ENTRY] if missing and _ENTRY in there else [])):
            _exec(repl, f"import os\nos.remove({name!r})")
        wrong = missing
        for _ in range(_ATTEMPTS):
            _send(repl, [(name, wanted[name]) for name in wrong], progress)
            wrong = [name for name in wrong if _contents(repl, name) != wanted[name]]
            if not wrong:
                break
    except LinkError as error:
        if "OSError" not in error.what and "MemoryError" not in error.what:
            raise
        raise InstallError(
            f"the runtime does not go onto the board: {error.what}",
            where=repl.stream.url,
            remedy="Make room on its file system, or flash stock MicroPython again, then install again",
        ) from error
    if wrong:
        raise InstallError(
            f"after sending, {', '.join(wrong)} on the board differ from what was sent",
            where=repl.stream.url,
            remedy="Install again; if it happens twice, the board's flash may be worn out or full",
        )
    sent_bytes = sum(len(wanted[name]) for name in missing)
    skipped = tuple(name for name in wanted if name not in missing)
    return InstallReport(tuple(missing), skipped, strangers, sent_bytes)


def _survey(repl: Repl, wanted: dict[str, bytes]) -> dict[str, bytes]:
    """The contents of the runtime's files on the board; of files that are not wanted, the name only."""
    names = ast.literal_eval(_exec(repl, "import os\nprint(os.listdir())"))
    _exec(repl, _READ)
    own = [name for name in names if _OWN.fullmatch(name)]
    return {name: _contents(repl, name) if name in wanted else b"" for name in own}


def _contents(repl: Repl, name: str) -> bytes:
    return b"".join(ast.literal_eval(line) for line in _exec(repl, f"_read({name!r})").splitlines())


def _exec(repl: Repl, code: str) -> str:
    """Run `code`, and give what it printed; again where a lost byte made of it what does nothing."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return repl.exec(code)
        except LinkError as error:
            if not _is_garbled(error):
                raise
    return repl.exec(code)


def _is_garbled(error: LinkError) -> bool:
    """Whether the board says of our code what code of ours never does."""
    return any(kind in error.what for kind in _GARBLED)


def _write_piece(repl: Repl, name: str, part: bytes) -> None:
    """Append `part` to the open file, once the board has it as it was sent."""
    for _ in range(_ATTEMPTS):
        arrived = _exec(repl, f"_p = {part!r}\nprint(len(_p), sum(_p))").split()
        if arrived == [str(len(part)), str(sum(part))]:
            _exec(repl, "_f.write(_p)")
            return
    raise InstallError(
        f"a piece of {name} arrives damaged on the board, {_ATTEMPTS} times over",
        where=repl.stream.url,
        remedy="Try another cable or port, then install again",
    )


def _send(repl: Repl, files: list[tuple[str, bytes]], progress: Progress | None) -> None:
    total = sum(len(data) for _, data in files)
    done = 0
    for name, data in files:
        _exec(repl, f"_f = open({name!r}, 'wb')")
        for start in range(0, len(data), _PIECE):
            part = data[start : start + _PIECE]
            _write_piece(repl, name, part)
            done += len(part)
            if progress is not None:
                progress(name, done, total)
        _exec(repl, "_f.close()")


def prepare(repl: Repl) -> None:
    """Give the runtime all of the heap: nothing of an installation stays in it."""
    repl.soft_reset()
