"""The viper kernel stays within four times a C loop: 11 instructions an event on M0, 8.5 on M3 and M4."""

from __future__ import annotations

import pytest

from tests.device.kernel_counts import measured

IN_C = {"armv6m": 11.0, "armv7emsp": 8.5}


@pytest.mark.armv7
@pytest.mark.parametrize("arch", IN_C)
def test_instructions_of_the_loops(arch: str) -> None:
    found = measured("viper", arch)
    assert max(found.packed_25, found.packed_100, found.dense_25, found.dense_100) < 4 * IN_C[arch]
    # What docs/kernels.md says.
    assert found.packed_100 < 23
    assert found.dense_100 < 15.5
    assert found.wide_100 < 41
    assert found.neuron < 168
    assert found.quiet < 54
