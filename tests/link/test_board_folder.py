"""A folder is the file system of one emulated board at a time, of whatever kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from mycoflux.errors import BoardBusy, BoardUrlError
from mycoflux.link.urls import open_stream

KINDS = ("sim:", "virtual:")


@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize("one", KINDS)
def test_a_folder_that_a_board_has_is_busy_until_it_is_closed(one: str, other: str, tmp_path: Path) -> None:
    with (
        open_stream(f"{one}?root={tmp_path}"),
        pytest.raises(BoardBusy, match="another command") as caught,
    ):
        open_stream(f"{other}?root={tmp_path}")
    assert caught.value.exit_code == 1
    open_stream(f"{other}?root={tmp_path}").close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_folder_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(BoardUrlError, match="cannot be the board's file system"):
        open_stream(f"{kind}?root={tmp_path / 'file'}")
    with pytest.raises(BoardUrlError, match="names no folder"):
        open_stream(f"{kind}?root=")
    assert (tmp_path / "file").read_text() == "kept"
