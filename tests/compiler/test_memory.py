"""Builds that use what the one before left are those that do not."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import layout
from mycoflux.circuit import LIF, AllToAll, Circuit, Convolution, ConvolutionShape, Random, Spike
from mycoflux.compiler.memory import Memory, digest, encoder, recall, remember
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.errors import InvalidInput
from mycoflux.program import convolution, tables
from mycoflux.program.image import encode
from mycoflux.program.tables import encode_table
from tests.forging import sealed
from tests.programs import ALL_MODELS, random_program

SHAPE = ConvolutionShape((1, 4, 4), 1, (3, 3), padding=(1, 1))


def circuit(seed: int = 0, size: int = 16, weight: float | None = None, delay_s: float = 0.001) -> Circuit:
    """Dense, sparse and convolved, and inhibition; `weight` is one of the dense ones."""
    rng = np.random.default_rng(seed)
    made = Circuit("edited")
    sensor = made.sensor("s", Spike(), 16)
    a = made.population("a", 16, LIF(threshold_v=1.0))
    b = made.population("b", size, LIF(threshold_v=1.0))
    weights = rng.uniform(0.1, 0.3, 16 * size)
    if weight is not None:
        weights[5] = weight
    made.connect(sensor, a, weight_v=np.full(SHAPE.weights_shape, 0.2), pattern=Convolution(SHAPE))
    made.connect(a, b, weight_v=weights, pattern=AllToAll(), delay_s=delay_s)
    made.connect(b, a, weight_v=-0.05, pattern=Random(0.2, seed=seed))
    return made


def remembered(build: Build) -> Memory:
    return recall(remember(build.image, build.scales, build.digests), build.image)


edits = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2),
        "size": st.integers(14, 17),
        "weight": st.one_of(st.none(), st.floats(0.1, 0.3)),
        "delay_s": st.sampled_from((0.001, 0.002)),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(edits, min_size=2, max_size=4))
def test_a_build_with_a_memory_is_the_build_with_its_scales(versions: list[dict[str, float]]) -> None:
    memory = Memory()
    for version in versions:
        build = compile_circuit(circuit(**version), memory.scales, tables=memory.tables)
        anew = compile_circuit(circuit(**version), memory.scales)
        assert build.image == anew.image and build.program == anew.program
        assert build.reused == sum(name in memory.tables for name in build.digests)
        memory = remembered(build)


def test_one_weight_is_one_table() -> None:
    first = compile_circuit(circuit(weight=0.2), tables={})
    memory = remembered(first)
    assert (first.reused, len(first.digests), len(memory.tables)) == (0, 3, 3)
    again = compile_circuit(circuit(weight=0.2), memory.scales, tables=memory.tables)
    assert again.reused == 3 and again.image == first.image
    changed = compile_circuit(circuit(weight=0.15), memory.scales, tables=memory.tables)
    assert changed.reused == 2 and changed.image != first.image


@pytest.mark.parametrize("seed", range(40))
def test_tables_come_back_from_an_image_as_they_went_in(seed: int) -> None:
    program = random_program(seed, max_size=20, models=ALL_MODELS)
    digests = [digest(p) for p in program.projections]
    image = encode(program)
    tables = recall(remember(image, Memory().scales, digests), image).tables
    for projection, name in zip(program.projections, digests, strict=True):
        assert tables[name] == encode_table(projection)


@pytest.mark.parametrize("module", [tables, convolution, layout], ids=lambda module: module.__name__)
def test_tables_of_another_encoder_are_not_used(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lays tables out has changed: nothing of an earlier build may be taken for its work."""
    first = compile_circuit(circuit(), tables={})
    file = remember(first.image, first.scales, first.digests)
    changed = tmp_path / "changed.py"
    changed.write_bytes(Path(str(module.__file__)).read_bytes() + b"\n# laid out in another way\n")
    encoder.cache_clear()
    monkeypatch.setattr(module, "__file__", str(changed))
    try:
        memory = recall(file, first.image)
        again = compile_circuit(circuit(), memory.scales, tables=memory.tables)
    finally:
        encoder.cache_clear()
    assert memory.tables and again.reused == 0 and again.image == first.image


def test_of_another_image_only_the_scales_are_kept() -> None:
    build = compile_circuit(circuit(), tables={})
    file = remember(build.image, build.scales, build.digests)
    damaged = build.image[:100] + bytes([build.image[100] ^ 1]) + build.image[101:]
    for image in (b"", b"none", damaged, compile_circuit(circuit(1)).image):
        assert recall(file, image) == Memory(build.scales)
    assert recall(file, build.image).scales == build.scales


def test_of_an_image_of_another_layout_only_the_scales_are_kept() -> None:
    build = compile_circuit(circuit(), tables={})
    older = bytearray(build.image[:-4])
    older[4] -= 1
    image = sealed(older)
    assert recall(remember(image, build.scales, build.digests), image) == Memory(build.scales)


def test_a_damaged_memory_is_refused() -> None:
    build = compile_circuit(circuit(), tables={})
    file = remember(build.image, build.scales, build.digests)
    for at in range(len(file)):
        with pytest.raises(InvalidInput):
            recall(file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :], build.image)
    for size in range(0, len(file), 7):
        with pytest.raises(InvalidInput):
            recall(file[:size], build.image)


@pytest.mark.parametrize(
    "foreign", [[], 3, {}, {"format": 1}, {"format": 2}, "x", None, {"format": 1, "crc32": 7}]
)
def test_a_foreign_file_is_refused(foreign: object) -> None:
    with pytest.raises(InvalidInput):
        recall(json.dumps(foreign).encode(), b"")
