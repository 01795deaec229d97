"""What numba compiled is found again only while nothing that it came from has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mycoflux.backends.reference import jit
from mycoflux.resources import package_folder

FILES = ["myco/arith.py", "myco/layout.py", "myco/models.py", "myco_hal/encoders.py"]


@pytest.mark.parametrize("file", FILES)
def test_a_constant_that_changed_is_not_taken_from_the_cache(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("myco", "myco_hal"):
        shutil.copytree(package_folder(package), tmp_path / package)
    monkeypatch.setattr(jit, "package_folder", lambda name: tmp_path / name)
    folder = jit._cache_folder.__wrapped__
    before = folder()
    assert folder() == before
    (tmp_path / file).write_text((tmp_path / file).read_text() + "\n# changed\n")
    assert folder() != before
