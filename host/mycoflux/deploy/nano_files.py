"""The micro:bit's files over its prompt: read, written in small pieces, and read back whole.

What may not enter here: which files, and what for (`nano`).
"""

from __future__ import annotations

from mycoflux.deploy.nano_line import ATTEMPTS, PIECE, printed, printed_surely, run, run_with
from mycoflux.deploy.runtime import Progress
from mycoflux.errors import InstallError
from mycoflux.link.repl import Repl

_CHUNK = 126  # bytes of a file in each of the file system's pieces; the first holds two more and the name
_READ = """
def _read(n):
    f = open(n, 'rb')
    while True:
        b = f.read(64)
        if not b: break
        print(b)
    f.close()
"""


def chunks(name: str, size: int) -> int:
    """Pieces of the file system that a file of `size` bytes takes."""
    return (2 + len(name) + size) // _CHUNK + 1


def names(repl: Repl) -> list[str]:
    """The board's files."""
    listed: list[str] = printed_surely(repl, "import os\nprint(os.listdir())")[0]
    return listed


def remove(repl: Repl, name: str) -> None:
    """Remove a file that is there."""
    run(repl, f"import os\nos.remove({name!r})")


def contents(repl: Repl, name: str) -> bytes:
    """What a file holds, as far as the line brings it whole."""
    return b"".join(printed(repl, _reading(name)))


def surely(repl: Repl, name: str) -> bytes:
    """The same, twice in a row."""
    size = run(repl, f"import os\nprint(os.size({name!r}))").strip()
    return b"".join(printed_surely(repl, _reading(name))) if size != "0" else b""


def _reading(name: str) -> str:
    return f"{_READ}\n_read({name!r})\ndel _read"


def write(repl: Repl, files: dict[str, bytes], progress: Progress | None = None) -> None:
    """Write files and read them back, again where a byte was lost.

    Raises:
        InstallError: one still differs.
        LinkError: the board refuses; its message names the board's error.
    """
    wrong = files
    for _ in range(ATTEMPTS):
        _send(repl, wrong, progress)
        wrong = {name: data for name, data in wrong.items() if contents(repl, name) != data}
        if not wrong:
            return
    raise InstallError(
        f"after sending, {', '.join(wrong)} on the board differ from what was sent",
        where=repl.stream.url,
        remedy="Install again; if it happens twice, the board's flash may be worn out or full",
    )


def _send(repl: Repl, files: dict[str, bytes], progress: Progress | None) -> None:
    total = sum(len(data) for data in files.values())
    done = 0
    for name, data in files.items():
        run(repl, f"_f = open({name!r}, 'wb')")
        for start in range(0, len(data), PIECE):
            part = data[start : start + PIECE]
            run_with(repl, part, "_f.write(_p)", name)
            done += len(part)
            if progress is not None:
                progress(name, done, total)
        run(repl, "_f.close()")
