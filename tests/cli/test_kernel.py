"""Every command that connects says which kernel the board runs, and which failed there and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mycoflux.cli.demo import demo
from mycoflux.cli.flash import flash
from mycoflux.cli.run import run
from mycoflux.deploy import kernels
from mycoflux.deploy.connect import connect
from mycoflux.resources import data_folder

pytestmark = pytest.mark.virtual
CIRCUIT = str(data_folder("examples") / "line_follower.py")


def by_run(real_time: bool) -> Callable[[str, Path, bool], None]:
    def command(url: str, folder: Path, as_json: bool) -> None:
        del folder
        run(CIRCUIT, board=url, seconds=0.02, real_time=real_time, plant=None, inputs=["line_left=0"], seed=0,
            out=None, check=True, as_json=as_json)  # fmt: skip

    return command


COMMANDS: dict[str, Callable[[str, Path, bool], None]] = {
    "flash": lambda url, folder, as_json: flash(CIRCUIT, board=url, as_json=as_json),
    "run": by_run(False),
    "run --real-time": by_run(True),
    "demo": lambda url, folder, as_json: demo(board=url, seconds=0.02, out=folder, as_json=as_json),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_kernel_and_those_that_failed_are_told(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, command = f"virtual:?root={tmp_path / 'board'}", COMMANDS[name]
    with connect(f"{url}&kernel=bytecode"):
        pass
    lines = kernels.for_arch("x64").lines()
    (tmp_path / "board" / "myco" / "suspects.txt").write_text(f"{lines['native']} hung")
    command(url, tmp_path / "out", False)
    said = " ".join(capsys.readouterr().err.split())
    assert "the kernel 'native' hangs this board and was left out: please report" in said
    assert "with kernel=native in the board's URL it is tried again" in said
    assert "kernel: viper" in said
    command(url, tmp_path / "out", True)
    printed = capsys.readouterr()
    data = json.loads(printed.out)
    assert (data["kernel"], data["kernels_failed"]) == ("viper", {"native": "hung"})
    assert "kernel: viper" not in printed.err and "'native' hangs this board" in " ".join(printed.err.split())


def test_where_the_runtime_has_one_kernel_it_has_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    by_run(True)("sim:", Path(), True)
    data = json.loads(capsys.readouterr().out)
    assert data["kernels_failed"] == {} and data["kernel"] in (None, "bytecode")
