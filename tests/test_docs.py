"""What the pages tell a reader to type runs as it is written."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mycoflux.resources import data_folder

ROOT = data_folder("examples").parent
PAGES = (
    "docs/architecture.md",
    "docs/circuit-files.md",
    "docs/cost.md",
    "docs/generators.md",
    "docs/partition.md",
    pytest.param("docs/incremental.md", marks=pytest.mark.virtual),
    pytest.param("docs/real-time.md", marks=pytest.mark.virtual),
    pytest.param("README.md", marks=pytest.mark.virtual),
)


def blocks(page: str, language: str = "") -> list[str]:
    """The fenced blocks of a page in a language; commands have none."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.S | re.M)
    return [text for kind, text in found if kind == language]


def commands(page: str) -> list[str]:
    """Those of our own, but for boards that nobody has plugged in."""
    lines = [line for block in blocks(page) for line in block.splitlines()]
    return [
        line for line in lines if line.startswith("mycoflux ") and "/dev/tty" not in line.partition("#")[0]
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader stands: the examples, a circuit of one's own, and the files that the pages show."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(ROOT / "examples" / "line_follower.py", tmp_path / "robot.py")
    (tmp_path / "robot.toml").write_text(blocks("docs/partition.md", "toml")[0])
    (tmp_path / "reflex.yaml").write_text(blocks("docs/circuit-files.md", "yaml")[0])
    (tmp_path / "reflex.py").write_text(blocks("README.md", "python")[0])
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_commands_run(page: str, folder: Path) -> None:
    typed = commands(page)
    assert typed
    if any("net.nir" in line for line in typed):
        typed.insert(0, "mycoflux export robot.py -o net.nir")
    ours = f"{sys.executable} -c 'from mycoflux.cli import main; main()' "
    for line in typed:
        done = subprocess.run(
            line.replace("mycoflux ", ours, 1),
            shell=True,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
        )
        assert done.returncode == 0, f"{page}: {line}\n{done.stderr}"


@pytest.mark.parametrize(
    "page",
    [
        "docs/incremental.md",
        "docs/generators.md",
        "docs/extensions.md",
        pytest.param("docs/real-time.md", marks=pytest.mark.virtual),
    ],
)
def test_programs_run(page: str, folder: Path) -> None:
    for text in blocks(page, "python"):
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, f"{page}:\n{text}\n{done.stderr}"


@pytest.mark.virtual
def test_the_bytes_that_readme_says_of_the_demo(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "mycoflux",
            "demo",
            "--seconds",
            "0.1",
            "--json",
            "--out",
            str(tmp_path / "out"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(ran.stdout)
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    (image,) = (line.split("|")[2] for line in lines if line.startswith("| image of the demo circuit"))
    (heap,) = (line.split("|")[2] for line in lines if line.startswith("| free heap of 192 KiB"))
    assert int(image.split()[0]) == said["image_bytes"]
    # A few objects more or less, by what the garbage collector takes for used.
    assert int(heap.split()[0].replace(",", "")) == pytest.approx(said["heap_free"], abs=128)
