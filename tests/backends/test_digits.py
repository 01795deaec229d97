"""A classifier from snnTorch's own export: integers lose less than a point, and agree image for image."""

from __future__ import annotations

import runpy

import pytest

from mycoflux.resources import data_folder


@pytest.mark.virtual
@pytest.mark.armv7
def test_integers_lose_less_than_a_point_and_agree_image_for_image() -> None:
    """500 images to the reference and in floats; the first of them to the slow ones, which say the same."""
    example = runpy.run_path(str(data_folder("examples") / "digits" / "evaluate.py"))
    shown = {"board virtual: (integers)": 8, "board armv7: (integers)": 8, "Lava, fixed_pt (integers)": 60}
    rows = {r.executor: r for r in example["evaluate"](500, {"virtual:": 8, "armv7:": 8}, to_lava=60)}
    assert shown.keys() < rows.keys()
    assert rows["snnTorch (floats)"].right > 0.95
    for name, row in rows.items():
        assert len(row.said) == shown.get(name, 500)
        if "integers" in name:
            assert row.as_reference == 1.0, name
    floats = min(rows["snnTorch (floats)"].right, rows["brian2 (floats)"].right)
    assert rows["reference (integers)"].right > floats - 0.01
    assert rows["brian2 (floats)"].as_reference > 0.98
