"""What each pass makes of one small circuit, as text, against what it made when a person last read it.

A change on purpose: `python -m tests.compiler.test_golden` writes the files again; read their difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mycoflux.circuit.file.reader import read_circuit
from mycoflux.compiler.mesh_pipeline import compile_for_mesh
from mycoflux.compiler.passes import ONE_BOARD, PASSES, SEVERAL_BOARDS
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.resolve import resolve
from mycoflux.compiler.text import as_text
from mycoflux.deploy.mesh_file import load_mesh

HERE = Path(__file__).parent / "golden"


def stages() -> dict[str, str]:
    circuit = read_circuit(HERE / "circuit.yaml")
    texts: dict[str, str] = {}
    compile_for_mesh(
        circuit,
        load_mesh(str(HERE / "mesh.toml")),
        watch=lambda name, made: texts.update({name: as_text(made)}),
    )
    # Those of one board last: their image is the one that is kept here.
    compile_circuit(circuit, watch=lambda name, made: texts.update({name: as_text(made)}))
    return texts


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return stages()


@pytest.mark.parametrize("stage", PASSES)
def test_a_pass_makes_what_it_made(made: dict[str, str], stage: str) -> None:
    assert made[stage] == (HERE / f"{stage}.txt").read_text("utf-8")


def test_every_pass_is_shown_in_its_order_and_no_other() -> None:
    circuit, mesh = read_circuit(HERE / "circuit.yaml"), load_mesh(str(HERE / "mesh.toml"))
    one: list[str] = []
    compile_circuit(circuit, watch=lambda name, _: one.append(name))
    several: list[str] = []
    compile_for_mesh(circuit, mesh, watch=lambda name, _: several.append(name))
    assert (tuple(one), tuple(several)) == (ONE_BOARD, SEVERAL_BOARDS)


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
