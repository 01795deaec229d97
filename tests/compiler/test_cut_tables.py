"""Which tables a projection becomes, and what they take."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import check, layout
from mycoflux.circuit import LIF, AllToAll, Circuit, Random
from mycoflux.compiler import explain_tables
from mycoflux.compiler.cut_tables import BLOCK, TableLayout, cut, layouts
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.image import decode, encode
from mycoflux.program.joined import joined
from mycoflux.program.neurons import Lif
from mycoflux.program.tables import MAX_SYNAPSES, NAMES, RECORD, table_format, table_sizes
from mycoflux.program.types import Population, Program, Projection
from tests.tables import formats, table_program


def uncut(pairs: np.ndarray) -> Projection:
    """Synapses of these pairs, (sources, targets) of booleans, from population 0 to population 1."""
    sources, targets = np.nonzero(pairs)
    rows = np.concatenate(([0], np.cumsum(pairs.sum(axis=1))))
    weights = (sources * 7 + targets) % 255 + 1
    return Projection(0, 1, 0, len(pairs), 0, pairs.shape[1], 0, 1, 0, rows, targets, weights)


def program_of(tables: tuple[Projection, ...], sources: int, targets: int) -> Program:
    populations = (
        Population("a", 0, sources, Lif(), 1, 0),
        Population("b", sources, targets, Lif(), 1, sources),
    )
    return Program("cut", 1000, populations, (), tables, ())


def bytes_taken(tables: tuple[Projection, ...], shape: tuple[int, ...]) -> int:
    """What the tables add to an image, all in."""
    sources, targets = shape
    return len(encode(program_of(tables, sources, targets))) - len(encode(program_of((), sources, targets)))


def names(made: TableLayout) -> list[str]:
    return [NAMES[table_format(table)] for table in made.make()]


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    """Pairs, sparse or not, in a part of the sources and targets, with a denser part of its own."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    sources, targets = draw(st.integers(1, 60)), draw(st.sampled_from((3, 31, 33, 256, 257, 300, 600, 1100)))
    pairs = np.zeros((sources, targets), bool)
    for density in (draw(st.sampled_from((0.002, 0.02, 0.1, 0.6, 1.0))) for _ in range(2)):
        low, high = sorted(rng.integers(0, targets + 1, 2))
        first, last = sorted(rng.integers(0, sources + 1, 2))
        part = pairs[first:last, low:high]
        part |= rng.random(part.shape) < density
    pairs[rng.integers(sources), rng.integers(targets)] = True
    return pairs


@settings(max_examples=150, deadline=None)
@given(matrices())
def test_every_layout_holds_the_synapses_in_the_bytes_it_says(pairs: np.ndarray) -> None:
    whole = uncut(pairs)
    found = layouts(whole)
    assert [made.bytes for made in found] == sorted(made.bytes for made in found)
    for made in found:
        tables = made.make()
        again = dataclasses.replace(joined(tables), first_target=0, target_count=pairs.shape[1])
        matrix = np.zeros(pairs.shape, int)
        row_of = again.first + np.repeat(np.arange(again.sources), np.diff(again.rows))
        np.add.at(matrix, (row_of, again.targets), again.weights)
        expected = np.zeros(pairs.shape, int)
        expected[np.nonzero(pairs)] = whole.weights
        assert np.array_equal(matrix, expected)
        program = program_of(tables, *pairs.shape)
        image = encode(program)
        check.check(image)
        assert decode(image) == program
    chosen = cut(whole)
    assert bytes_taken(chosen, pairs.shape) == found[0].bytes
    assert all(p.target_count <= BLOCK for p in chosen if table_format(p) == layout.TABLE_PACKED)
    told = explain_tables.as_dict(program_of(chosen, *pairs.shape))
    assert [(t["bytes"], t["next_best"]["bytes"]) for t in told] == [(found[0].bytes, found[1].bytes)]


@pytest.mark.parametrize(
    ("sources", "each", "targets"),
    [(1312, 100, 256), (656, 200, 256), (2000, 80, 200), (700, 100, 1000), (400, 400, 1000), (900, 90, 300)],
)
def test_layouts_too_large_for_one_table_take_the_bytes_they_say(
    sources: int, each: int, targets: int
) -> None:
    """Blocks, and all of a projection, of more than the 65,535 synapses that a packed or wide table holds."""
    rng = np.random.default_rng(sources)
    pairs = rng.permuted(np.arange(targets) < each + np.zeros((sources, 1), int), axis=1)
    found = layouts(uncut(pairs))
    several = [made for made in found if made.name != "dense" and len(made.make()) > 1]
    assert any(len({p.first_target for p in made.make()}) < len(made.make()) for made in several)
    for made in (found[0], *several):
        assert made.bytes == bytes_taken(made.make(), pairs.shape), made.name


@pytest.mark.parametrize(("pattern", "most"), [(Random(0.1, seed=1), 2.2), (AllToAll(), 1.1)])
@pytest.mark.parametrize("sources", [100, 1000])
def test_what_a_synapse_takes_all_in(pattern: Random | AllToAll, most: float, sources: int) -> None:
    """Onto 1,000 neurons at 10 % density, and dense: tables, records and directory."""
    circuit = Circuit("density")
    source, target = circuit.population("a", sources, LIF()), circuit.population("b", 1000, LIF())
    bare = len(compile_circuit(circuit).image)
    circuit.connect(source, target, weight_v=1e-5, pattern=pattern)
    build = compile_circuit(circuit)
    assert build.program.synapses > 0.09 * sources * 1000
    assert len(build.image) - bare <= most * build.program.synapses


def test_few_synapses_far_apart_are_wide() -> None:
    rng = np.random.default_rng(1)
    rare = layouts(uncut(rng.random((1000, 1000)) < 0.002))
    assert [made.name for made in rare] == ["wide", "packed", "dense"]
    assert names(rare[0]) == ["wide"] and names(rare[1]) == ["packed"] * 4
    assert names(layouts(uncut(rng.random((1000, 1000)) < 0.1))[0]) == ["packed"] * 4


def test_a_dense_corner_is_a_dense_table() -> None:
    pairs = np.random.default_rng(2).random((200, 520)) < 0.1
    pairs[:, 300:450] = True
    made = layouts(uncut(pairs))
    assert [m.name for m in made] == ["blocks", "packed", "dense", "wide"]
    assert names(made[0]) == ["packed", "dense", "packed"]


def test_dense_where_equal() -> None:
    pairs = np.zeros((6, 8), bool)
    pairs[:, :3] = True
    pairs[:, 7] = True
    pairs[1:5, 7] = False  # 20 synapses: 56 bytes packed
    sizes = {made.name: made.bytes - RECORD for made in layouts(uncut(pairs))}
    assert sizes == {"dense": 48, "packed": 56}
    pairs[1:5, 1:3] = False  # 12 left, 40 bytes
    assert {made.name: made.bytes - RECORD for made in layouts(uncut(pairs))} == {"dense": 48, "packed": 40}
    pairs[1:5, 1] = True  # 16 left
    equal = layouts(uncut(pairs))
    assert [(made.name, made.bytes - RECORD) for made in equal] == [("dense", 48), ("packed", 48)]


def test_a_table_ends_where_its_synapses_do() -> None:
    pairs = np.zeros((500, 900), bool)
    pairs[100:120, 250:400] = True
    (table,) = cut(uncut(pairs))
    assert (table.first, table.sources, table.first_target, table.target_count) == (100, 20, 250, 150)
    pairs[100:120, 250:400] = np.random.default_rng(3).random((20, 150)) < 0.2
    (table,) = cut(uncut(pairs))  # in one block, though it is on both sides of a multiple of 256
    assert table_format(table) == layout.TABLE_PACKED and table.first_target >= 250


def test_too_many_synapses_for_a_table_are_several() -> None:
    pairs = np.random.default_rng(4).random((2000, 200)) < 0.4
    tables = cut(uncut(pairs))
    assert len(tables) == 3 and {table_format(p) for p in tables} == {layout.TABLE_PACKED}
    assert max(p.synapses for p in tables) <= MAX_SYNAPSES and sum(p.synapses for p in tables) == pairs.sum()
    assert all(layout.TABLE_PACKED in table_sizes(p) for p in tables)
    assert len(cut(uncut(np.ones((700, 200), bool)))) == 1  # dense rows have no number to run out of


def test_one_synapse_more_is_one_table_more_or_less() -> None:
    """Blocks stand still, so that an edit is sent as what it is."""
    pairs = np.random.default_rng(5).random((300, 1000)) < 0.1
    before = {(p.first_target, p.synapses): p for p in cut(uncut(pairs))}
    pairs[7, np.flatnonzero(~pairs[7])[0]] = True
    after = {(p.first_target, p.synapses): p for p in cut(uncut(pairs))}
    assert len(before) == len(after) == 4 and len(before.keys() & after.keys()) == 3


@pytest.mark.parametrize("seed", range(6))
def test_the_hint_comes_back_from_an_image(seed: int) -> None:
    program = table_program(seed)
    assert formats(program) == {"dense", "packed", "wide", "padded", "block", "hot"}
    image = encode(program)
    assert decode(image) == program
    cold = tuple(dataclasses.replace(p, hot=False) for p in program.projections)
    without = encode(dataclasses.replace(program, projections=cold))
    assert decode(without) != program and len(without) == len(image)


def test_explained_projection_by_projection() -> None:
    circuit = Circuit("told")
    a, b = circuit.population("a", 300, LIF()), circuit.population("b", 600, LIF())
    circuit.connect(a, b, weight_v=1e-4, pattern=Random(0.1, seed=1))
    circuit.connect(b, a, weight_v=-1e-4, pattern=AllToAll())
    build = compile_circuit(circuit)
    dense, sparse = explain_tables.as_dict(build.program)
    assert (sparse["format"], sparse["tables"]) == ("packed", {"packed": 3})
    assert (dense["format"], dense["tables"], dense["bytes"]) == ("dense", {"dense": 1}, 180_000 + RECORD)
    assert sparse["synapses"] + dense["synapses"] == build.program.synapses
    assert 2 < sparse["bytes_a_synapse"] < 2.2 and dense["next_best"]["format"] == "blocks"
    second, first, _ = explain_tables.as_text(build.program)  # and what hot means
    assert first.startswith("a -> b: ") and "3 packed, hot" in first and "wide would take" in first
    assert second == (
        "b -> a: 180,000 synapses, dense, 180,036 bytes, 1.00 a synapse; blocks would take "
        f"{dense['next_best']['bytes']:,}"
    )
