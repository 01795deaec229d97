"""Where in the author's own file a part was written, so that every message can name the line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_HERE = str(Path(__file__).parent)
_PACKAGE = str(Path(__file__).parent.parent)
_given: ContextVar[str | None] = ContextVar("origin", default=None)


@contextmanager
def at(place: str | None) -> Iterator[None]:
    """Within the block, `origin` is `place`: a file that is no Python is being read; None ends that."""
    token = _given.set(place)
    try:
        yield
    finally:
        _given.reset(token)


def origin() -> str:
    """What `at` says; else `file:line` of the innermost caller outside this package.

    "" if there is none, or if it is mycoflux itself: its lines are not the author's.
    """
    given = _given.get()
    if given is not None:
        return given
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((_HERE, "<")):
            return "" if name.startswith(_PACKAGE) else f"{Path(name).name}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""
