"""The folder that is an emulated board's file system: `root=DIR` or a temporary one; a board at a time."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import BinaryIO

from mycoflux.errors import BoardBusy, BoardUrlError
from mycoflux.link.board_url import BoardUrl

with contextlib.suppress(ImportError):  # Windows: nothing there keeps two boards apart
    import fcntl


def given(url: BoardUrl) -> Path | None:
    """The folder of `root=DIR`, made if it was not there; None where the URL names none.

    Raises:
        BoardUrlError: it names nothing, or nothing that can be a folder.
    """
    text = url.options.get("root")
    if text is None:
        return None
    if not text:
        raise BoardUrlError("root= names no folder", where=url.text, remedy="Write root=DIR")
    root = Path(text).expanduser().resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BoardUrlError(
            f"{root} cannot be the board's file system ({error.strerror})",
            where=url.text,
            remedy="Give a folder you may write",
        ) from error
    return root


class BoardFolder:
    """A board's files, which no other board has while this is open.

    Args:
        url: of the board, for messages.
        root: an existing folder; None for a temporary one, removed on `close`.
        prefix: of a temporary folder's name.

    Raises:
        BoardBusy: another board has it.
    """

    def __init__(self, url: str, root: Path | None, prefix: str) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix=prefix) if root is None else None
        self.path = Path(self._temporary.name) if self._temporary else root or Path()
        self._lock = _locked(self.path, url)

    def close(self) -> None:
        """Let others have it; files that were not given are removed."""
        self._lock.close()
        if self._temporary is not None:
            self._temporary.cleanup()


def _locked(root: Path, url: str) -> BinaryIO:
    """The folder's lock file, held until it is closed: two boards in one folder would break each other."""
    try:
        lock = (root / ".in-use").open("wb")
    except OSError as error:
        raise BoardUrlError(
            f"{root} cannot be the board's file system ({error.strerror})",
            where=url,
            remedy="Give a folder you may write",
        ) from error
    try:
        if "fcntl" in globals():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise BoardBusy(
            f"another command runs a board in {root}",
            where=url,
            remedy="Wait for it to end, or give another folder with root=DIR",
        ) from error
    return lock
