"""The runtime's files, as one bundle with a name made from its bytes, and how they get onto a board."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mycoflux import resources
from mycoflux.deploy.inline import inline
from mycoflux.errors import InstallError, LinkError
from mycoflux.link.repl import Repl
from mycoflux.link.stream import ByteStream

Progress = Callable[[str, int, int], None]  # file, bytes done, bytes in all

# A chunk's repr and the bytes it makes are on the board's heap at once.
_CHUNK = 1024
_NEW = ".new"  # a file that is not whole yet
_ON_DEMAND = "drivers"  # a folder that goes to boards whose program uses it, file by file
NAME_FILE = "myco/bundle.py"  # always last, so that a board never claims a bundle it has in part

# The two snippets below run on the board. Nothing they import or define outlives them but `_f`.
_LIST = """
def _list(paths, folders):
    import hashlib, os
    buffer = bytearray(512)
    view = memoryview(buffer)
    for path in paths:
        try:
            with open(path, 'rb') as f:
                h = hashlib.sha256()
                while True:
                    n = f.readinto(buffer)
                    if not n:
                        break
                    h.update(view[:n])
            d = h.digest()
            print(repr((path, ''.join('%02x' % b for b in d))))
        except OSError:
            pass
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            print(repr((folder + '/' + name, '')))
"""

_REMOVE = """
def _remove(paths):
    import os
    for path in paths:
        try:
            os.remove(path)
        except OSError:
            pass
"""

_MAKE = """
def _make(folders):
    import os
    for path in folders:
        try:
            os.mkdir(path)
        except OSError:
            pass
"""


@dataclass(frozen=True)
class Bundle:
    """Files that belong together on a board."""

    files: tuple[tuple[str, bytes], ...]  # path on the board and contents, in the order of sending
    id: bytes  # first 8 bytes of the SHA-256 over names and contents, NAME_FILE left out

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders on the board that belong to the bundle alone."""
        return tuple(sorted({path.rpartition("/")[0] for path, _ in self.files} - {""}))


@dataclass(frozen=True)
class InstallReport:
    """What an installation did."""

    sent: tuple[str, ...]
    skipped: tuple[str, ...]  # were on the board already
    removed: tuple[str, ...]  # of an older bundle, or half written
    sent_bytes: int
    id: bytes  # of the bundle that is now on the board
    note: str = ""  # what the user should know of how it went

    def followed_by(self, later: InstallReport) -> InstallReport:
        """What both did, one after the other."""
        return InstallReport(
            sent=(*self.sent, *later.sent),
            skipped=tuple(path for path in later.skipped if path not in self.sent),
            removed=(*self.removed, *later.removed),
            sent_bytes=self.sent_bytes + later.sent_bytes,
            id=later.id,
            note=self.note or later.note,
        )


def bundle_for(runtime: str, more: Mapping[str, bytes] | None = None, tag: str = "") -> Bundle:
    """The files of `runtime`, as this mycoflux has them.

    more: files besides, by path. tag: tells apart bundles of the same files (see `make_bundle`).

    "nano" boards have no folders and no hashlib: their files are put on them by another module.

    Raises:
        InstallError: no such runtime.
    """
    if runtime != "myco":
        raise InstallError(
            f"no bundle for the runtime '{runtime}'", remedy="Choose a board of the runtime 'myco'"
        )
    small = inline(modules())
    files = {path: small[_dotted(path)].encode() for path in _files()}
    return make_bundle(files | dict(more or {}), tag)


def modules() -> dict[str, str]:
    """The sources of the runtime "myco" as they were written, by dotted name of the module."""
    return {_dotted(path): source for path, source in _files().items()}


def _files() -> dict[str, str]:
    """The same by path on the board."""
    return {
        path: file.read_text(encoding="utf-8")
        for folder in map(resources.package_folder, ("myco", "myco_hal"))
        for file in sorted(folder.rglob("*.py"))
        if _ON_DEMAND not in file.relative_to(folder).parts
        and (path := f"{folder.name}/{file.relative_to(folder).as_posix()}") != NAME_FILE
    }


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def make_bundle(files: dict[str, bytes], tag: str = "") -> Bundle:
    """A bundle of `files`, with its name in NAME_FILE at the end.

    tag: bundles of different tags have different names, though their files are the same.
    """
    content = tuple(sorted(files.items()))
    digest = hashlib.sha256(tag.encode())
    for path, data in content:
        digest.update(
            len(path).to_bytes(4, "little") + path.encode() + len(data).to_bytes(4, "little") + data
        )
    name = digest.digest()[:8]
    return Bundle((*content, (NAME_FILE, b"ID = " + repr(name).encode() + b"\n")), name)


def install(board: ByteStream | Repl, bundle: Bundle, progress: Progress | None = None) -> InstallReport:
    """Bring the board's files to exactly `bundle`, sending only what differs.

    Each file is written under another name and renamed when whole, so an interruption leaves the old file
    or the new one, and installing again repairs it.

    Raises:
        InstallError: the board's file system refuses, or holds something else afterwards.
        BoardError: the board is lost, or is not MicroPython.
    """
    repl = board if isinstance(board, Repl) else Repl(board)
    repl.enter()
    try:
        return _Installation(repl, bundle, progress).run()
    except LinkError as error:
        if "OSError" not in error.what and "MemoryError" not in error.what:
            raise
        raise InstallError(
            f"the runtime does not go onto the board: {error.what}",
            where=repl.stream.url,
            remedy="Make room on its file system (errno 28 is 'full'), or reset it, then install again",
        ) from error


class _Installation:
    """One installation on one board."""

    def __init__(self, repl: Repl, bundle: Bundle, progress: Progress | None) -> None:
        self._repl, self._bundle, self._progress = repl, bundle, progress
        self._wanted = {path: hashlib.sha256(data).hexdigest() for path, data in bundle.files}

    def run(self) -> InstallReport:
        there, strangers = self._survey()
        missing = [(path, data) for path, data in self._bundle.files if there.get(path) != self._wanted[path]]
        # A stale name goes first: a runtime in between two bundles has none.
        doomed = [*strangers, *([NAME_FILE] if NAME_FILE in there and NAME_FILE in dict(missing) else [])]
        if doomed:
            self._repl.exec(f"{_REMOVE}\n_remove({doomed!r})\ndel _remove")
        if missing:
            folders = sorted(_with_parents(self._bundle.folders))
            self._repl.exec(f"{_MAKE}\n_make({folders!r})\ndel _make")
            self._send(missing)
            self._verify()
        sent = tuple(path for path, _ in missing)
        return InstallReport(
            sent=sent,
            skipped=tuple(path for path in self._wanted if path not in sent),
            removed=tuple(strangers),
            sent_bytes=sum(len(data) for _, data in missing),
            id=self._bundle.id,
        )

    def _survey(self) -> tuple[dict[str, str], list[str]]:
        """The hashes of the bundle's files on the board; and files in its folders that are not its own."""
        paths, folders = list(self._wanted), list(self._bundle.folders)
        printed = self._repl.exec(f"{_LIST}\n_list({paths!r}, {folders!r})\ndel _list", timeout_s=60)
        there: dict[str, str] = {}
        strangers: list[str] = []
        for line in printed.splitlines():
            path, digest = ast.literal_eval(line)
            if digest:
                there[path] = digest
            elif path not in self._wanted and path.endswith((".py", ".mpy", _NEW)):
                strangers.append(path)
        return there, strangers

    def _send(self, files: list[tuple[str, bytes]]) -> None:
        total = sum(len(data) for _, data in files)
        done = 0
        for path, data in files:
            self._repl.exec(f"_f = open({path + _NEW!r}, 'wb')")
            for start in range(0, len(data), _CHUNK):
                part = data[start : start + _CHUNK]
                self._repl.exec(f"_n = _f.write({part!r})\nif _n != {len(part)}: raise OSError(28)")
                done += len(part)
                if self._progress is not None:
                    self._progress(path, done, total)
            self._repl.exec(f"_f.close()\ndel _f\nimport os\nos.rename({path + _NEW!r}, {path!r})")

    def _verify(self) -> None:
        there, strangers = self._survey()
        wrong = [path for path, digest in self._wanted.items() if there.get(path) != digest] + strangers
        if wrong:
            raise InstallError(
                f"after sending, {', '.join(wrong)} on the board differ from what was sent",
                where=self._repl.stream.url,
                remedy="Install again; if it happens twice, the board's flash may be worn out or full",
            )


def _with_parents(folders: tuple[str, ...]) -> set[str]:
    """The folders and every folder above them; sorted, each comes after the one that holds it."""
    parts = (folder.split("/") for folder in folders)
    return {"/".join(names[: end + 1]) for names in parts for end in range(len(names))}
