"""What all tests share: random programs, and the boards that they run on."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("NUMBA_NUM_THREADS", str(max(2, os.cpu_count() or 1)))  # read when numba is imported

from mycoflux.deploy.connect import Connected, connect

BOARDS = [
    pytest.param("sim:"),
    pytest.param("virtual:", marks=pytest.mark.virtual),
    pytest.param("virtual:?kernel=viper", marks=pytest.mark.virtual),
    pytest.param("virtual:?kernel=bytecode", marks=pytest.mark.virtual),
    pytest.param("armv7:", marks=pytest.mark.armv7),
    pytest.param("microbit-qemu:", marks=pytest.mark.microbit),
]


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: tests wait for boards' serial lines."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


@pytest.fixture(autouse=True, scope="module")
def libraries_are_not_collected() -> None:
    """The runtime collects garbage at every transfer: in this process that would walk brian2 and Lava."""
    gc.collect()
    gc.freeze()


@pytest.fixture(params=BOARDS)
def any_board(request: pytest.FixtureRequest) -> Iterator[Connected]:
    """Each kind of board in turn, with the runtime running and no program."""
    with connect(request.param) as connected:
        yield connected


@pytest.fixture
def virtual_board() -> Iterator[Connected]:
    """Real MicroPython with the runtime running."""
    with connect("virtual:") as connected:
        yield connected
