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
    if out is not None and _names_a_file(out):
        raise InvalidInput(
            "--out names a folder, and this is a file"
            if out.exists()
            else "--out names a folder, not a file",
            where=str(out),
            remedy=f"Give the folder, as `--out {_folder_like(out)}`; files in it have names of their own",
        )


def _names_a_file(out: Path) -> bool:
    return not out.is_dir() and (out.exists() or out.suffix.lower() in _FILES)


def _folder_like(out: Path) -> Path:
    other = out.with_name(out.stem)
    while _names_a_file(other):
        other = other.with_name(f"{other.stem}-run")
    return other
