"""What each pass makes of one small circuit, as text, against what it made when a person last read it.

A change on purpose: `python -m tests.compiler.test_golden` writes the files again; read their difference.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mycoflux.circuit.file.reader import read_circuit
from mycoflux.compiler.bound import bound
from mycoflux.compiler.emit import emit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.compiler.spread import spread
from mycoflux.compiler.text import as_text
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.program.image import encode

HERE = Path(__file__).parent / "golden"
ONE_BOARD = ("resolve", "quantize", "bound", "emit", "image")
STAGES = (*ONE_BOARD, "contract", "partition", "nets", "place", "route", "stretch", "shares")


def stages() -> dict[str, str]:
    flat = resolve(read_circuit(HERE / "circuit.yaml"))
    integer, report = quantize(flat)
    whole = emit(integer)
    made = spread(integer, load_mesh(str(HERE / "mesh.toml")))
    texts = {
        "resolve": flat,
        "quantize": (integer, report),
        "bound": bound(integer),
        "emit": whole,
        "contract": made.groups,
        "partition": made.cells,
        "nets": made.nets,
        "place": made.placement,
        "route": made.routes,
        "stretch": made.stretched,
        "shares": made.program,
        "image": {"image": np.frombuffer(encode(whole), np.uint8)},
    }
    return {name: as_text(stage) for name, stage in texts.items()}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return stages()


@pytest.mark.parametrize("stage", STAGES)
def test_a_pass_makes_what_it_made(made: dict[str, str], stage: str) -> None:
    assert made[stage] == (HERE / f"{stage}.txt").read_text("utf-8")


def test_text_shows_every_number() -> None:
    """Two circuits that differ in one weight differ in their texts."""
    flat = resolve(read_circuit(HERE / "circuit.yaml"))
    flat.projections[3].weights_v.setflags(write=True)
    before = as_text(flat)
    flat.projections[3].weights_v[2] = 0.0031
    assert sum(a != b for a, b in zip(before.splitlines(), as_text(flat).splitlines(), strict=True)) == 1


if __name__ == "__main__":
    for name, text in stages().items():
        (HERE / f"{name}.txt").write_text(text, "utf-8")
