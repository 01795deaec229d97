"""`mycoflux build --boards`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mycoflux.program.image import decode
from mycoflux.resources import data_folder
from tests.cli.test_cli import CIRCUIT, SLOW, mycoflux

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
    assert done.stdout.startswith("'LineFollower': 16 neurons")  # what was asked, not the table of parameters
    assert "threshold_v" not in done.stdout and " of 1,000 us (estimate)" in done.stdout
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
        (["--balance", "1.2"], "several boards"),
        (["--boards", "2xsim", "--balance", "0.9"], "greater than or equal to 1"),
        (["--boards", "2xsim", "--balance", "inf"], "the balance is inf"),
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
    (tmp_path / "slow.py").write_text(SLOW)
    told = mycoflux("build", "slow.py", "--boards", "2xpico", cwd=tmp_path)
    assert "pico0: too slow for real time" in told.stderr and "1,000 us a tick (estimate)" in told.stderr
    assert "pico1" not in told.stderr  # nothing is on it
    for circuit, boards in (("slow.py", "2xsim"), (CIRCUIT, "2xpico")):
        fast = mycoflux("build", circuit, "--boards", boards, cwd=tmp_path)
        assert fast.returncode == 0 and "too slow" not in fast.stderr


def test_a_small_circuit_fits_into_the_time_of_two_picos(tmp_path: Path) -> None:
    boards = '[boards.left]\nboard = "pico"\nbusy = 0.9\n[boards.right]\nboard = "pico"\nbusy = 0.9\n'
    (tmp_path / "robot.toml").write_text(boards + '[[links]]\nboards = ["left", "right"]\n')
    done = mycoflux("build", CIRCUIT, "--boards", "robot.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


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


def test_a_balance_spreads_what_fits_on_one_board(tmp_path: Path) -> None:
    walker = str(data_folder("examples") / "walker.yaml")

    def build(*options: str) -> tuple[dict[str, int], str]:
        done = mycoflux("build", walker, "--boards", "4xpico", "--json", *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return {b["board"]: b["neurons"] for b in json.loads(done.stdout)["boards"]}, done.stderr

    assert build("--stretch")[0] == {"pico0": 48}
    spread, told = build("--stretch", "--balance", "1.2")
    assert len(spread) == 4 and max(spread.values()) <= 1.2 * 48 / 4 and "balance: " not in told
    # Where delays keep all of it together, nobody has to find that out alone.
    whole, told = build("--balance", "1.2")
    assert whole == {"pico0": 48}
    assert "'pico0' has 4.00 times an even share, 1.2 asked" in told and "let them be stretched" in told


def test_a_board_that_cannot_take_its_part_is_named(tmp_path: Path) -> None:
    (tmp_path / "robot.toml").write_text(
        ROBOT.replace('"esp32"', '"esp32"\nbusy = 0.001').split("[ports]")[0]
    )
    command = ("build", CIRCUIT, "--boards", "robot.toml", "--balance", "1.2", "--stretch")
    done = mycoflux(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "'right' cannot take an even share" in done.stderr


def test_the_command_line_has_the_last_word_on_balance(tmp_path: Path) -> None:
    examples = data_folder("examples")
    command = ("build", str(examples / "walker.yaml"), "--boards", str(examples / "two_picos.toml"))
    done = mycoflux(*command, "--stretch", "--balance", "3", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["balance"]["asked"] == 3 and report["balance"]["times"] > 1.2
    assert sorted(b["neurons"] for b in report["boards"]) != [24, 24]


def test_a_build_for_boards_remembers_and_forgets(tmp_path: Path) -> None:
    def build(*options: str) -> str:
        done = mycoflux("build", CIRCUIT, "--boards", "2xsim", "-o", "out", *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    assert "re-emitted" not in build()
    assert "re-emitted 0 of 7 tables" in build()
    assert "re-emitted" not in build("--fresh")
    (memory,) = (tmp_path / "out").glob("*.build.json")
    memory.write_text("{")
    assert f"{memory.name}: not used" in build()
