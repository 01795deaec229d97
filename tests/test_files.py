from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from mycoflux.errors import InvalidInput
from mycoflux.files import write_whole


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, MemoryError])
def test_an_interrupted_write_leaves_nothing_behind(error: type[BaseException], tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_bytes(b"before")

    def half(file: BinaryIO) -> None:
        file.write(b"half")
        raise error

    with pytest.raises(error):
        write_whole(target, half, "it")
    assert [f.name for f in tmp_path.iterdir()] == ["kept"] and target.read_bytes() == b"before"

    def full(file: BinaryIO) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(InvalidInput, match="No space"):
        write_whole(target, full, "it")
    assert [f.name for f in tmp_path.iterdir()] == ["kept"]


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o640)
    for target in (old, new):
        write_whole(target, lambda file: file.write(b"x"), "it")
    plain = tmp_path / "plain"
    plain.touch()
    assert old.stat().st_mode & 0o777 == 0o640
    assert new.stat().st_mode == plain.stat().st_mode
