"""A build is its circuit's, not its process's: equal bytes whatever order sets and hashes have there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mycoflux.resources import data_folder

EXAMPLES = data_folder("examples")


def built(folder: Path, seed: int, *options: str) -> dict[str, bytes]:
    """Every file that `mycoflux build` writes of the walker in a process with that seed of hashes."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "mycoflux", "build", str(EXAMPLES / "walker.yaml"), *options],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        cwd=folder,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    files = {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}
    return files | {"told": done.stdout}


def test_processes_with_other_hash_seeds_build_the_same_bytes(tmp_path: Path) -> None:
    options = ("--boards", str(EXAMPLES / "two_picos.toml"), "--stretch", "--explain", "--draw", "mesh.svg")
    first, second = (built(tmp_path / f"mesh{seed}", seed, *options, "-o", "out") for seed in (1, 2))
    assert sum(name.endswith(".myco") for name in first) == 2
    assert first == second
    alone = [built(tmp_path / f"one{seed}", seed, "-o", "walker.myco") for seed in (1, 2)]
    assert "walker.myco" in alone[0] and "walker.myco.build.json" in alone[0]
    assert alone[0] == alone[1]
