"""A build is its circuit's, not its process's: equal bytes whatever order sets and hashes have there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mycoflux.resources import data_folder

WALKER = data_folder("examples") / "walker.yaml"
MESH = """
balance = 1.2
[boards.front]
board = "pico"
[boards.middle]
board = "pico"
[boards.back]
board = "pico"
[[links]]
boards = ["front", "middle"]
[[links]]
boards = ["middle", "back"]
[[links]]
boards = ["back", "front"]
[ports]
"legs[0]/hip" = "front"
"legs[1]/hip" = "front"
"legs[2]/hip" = "middle"
"legs[4]/hip" = "back"
"""


def built(folder: Path, seed: int, *options: str) -> dict[str, bytes]:
    """Every file that `mycoflux build` writes of the walker in a process with that seed of hashes."""
    folder.mkdir()
    (folder / "mesh.toml").write_text(MESH)
    done = subprocess.run(
        [sys.executable, "-m", "mycoflux", "build", str(WALKER), *options],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        cwd=folder,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    files = {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}
    return files | {"told": done.stdout}


def test_processes_with_other_hash_seeds_build_the_same_bytes(tmp_path: Path) -> None:
    options = ("--boards", "mesh.toml", "--stretch", "--explain", "--draw", "mesh.svg", "-o", "out")
    first, second = (built(tmp_path / f"mesh{seed}", seed, *options) for seed in (1, 2))
    assert sum(name.endswith(".myco") for name in first) == 3
    assert first == second
    alone = [built(tmp_path / f"one{seed}", seed, "-o", "walker.myco") for seed in (1, 2)]
    assert "walker.myco" in alone[0] and "walker.myco.build.json" in alone[0]
    assert alone[0] == alone[1]
