"""The prompt of a board whose serial line has no checksum: a lost byte shows only in what has arrived.

What may not enter here: what is sent, and what for (`nano`, `nano_flash`).
"""

from __future__ import annotations

import ast

from mycoflux.errors import InstallError, LinkError
from mycoflux.link.repl import Repl

ATTEMPTS = 5
PIECE = 96  # bytes sent by one command; its text, at most four times as long, is on the heap with it

_GARBLED = (
    "SyntaxError",
    "IndentationError",
    "NameError",
    "AttributeError",
    "ImportError",
    "TypeError",
    "ValueError",
)


def run(repl: Repl, code: str) -> str:
    """Run `code`, and give what it printed; again where a lost byte made of it what does nothing."""
    for _ in range(ATTEMPTS - 1):
        try:
            return repl.exec(code)
        except LinkError as error:
            if not _is_garbled(error):
                raise
    return repl.exec(code)


def _is_garbled(error: LinkError) -> bool:
    """Whether the board says of our code what code of ours never does, or waits for the rest of it."""
    return any(kind in error.what for kind in (*_GARBLED, "stopped answering"))


def printed_bytes(repl: Repl, code: str) -> bytes:
    """The bytes that `code` prints, one literal a line."""
    return b"".join(ast.literal_eval(line) for line in run(repl, code).splitlines())


def run_with(repl: Repl, part: bytes, code: str, name: str) -> None:
    """Run `code` with `part`, a piece of `name`, as `_p`, once the board has it as it was sent."""
    for _ in range(ATTEMPTS):
        arrived = run(repl, f"_p = {part!r}\nprint(len(_p), sum(_p))").split()
        if arrived == [str(len(part)), str(sum(part))]:
            run(repl, code)
            return
    raise InstallError(
        f"a piece of {name} arrives damaged on the board, {ATTEMPTS} times over",
        where=repl.stream.url,
        remedy="Try another cable or port, then install again",
    )


def define(repl: Repl, source: str, name: str) -> None:
    """Run definitions that must not do other than they say: the board compiles them once they are whole."""
    text = source.encode()
    run(repl, "_s = b''")
    for start in range(0, len(text), PIECE):
        run_with(repl, text[start : start + PIECE], f"if len(_s) == {start}: _s += _p", name)
    run(repl, f"if len(_s) == {len(text)}: exec(_s)\n_s = _p = None")
