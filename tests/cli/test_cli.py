from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mycoflux.resources import data_folder

CIRCUIT = str(data_folder("examples") / "line_follower.py")


def mycoflux(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from mycoflux.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.mark.parametrize("command", ["demo", "build", "inspect", "flash", "run", "boards"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = mycoflux(command, "--help")
    assert done.returncode == 0
    assert f"mycoflux {command}" in done.stdout


def test_build_and_inspect(tmp_path: Path) -> None:
    built = mycoflux("build", CIRCUIT, "-o", "robot.myco", "--json", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    report = json.loads(built.stdout)
    assert report["neurons"] == 16
    assert report["image_bytes"] == (tmp_path / "robot.myco").stat().st_size
    assert max(e["error"] for e in report["quantization"] if e["asked"]) < 0.05
    shown = json.loads(mycoflux("inspect", "robot.myco", "--json", cwd=tmp_path).stdout)
    assert shown["neurons"] == 16
    assert "brake_left" in mycoflux("inspect", "robot.myco", cwd=tmp_path).stdout
    assert "proven: stop" in mycoflux("build", CIRCUIT, cwd=tmp_path).stdout


@pytest.mark.virtual
def test_flash_and_run(tmp_path: Path) -> None:
    url = f"virtual:?root={tmp_path / 'board'}"
    first = json.loads(mycoflux("flash", CIRCUIT, "--board", url, "--json").stdout)
    assert first["files_sent"] and first["program_bytes_sent"] > 0 and first["heap_free"] > 100_000
    second = json.loads(mycoflux("flash", CIRCUIT, "--board", url, "--json").stdout)
    assert (second["files_sent"], second["program_bytes_sent"]) == ([], 0)
    ran = mycoflux(
        "run", CIRCUIT, "-b", url, "-i", "line_left=3000", "--seconds", "0.3", "--out", "o", cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert "brake_left" in ran.stdout and "spikes identical to reference" in ran.stdout
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == ["duty.png", "raster.png", "recording.npz"]


@pytest.mark.virtual
def test_demo(tmp_path: Path) -> None:
    done = mycoflux("demo", "--seconds", "0.5", "--out", "d", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["reference"]["spikes"] == result["reference"]["spikes_identical"] > 100
    assert (tmp_path / "d" / "path.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["build", "none.py"], 2, "no such circuit file"),
        (["inspect", "none.myco"], 2, "cannot be read"),
        (["inspect", CIRCUIT], 2, "not a mycoflux program image"),
        (["flash", CIRCUIT, "-b", "/dev/ttyNOTHERE"], 1, "/dev/ttyNOTHERE"),
        (["flash", CIRCUIT, "-b", "moon:"], 2, "no board has such a URL"),
        (["run", CIRCUIT, "-b", "sim:", "-i", "nose=3"], 2, "is not NAME=0..4095"),
        (["run", CIRCUIT, "-b", "sim:", "--plant", "moon"], 2, "no plant 'moon'"),
        (["build"], 2, "Missing argument"),
    ],
)
def test_wrong_input_ends_with_its_code_and_a_remedy(
    arguments: list[str], code: int, says: str, tmp_path: Path
) -> None:
    done = mycoflux(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_errors_are_json_where_json_was_asked(tmp_path: Path) -> None:
    done = mycoflux("inspect", "none.myco", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] == "image"
