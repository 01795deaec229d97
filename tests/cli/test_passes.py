"""`mycoflux build --print`: what passes make, on stdout, though a later one may fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from mycoflux.compiler.passes import ONE_BOARD, PASSES, SEVERAL_BOARDS
from tests.cli.test_cli import CIRCUIT, mycoflux
from tests.compiler.test_golden import HERE

GOLDEN = str(HERE / "circuit.yaml")


@pytest.mark.parametrize("name", ["resolve", "quantize", "emit"])
def test_a_pass_is_printed_as_it_stands_and_nothing_else(name: str, tmp_path: Path) -> None:
    done = mycoflux("build", GOLDEN, "--print", name, "-o", "out.myco", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (HERE / f"{name}.txt").read_text("utf-8")
    assert "out.myco: " in done.stderr and (tmp_path / "out.myco").exists()


def test_passes_for_several_boards(tmp_path: Path) -> None:
    mesh = ("--boards", str(HERE / "mesh.toml"), "-o", "out")
    done = mycoflux("build", GOLDEN, *mesh, "--print", "place", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (HERE / "place.txt").read_text("utf-8") and "out: " in done.stderr


@pytest.mark.parametrize(("options", "names"), [((), ONE_BOARD), (("--boards", "2xsim"), SEVERAL_BOARDS)])
def test_all_passes_have_a_heading_each(
    options: tuple[str, ...], names: tuple[str, ...], tmp_path: Path
) -> None:
    done = mycoflux("build", CIRCUIT, *options, "--print", "all", "-o", "out", cwd=tmp_path)
    heads = [line for line in done.stdout.splitlines() if line.startswith("== ")]
    assert heads == [f"== {name}: {PASSES[name]} ==" for name in names]


def test_what_was_made_before_a_pass_failed_is_printed(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text(
        "from mycoflux.circuit import *\n"
        "short = Circuit('short')\n"
        "a = short.sensor('a', Spike(), 1)\n"
        "b = short.sensor('b', Spike(), 1)\n"
        "cells = short.population('cells', 2, LIF(threshold_v=1.0))\n"
        "short.connect(a, cells, weight_v=0.5)\n"
        "short.connect(b, cells, weight_v=0.5)\n"
    )
    (tmp_path / "apart.toml").write_text(
        '[boards.x]\nboard = "sim"\n[boards.y]\nboard = "sim"\n[[links]]\nboards = ["x", "y"]\n'
        '[ports]\na = "x"\nb = "y"\n'
    )
    command = ("build", "short.py", "--boards", "apart.toml", "--print", "bound", "--print", "shares")
    done = mycoflux(*command, cwd=tmp_path)
    assert done.returncode == 2 and "must share a board" in done.stderr
    assert done.stdout.startswith("== bound: ") and "== shares" not in done.stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--print", "bond"], "Did you mean 'bound'?"),
        (["--print", "place"], "that pass is for several boards"),
        (["--print", "emit", "--boards", "2xsim"], "that pass is for one board"),
        (["--print", "emit", "--json"], "Give one of them"),
    ],
)
def test_what_cannot_be_printed_is_refused(options: list[str], says: str, tmp_path: Path) -> None:
    done = mycoflux("build", CIRCUIT, *options, cwd=tmp_path)
    assert done.returncode == 2 and says in done.stderr + done.stdout
    assert not list(tmp_path.iterdir())
