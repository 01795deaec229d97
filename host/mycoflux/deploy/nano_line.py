"""The prompt of a board whose serial line has no checksum: a lost byte shows only in what has arrived.

What may not enter here: what is sent, and what for (`nano`, `nano_flash`).
"""

from __future__ import annotations

import ast
from typing import Any

from mycoflux.errors import InstallError, LinkError
from mycoflux.link.repl import Repl

ATTEMPTS = 5
PIECE = 96  # bytes sent by one command; its text, at most four times as long, is on the heap with it

# What no command of ours raises; a quote that is lost can take all memory.
_GARBLED = (
    "SyntaxError",
    "IndentationError",
    "NameError",
    "AttributeError",
    "ImportError",
    "TypeError",
    "ValueError",
    "IndexError",
    "MemoryError",
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


def printed(repl: Repl, code: str) -> list[Any]:
    """The literals that `code` prints, one a line; again while they are none."""
    for _ in range(ATTEMPTS):
        try:
            return [ast.literal_eval(line) for line in run(repl, code).splitlines()]
        except (SyntaxError, ValueError):
            continue
    raise _unreliable(repl, "what the board answers makes no sense")


def printed_surely(repl: Repl, code: str) -> list[Any]:
    """The same, twice in a row: for what is decided upon."""
    answer = printed(repl, code)
    for _ in range(ATTEMPTS):
        before, answer = answer, printed(repl, code)
        if before and before == answer:
            return answer
    raise _unreliable(repl, "the board answers the same question differently every time")


def _unreliable(repl: Repl, what: str) -> InstallError:
    return InstallError(what, where=repl.stream.url, remedy="Try another cable or port, then install again")


def run_with(repl: Repl, part: bytes, code: str, name: str) -> None:
    """Run `code` with `part`, a piece of `name`, as `_p`, once the board has it as it was sent."""
    for _ in range(ATTEMPTS):
        arrived = run(repl, f"_p = {part!r}\nprint(len(_p), sum(_p))").split()
        if arrived == [str(len(part)), str(sum(part))]:
            run(repl, code)
            return
    raise _unreliable(repl, f"a piece of {name} arrives damaged on the board, {ATTEMPTS} times over")


def define(repl: Repl, source: str, name: str) -> None:
    """Run definitions that must not do other than they say: the board compiles them once they are whole."""
    text = source.encode()
    run(repl, "_s = b''")
    for start in range(0, len(text), PIECE):
        run_with(repl, text[start : start + PIECE], f"if len(_s) == {start}: _s += _p", name)
    run(repl, f"if len(_s) == {len(text)}: exec(_s)\n_s = _p = None")
