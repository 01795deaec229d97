"""Every command that takes a circuit takes a circuit file, with values for its parameters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mycoflux.resources import data_folder
from tests.cli.test_cli import mycoflux

EXAMPLES = data_folder("examples")
PYTHON, YAML, LEG = (str(EXAMPLES / name) for name in ("line_follower.py", "line_follower.yaml", "leg.yaml"))


def test_yaml_is_built_run_and_validated_like_python(tmp_path: Path) -> None:
    for source, image in ((PYTHON, "a.myco"), (YAML, "b.myco")):
        assert mycoflux("build", source, "-o", image, cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.myco").read_bytes() == (tmp_path / "b.myco").read_bytes()
    run = ("-b", "sim:", "-i", "line_left=3000", "--seconds", "0.1", "--json")
    assert mycoflux("run", YAML, *run).stdout == mycoflux("run", PYTHON, *run).stdout
    validated = mycoflux("validate", YAML, "--seconds", "0.1", "--json")
    assert json.loads(validated.stdout)["accepted"] is True


def test_export_goes_both_ways_by_suffix(tmp_path: Path) -> None:
    pytest.importorskip("nir")
    assert mycoflux("export", PYTHON, "-o", "a.yaml", cwd=tmp_path).returncode == 0
    assert mycoflux("build", "a.yaml", "-o", "a.myco", cwd=tmp_path).returncode == 0
    assert mycoflux("build", PYTHON, "-o", "b.myco", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.myco").read_bytes() == (tmp_path / "b.myco").read_bytes()
    digits = str(EXAMPLES / "digits" / "digits.nir")
    made = mycoflux("export", digits, "--dt", "0.0001", "-o", "digits.yaml", "--json", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    for source, more in (("digits.yaml", ()), (digits, ("--dt", "0.0001"))):
        done = mycoflux("build", source, *more, "-o", f"{Path(source).suffix}.myco", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / ".yaml.myco").read_bytes() == (tmp_path / ".nir.myco").read_bytes()


def test_parameters_are_set_on_the_command_line(tmp_path: Path) -> None:
    def weights(*words: str) -> bytes:
        done = mycoflux("build", LEG, "-o", "x.myco", *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return (tmp_path / "x.myco").read_bytes()

    assert weights() == weights("--set", "inhibition_v=0.030") != weights("--set", "inhibition_v=0.02")
    (tmp_path / "r.py").write_text(
        "from mycoflux.circuit import *\n"
        "class Robot(Circuit):\n    n = 2\n    def build(self): self.population('p', self.n, LIF())\n"
    )
    built = mycoflux("build", "r.py", "--set", "n=5", "--json", cwd=tmp_path)
    assert json.loads(built.stdout)["neurons"] == 5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build", "x.myco"], "a program image, not a circuit"),
        (["export", "x.myco", "-o", "x.yaml"], "a program image, not a circuit"),
        (["validate", "x.myco"], "a program image, not a circuit"),
        (["export", "net.nir"], "a NIR graph already"),
        (["export", YAML, "-o", "x.txt"], "no kind of file"),
        (["export", YAML, "-o", YAML], "the circuit file itself"),
        (["build", f"{YAML}:Robot"], "names none"),
        (["build", "none.yaml"], "cannot be read"),
        (["build", YAML, "--dt", "0.001"], "only NIR files"),
        (["build", YAML, "--set", "speed=1"], "no parameter 'speed'"),
        (["build", LEG, "--set", "drive_v"], "is no setting"),
        (["build", LEG, "--set", "drive_v=1", "--set", "drive_v=2"], "set already"),
        (["build", LEG, "--set", "drive_v=7"], "at most 0.1 V"),
        (["build", PYTHON, "--set", "drive_v=7"], "no parameter 'drive_v'"),
        (["run", "x.myco", "--set", "drive_v=7"], "an image has no parameters"),
        (["build", YAML, "--speed", "1"], "No such option"),
    ],
)
def test_wrong_arguments_are_told_as_json_too(arguments: list[str], says: str, tmp_path: Path) -> None:
    (tmp_path / "x.myco").write_bytes(b"MYCO\x02\x00\x00\x00")
    done = mycoflux(*arguments, "--json", cwd=tmp_path)
    error = json.loads(done.stdout)
    assert (done.returncode, error["exit_code"]) == (2, 2)
    assert says in f"{error['what']}. {error['remedy']}"
    assert [file.name for file in tmp_path.iterdir()] == ["x.myco"]


def test_wrong_nir_options_name_the_file_and_no_line_of_ours(tmp_path: Path) -> None:
    pytest.importorskip("nir")
    digits = str(EXAMPLES / "digits" / "digits.nir")
    done = mycoflux("build", digits, "--dt", "-1", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["where"] == digits


def test_a_run_without_readings_says_that_all_are_0() -> None:
    done = mycoflux("run", YAML, "-b", "sim:", "--seconds", "0.01", "--json")
    assert "all readings are 0" in done.stderr and json.loads(done.stdout)["ticks"] == 10
    given = mycoflux("run", YAML, "-b", "sim:", "--seconds", "0.01", "-i", "proximity=1")
    assert "all readings" not in given.stderr
