"""`mycoflux build --boards`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mycoflux.program.image import decode
from mycoflux.resources import data_folder
from tests.cli.test_cli import CIRCUIT, mycoflux

ROBOT = """
[boards.left]
board = "pico"
[boards.right]
board = "esp32"
[[links]]
boards = ["left", "right"]
[ports]
line_left = "left"
line_right = "right"
"""


def test_build_for_boards_explains_and_draws(tmp_path: Path) -> None:
    (tmp_path / "robot.toml").write_text(ROBOT)
    command = ("build", CIRCUIT, "--boards", "robot.toml", "--stretch", "-o", "out")
    done = mycoflux(*command, "--explain", "--draw", "mesh.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for told in ("board left (pico)", "port line_left: pinned", "port proximity: not pinned", "kept whole"):
        assert told in done.stdout
    assert "round-robin would be" in done.stdout and "stretched: " in done.stderr
    picture = (tmp_path / "mesh.svg").read_text()
    assert "<svg" in picture
    manifest = json.loads((tmp_path / "out" / "mesh.json").read_text())
    assert [b["board"] for b in manifest["boards"]] == ["left", "right"]
    for board in manifest["boards"]:
        assert decode((tmp_path / "out" / board["image"]).read_bytes())
    report = json.loads(mycoflux(*command, "--json", cwd=tmp_path).stdout)
    assert report["neurons"] == 16 and len(report["cells"]) > 2 and report["quantization"]
    assert {c["board"] for c in report["cells"]} == {"left", "right"}
    assert all("pinned" in c or "next_best" in c for c in report["cells"])
    again = mycoflux(*command, "--draw", "mesh.svg", cwd=tmp_path)
    assert again.returncode == 0 and (tmp_path / "mesh.svg").read_text() == picture


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--boards", "none.toml"], "there is no such mesh file"),
        (["--boards", "4pico"], "or write 4xpico"),
        (["--boards", "2xpicco"], "no board is called 'picco'"),
        (["--boards", "robot.toml"], "must share a board"),
        (["--stretch"], "several boards"),
        (["--boards", "2xsim", "--draw", "mesh.gif"], "a picture is SVG or PNG"),
        (["--boards", "2xsim", "-o", "robot.toml"], "would be lost"),
    ],
)
def test_what_cannot_be_built_is_told_and_writes_nothing(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "robot.toml").write_text(ROBOT)
    done = mycoflux("build", CIRCUIT, *arguments, cwd=tmp_path)
    assert done.returncode == 2 and says in done.stderr, done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["robot.toml"]


def test_boards_that_are_too_slow_for_real_time_are_named(tmp_path: Path) -> None:
    told = mycoflux("build", CIRCUIT, "--boards", "2xpico", cwd=tmp_path)
    assert "pico0: too slow for real time" in told.stderr and "1,000 us a tick (estimate)" in told.stderr
    assert "pico1" not in told.stderr  # nothing is on it
    fast = mycoflux("build", CIRCUIT, "--boards", "2xsim", cwd=tmp_path)
    assert fast.returncode == 0 and "too slow" not in fast.stderr


def test_a_folder_of_images_is_no_image(tmp_path: Path) -> None:
    assert mycoflux("build", CIRCUIT, "--boards", "2xsim", "-o", "out", cwd=tmp_path).returncode == 0
    done = mycoflux("inspect", "out", cwd=tmp_path)
    assert done.returncode == 2 and "Name one of the images in it" in done.stderr


def test_the_walker_stands_on_two_boards_as_its_mesh_file_says(tmp_path: Path) -> None:
    examples = data_folder("examples")
    done = mycoflux(
        *("build", str(examples / "walker.yaml"), "--boards", str(examples / "two_picos.toml")),
        *("--stretch", "--json", "-o", "walk"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    on = {p["port"]: p["board"] for p in report["ports"]}
    assert (on["legs[0]/hip"], on["legs[1]/hip"], on["legs[4]/hip"]) == ("front", "front", "back")
    assert {b["board"]: b["neurons"] for b in report["boards"]} == {"front": 24, "back": 24}
