"""What `build`, `flash` and `run` say of a program's cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import CIRCUIT, SLOW, mycoflux

LARGE = """
from mycoflux.circuit import *
circuit = Circuit("large")
cells = circuit.population("cells", 900, LIF())
circuit.connect(cells, cells, weight_v=0.0001, pattern=Random(0.3, seed=1), delay_s=0.020)
"""


@pytest.fixture
def large(tmp_path: Path) -> str:
    file = tmp_path / "large.py"
    file.write_text(LARGE)
    return str(file)


def test_build_for_a_board_says_what_it_costs(tmp_path: Path) -> None:
    built = mycoflux("build", CIRCUIT, "--board", "microbit", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    assert "of 10,048 bytes of heap: runtime" in built.stdout
    assert "us of 1,000 us (estimate)" in built.stdout  # nobody timed one; its memory was measured
    assert "too slow" not in built.stderr
    cost = json.loads(mycoflux("build", CIRCUIT, "--board", "microbit", "--json", cwd=tmp_path).stdout)[
        "cost"
    ]
    assert cost["memory"]["fits"] and cost["measured"] == ["instructions", "memory"]
    sizes = cost["memory"]
    assert sizes["runtime"] + sizes["image"] + sizes["buffers"] + sizes["free"] == sizes["heap"]
    assert cost["us"]["best"] < cost["us"]["typical"] < cost["us"]["worst"] < cost["dt_us"] == 1000


def test_what_is_too_slow_is_built_and_told(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    built = mycoflux("build", "slow.py", "--board", "pico", cwd=tmp_path)
    assert built.returncode == 0
    assert "too slow for real time" in built.stderr and "of 1,000 us a tick (estimate)" in built.stderr
    built = mycoflux("build", CIRCUIT, "--board", "pico", cwd=tmp_path)
    assert built.returncode == 0 and "too slow" not in built.stderr


@pytest.mark.parametrize("command", [("build", "--board", "virtual"), ("flash", "--board", "virtual:")])
def test_what_does_not_fit_is_refused_before_anything_is_written_or_sent(
    command: tuple[str, ...], large: str, tmp_path: Path
) -> None:
    name, *options = command
    refused = mycoflux(name, large, *options, cwd=tmp_path)
    assert refused.returncode == 2
    said = " ".join(refused.stderr.split())
    assert "does not fit on 'virtual'" in said and "projection 'cells' -> 'cells'" in said
    assert "large.py:5" in said and "fewer synapses" in said
    assert not (tmp_path / "large.myco").exists()


def test_run_refuses_it_too(large: str, tmp_path: Path) -> None:
    refused = mycoflux("run", large, "--board", "virtual:", "--json", cwd=tmp_path)
    assert refused.returncode == 2
    assert json.loads(refused.stdout or refused.stderr)["error"] == "does-not-fit"


@pytest.mark.parametrize(("kind", "says"), [("sim", "does not say what programs cost"), ("nope", "no board")])
def test_a_kind_without_figures_is_refused(kind: str, says: str, tmp_path: Path) -> None:
    refused = mycoflux("build", CIRCUIT, "--board", kind, cwd=tmp_path)
    assert refused.returncode == 2 and says in " ".join(refused.stderr.split())
    assert not list(tmp_path.iterdir())
