"""Builds for several boards that use what the one before left: an edit stays on the boards that it is on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from mycoflux.circuit import LIF, Circuit, RateToPwm, Spike
from mycoflux.cli.memory import mesh_memories, read_mesh_memory
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.mesh_pipeline import MeshBuild, compile_for_mesh
from mycoflux.compiler.scale import Scales
from mycoflux.compiler.spread import Options
from mycoflux.deploy.manifest import write_mesh
from mycoflux.deploy.mesh_file import load_mesh

OPTIONS = Options(stretch=True)
SIZE = 24


def circuit(weight_v: float) -> Circuit:
    """Neurons in a row, each of which drives those next to it; `weight_v`, the largest, is of one synapse."""
    made = Circuit("row")
    eye = made.sensor("eye", Spike(), SIZE)
    row = made.population("row", SIZE, LIF(threshold_v=1.0, tau_syn_s=0.02))
    last = made.population("last", 2, LIF(threshold_v=1.0))
    near = np.abs(np.subtract.outer(np.arange(SIZE), np.arange(SIZE))) <= 1
    weights = np.where(near, np.random.default_rng(0).uniform(0.02, 0.2, near.shape), 0.0)
    weights[3, 4] = weight_v
    made.connect(eye, row, weight_v=0.1)
    made.connect(row, row, weight_v=weights.ravel())
    made.connect(row, last, weight_v=0.07)
    made.actuator("motor", last, RateToPwm(full_rate_hz=100.0))
    return made


def mesh() -> Mesh:
    return dataclasses.replace(load_mesh("3xsim"), balance=1.2)


def build(weight_v: float, before: MeshBuild | None = None, folder: Path | None = None) -> MeshBuild:
    """With what the build `before` leaves in `folder`, or with nothing."""
    if before is None or folder is None:
        return compile_for_mesh(circuit(weight_v), mesh(), OPTIONS, tables={})
    write_mesh(folder, before.spread.program, mesh(), before.images, mesh_memories(before))
    memory = read_mesh_memory(folder)
    return compile_for_mesh(circuit(weight_v), mesh(), OPTIONS, before=memory.scales, tables=memory.tables)


def changed(one: MeshBuild, other: MeshBuild) -> set[str]:
    assert one.images.keys() == other.images.keys()
    return {board for board, image in one.images.items() if image != other.images[board]}


def board_of(made: MeshBuild, neuron: int) -> str:
    return next(s.board for s in made.spread.program.shares if neuron in s.neurons.tolist())


def test_one_weight_changes_the_board_that_holds_it_and_no_other(tmp_path: Path) -> None:
    first = build(0.3)
    assert len(first.images) == 3
    anew = build(0.25)
    assert len(changed(first, anew)) > 1  # a scale has changed, and with it every weight of the row
    kept = build(0.25, first, tmp_path / "row.mesh")
    assert changed(first, kept) == {board_of(first, 4)}
    assert kept.scales == first.scales != anew.scales
    tables = sum(map(len, kept.digests.values()))
    assert kept.reused == tables - 1


def test_a_build_with_a_memory_is_the_build_with_its_scales(tmp_path: Path) -> None:
    first = build(0.3)
    kept = build(0.27, first, tmp_path / "row.mesh")
    assert kept.reused > 0
    assert kept.images == compile_for_mesh(circuit(0.27), mesh(), OPTIONS, before=first.scales).images


def test_all_boards_together_remember_all_scales(tmp_path: Path) -> None:
    """Those of populations of which each has a part, too, under their names in the circuit."""
    first = build(0.3)
    assert set(first.scales.units) == {"row", "last"}
    on = [first.scales_on(board).units for board in first.images]
    assert sum("row" in units for units in on) > 1 and sum("last" in units for units in on) == 1
    folder = tmp_path / "row.mesh"
    write_mesh(folder, first.spread.program, mesh(), first.images, mesh_memories(first))
    assert read_mesh_memory(folder).scales == first.scales
    assert read_mesh_memory(folder, fresh=True).scales == Scales()
    assert read_mesh_memory(tmp_path / "none").scales == Scales()
    # Another build of the folder replaces them: nothing of boards that are no more is left.
    one = compile_for_mesh(circuit(0.3), load_mesh("1xsim"), OPTIONS, tables={})
    write_mesh(folder, one.spread.program, load_mesh("1xsim"), one.images, mesh_memories(one))
    assert len(list(folder.glob("*.build.json"))) == 1
