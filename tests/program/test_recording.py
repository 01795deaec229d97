from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mycoflux.errors import InvalidInput
from mycoflux.program.recording import Recording
from mycoflux.validate.plots import plot_run


def recording(ticks: int = 50) -> Recording:
    rng = np.random.default_rng(1)
    return Recording(
        0.001,
        ("a", "b"),
        rng.integers(0, 4096, (ticks, 2)).astype(np.int16),
        ("m",),
        rng.integers(0, 4096, (ticks, 1)).astype(np.int16),
        np.arange(0, ticks, 5, dtype=np.int32),
        np.arange(0, ticks, 5, dtype=np.int32) % 3,
        (("p", 0, 2), ("q", 2, 1)),
        {"x_m": np.linspace(0, 1, ticks)},
        "sim:",
        12345,
    )


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    saved = recording()
    saved.save(tmp_path / "r.npz")
    loaded = Recording.load(tmp_path / "r.npz")
    for name, value in vars(saved).items():
        other = getattr(loaded, name)
        if isinstance(value, np.ndarray):
            assert np.array_equal(value, other) and value.dtype == other.dtype, name
        elif name == "plant":
            assert np.array_equal(value["x_m"], other["x_m"])
        else:
            assert value == other, name
    assert [p.name for p in tmp_path.iterdir()] == ["r.npz"]


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    recording().save(path)
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        with pytest.raises(InvalidInput, match="no recording"):
            Recording.load(path)
    np.savez(path, other=np.zeros(3))
    with pytest.raises(InvalidInput):
        Recording.load(path)
    with pytest.raises(InvalidInput):
        Recording.load(tmp_path / "none.npz")
    path.write_text("<svg/>")
    with pytest.raises(InvalidInput, match="of another kind"):
        Recording.load(path)


def test_a_recording_without_a_plane_has_two_pictures(tmp_path: Path) -> None:
    files = plot_run(recording(), tmp_path)
    assert [f.name for f in files] == ["raster.png", "duty.png"]
    assert all(f.read_bytes().startswith(b"\x89PNG") for f in files)
