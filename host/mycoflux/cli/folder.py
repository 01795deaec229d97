"""`--out`: the folder that a command writes what it found into."""

from __future__ import annotations

from pathlib import Path

from mycoflux.errors import InvalidInput

_FILES = (".html", ".json", ".npz", ".png", ".svg", ".toml", ".yaml")


def check_folder(out: Path | None) -> None:
    """Refuse, before a run is begun, what names a file and so is not meant as a folder.

    Raises:
        InvalidInput: it is a file, or called like one of those that are written into such folders.
    """
    if out is None or out.is_dir():
        return
    if out.exists() or out.suffix.lower() in _FILES:
        raise InvalidInput(
            "--out names a folder, and this is a file"
            if out.exists()
            else "--out names a folder, not a file",
            where=str(out),
            remedy=f"Give the folder, as `--out {_other(out)}`; files in it have names of their own",
        )


def _other(out: Path) -> Path:
    """A name like `out` that is not refused."""
    other = out.with_suffix("") if out.suffix.lower() in _FILES else out
    while other.suffix.lower() in _FILES or (other.exists() and not other.is_dir()):
        other = other.with_name(f"{other.stem if other.suffix.lower() in _FILES else other.name}-run")
    return other
