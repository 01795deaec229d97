"""The folder of a mesh build: images as built, and a manifest that says all they do not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.spread import Options, Spread, spread
from mycoflux.deploy.manifest import NAME, write_mesh
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.errors import InvalidInput
from mycoflux.program.image import decode, encode
from tests.programs import random_circuit


def built(seed: int = 3) -> tuple[Spread, Mesh, dict[str, bytes]]:
    circuit = random_circuit(seed, max_size=30)
    mesh = Mesh(*(getattr(load_mesh("3xpico"), part) for part in ("nodes", "edges")), balance=1.0)
    made = spread(circuit, mesh, Options(stretch=True))
    assert len(made.program.bonds) > 1
    return made, mesh, {s.board: encode(s.program) for s in made.program.shares}


def numbers(runs: list[list[int]]) -> list[int]:
    return [n for first, end in runs for n in range(first, end)]


def test_the_manifest_says_all_that_the_images_do_not(tmp_path: Path) -> None:
    made, mesh, images = built()
    write_mesh(tmp_path / "out", made.program, mesh, images)
    manifest = json.loads((tmp_path / "out" / NAME).read_text())
    assert len((tmp_path / "out" / NAME).read_text().splitlines()) < 40
    assert manifest["format"] == 1 and manifest["neurons"] == made.program.whole.neurons
    assert {p.name for p in (tmp_path / "out").iterdir()} == {NAME, *(b["image"] for b in manifest["boards"])}
    for board, share in zip(manifest["boards"], made.program.shares, strict=True):
        image = (tmp_path / "out" / board["image"]).read_bytes()
        assert hashlib.sha256(image).hexdigest() == board["sha256"] and decode(image) == share.program
        assert numbers(board["neurons"]) == share.neurons[share.neurons >= 0].tolist()
        assert numbers(board["channels"]) == share.channels[share.channels >= 0].tolist()
    for told, bond in zip(manifest["bonds"], made.program.bonds, strict=True):
        assert numbers(told["sources"]) == bond.sources.tolist()
        assert (told["from"], told["to"], told["latency"]) == (bond.source, bond.target, bond.latency)
        assert np.array_equal(told["path"], bond.path)


def test_a_build_replaces_a_build_and_nothing_else(tmp_path: Path) -> None:
    made, mesh, images = built()
    folder = tmp_path / "out"
    write_mesh(folder, made.program, mesh, images)
    (folder / "old.myco").write_bytes(b"of a build before")
    write_mesh(folder, made.program, mesh, images)
    assert not (folder / "old.myco").exists() and len(list(tmp_path.iterdir())) == 1
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match=r"'thesis\.txt' would be lost"):
        write_mesh(folder, made.program, mesh, images)
    assert (folder / "thesis.txt").exists() and (folder / NAME).exists()
    (tmp_path / "file").write_text("")
    for wrong in (tmp_path / "file", tmp_path / "none" / "deeper"):
        with pytest.raises(InvalidInput, match="cannot be written"):
            write_mesh(wrong, made.program, mesh, images)
