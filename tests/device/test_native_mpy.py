"""The native kernel in its .mpy file, on stock MicroPython: equal to the bytecode kernel tick by tick."""

from __future__ import annotations

import pytest
from firmware_tools import build_kernels

from tests.device.kernel_runs import Target, on_bytecode, on_kernel
from tests.device.test_viper import SIZES, on_every_target, random_runs, sized


@on_every_target
def test_random_programs_are_equal(target: Target) -> None:
    runs = random_runs(range(200, 300), 6, 30) + random_runs(range(300, 330), 40, 30, proven=False)
    assert on_kernel(runs, target, "native") == on_bytecode(runs)


@on_every_target
def test_tables_of_every_format_and_row_length_are_equal(target: Target) -> None:
    runs = [sized(sources, targets, p) for sources, targets in SIZES for p in (0.05, 0.4, 1.0)]
    assert on_kernel(runs, target, "native") == on_bytecode(runs)


def test_what_is_built_is_what_was_recorded_with_its_sources() -> None:
    """On any machine; whether those sources give those files is the next test's."""
    said = build_kernels.RECORD.read_text()
    assert said == build_kernels.record(build_kernels.recorded_tools()), (
        "run python -m firmware_tools.build_kernels"
    )


@pytest.mark.parametrize("arch", build_kernels.ARCHS)
def test_the_sources_give_what_is_built(arch: str, tmp_path) -> None:
    """Byte for byte where the recorded tools are; others must at least build it, of much the same size."""
    kept = (build_kernels.BUILT / f"native-{arch}.mpy").read_bytes()
    made = build_kernels.mpy(arch, tmp_path)
    if build_kernels.tools(arch) == build_kernels.recorded_tools()[arch]:
        assert made == kept
    assert abs(len(made) - len(kept)) < len(kept) / 4
