"""The native kernel in its .mpy file, on stock MicroPython: equal to the bytecode kernel tick by tick."""

from __future__ import annotations

import pytest
from firmware_tools import build_kernels

from mycoflux.deploy import kernels
from tests.device.kernel_runs import Target, on_bytecode, on_kernel
from tests.device.test_viper import SIZES, on_every_target, random_runs, sized


@pytest.fixture
def built(monkeypatch, tmp_path):
    monkeypatch.setattr(kernels, "built", lambda _, arch: build_kernels.mpy(arch, tmp_path))


@on_every_target
def test_random_programs_are_equal(built: None, target: Target) -> None:
    runs = random_runs(range(200, 300), 6, 30) + random_runs(range(300, 330), 40, 30, proven=False)
    assert on_kernel(runs, target, "native") == on_bytecode(runs)


@on_every_target
def test_tables_of_every_format_and_row_length_are_equal(built: None, target: Target) -> None:
    runs = [sized(sources, targets, p) for sources, targets in SIZES for p in (0.05, 0.4, 1.0)]
    assert on_kernel(runs, target, "native") == on_bytecode(runs)
