"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from mycoflux.errors import InvalidInput


def write_whole(path: Path, write: Callable[[BinaryIO], object], what: str) -> None:
    """Write a file beside `path` with `write`, then put it in its place with its mode.

    A link is followed, not replaced.

    what: what the file is, for messages ("the image").

    Raises:
        InvalidInput: it cannot be written, or `path` is no ordinary file; nothing was changed then.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "no ordinary file"
        raise InvalidInput(
            f"{what} cannot be written: this is {kind}", where=str(path), remedy="Name another file"
        )
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
            write(cast(BinaryIO, file))
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException as error:  # an interruption too: nothing is left lying about
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise InvalidInput(
            f"{what} cannot be written: {error.strerror or error}",
            where=str(path),
            remedy="Name a file in a folder that exists and that you may write",
        ) from error


def write_bytes(path: Path, content: bytes, what: str) -> None:
    """Write `content` as `write_whole` does, which says what may go wrong."""
    write_whole(path, lambda file: file.write(content), what)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there.

    Raises:
        InvalidInput: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"the folder cannot be made: {error.strerror}",
            where=str(folder),
            remedy="Name another with --out",
        ) from error


def write_folder(folder: Path, files: Mapping[str, bytes], ours: Callable[[str], bool], what: str) -> None:
    """Make `folder` hold exactly `files`, all of them or none: one that is there is replaced at once.

    ours: whether a file of that name may be one that was written before; a folder with any other is left
    alone. what: what they are, for messages ("the images").

    Raises:
        InvalidInput: it cannot be written, or holds something else; nothing was changed then.
    """
    target = Path(os.path.realpath(folder))
    foreign = _foreign(target, ours)
    if foreign is not None:
        raise InvalidInput(
            f"{what} cannot be written: {foreign} would be lost",
            where=str(folder),
            remedy="Name another folder, or one that does not exist",
        )
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as aside:
            made, before = Path(aside) / "made", Path(aside) / "before"
            made.mkdir()
            for name, content in files.items():
                (made / name).write_bytes(content)
            if target.exists():
                target.replace(before)
            try:
                made.replace(target)
            except OSError:
                if before.exists():
                    before.replace(target)
                raise
    except OSError as error:
        raise InvalidInput(
            f"{what} cannot be written: {error.strerror or error}",
            where=str(folder),
            remedy="Name a folder in one that exists and that you may write",
        ) from error


def _foreign(folder: Path, ours: Callable[[str], bool]) -> str | None:
    """What of a folder is not ours to replace; None where nothing is."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        return f"the file '{folder.name}'"
    return next((f"'{entry.name}'" for entry in sorted(folder.iterdir()) if not _is_ours(entry, ours)), None)


def _is_ours(entry: Path, ours: Callable[[str], bool]) -> bool:
    return entry.is_file() and not entry.is_symlink() and ours(entry.name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
