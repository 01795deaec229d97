from __future__ import annotations

import re
from pathlib import Path

import pytest

from mycoflux.cli.folder import check_folder
from mycoflux.errors import InvalidInput


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("mine.npz", "mine"),
        ("there", "there-run"),
        ("there.html", "there-run"),
        ("there.v2", "there-run"),
        ("a.npz.png", "a-run"),
        ("there-run.json", "there-run"),
    ],
)
def test_the_remedy_names_a_folder_that_is_not_refused(name: str, instead: str, tmp_path: Path) -> None:
    for file in ("there", "there.v2"):
        (tmp_path / file).write_text("mine")
    with pytest.raises(InvalidInput) as caught:
        check_folder(tmp_path / name)
    found = re.search(r"`--out (.*)`", str(caught.value.remedy))
    assert found is not None and found[1] == str(tmp_path / instead)
    check_folder(Path(found[1]))


def test_folders_and_what_is_not_there_yet_are_taken(tmp_path: Path) -> None:
    (tmp_path / "runs.npz").mkdir()
    for out in (None, tmp_path, tmp_path / "runs.npz", tmp_path / "new"):
        check_folder(out)
