"""Synapses written out: in order, summed where they meet, and in memory near their own size."""

from __future__ import annotations

import tracemalloc
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.circuit import (
    LIF,
    Circuit,
    Convolution,
    ConvolutionShape,
    DistanceDependent,
    Explicit,
    FixedInDegree,
    GaussianField,
    Pattern,
    ScaleFree,
    SmallWorld,
    SparseRandom,
)
from mycoflux.circuit.patterns import Block, Streamed, gathered
from mycoflux.compiler.flat import Synapses
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import CircuitError

SIZE = 5
synapse = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.integers(-4, 4), st.integers(1, 4))


def resolved(pattern: Pattern, size: int, **more) -> Synapses:
    circuit = Circuit("one")
    circuit.population("p", size, LIF())
    circuit.connect("p", "p", pattern=pattern, **{"weight_v": 0.001, **more})
    return resolve(circuit).projections[0]


@given(st.lists(synapse, max_size=40))
@settings(max_examples=200, deadline=None)
def test_what_is_listed_twice_is_summed(listed: list[tuple[int, int, int, int]]) -> None:
    totals: dict[tuple[int, int, int], float] = {}
    for source, target, weight, ticks in listed:
        key = (source, target, ticks - 1)
        totals[key] = totals.get(key, 0.0) + weight / 8
    made = resolved(
        Explicit([(s, t) for s, t, _, _ in listed]),
        SIZE,
        weight_v=[w / 8 for _, _, w, _ in listed],
        delay_s=[d * 0.001 for _, _, _, d in listed],
    )
    keys = list(zip(made.sources.tolist(), made.targets.tolist(), made.delays.tolist(), strict=True))
    assert keys == sorted(totals)
    assert made.weights_v.tolist() == [totals[k] for k in keys]
    assert np.array_equal(made.delays_s, [(d + 1) * 0.001 for _, _, d in keys])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_one_weight_for_all_counts_as_often_as_it_is_listed(pairs: list[tuple[int, int]]) -> None:
    made = resolved(Explicit(pairs), SIZE, weight_v=0.25)
    found = zip(made.sources.tolist(), made.targets.tolist(), made.weights_v.tolist(), strict=True)
    assert list(found) == [(s, t, 0.25 * pairs.count((s, t))) for s, t in sorted(set(pairs))]
    assert np.isnan(made.delays_s).all() and not made.delays.any()


def test_a_listed_kernel_entry_stays_with_its_synapse() -> None:
    shape = ConvolutionShape((1, 3, 4), 2, (2, 3), padding=(0, 1))
    circuit = Circuit("conv")
    circuit.population("in", 12, LIF())
    circuit.population("out", 16, LIF())
    kernel = np.arange(12.0).reshape(shape.weights_shape)
    circuit.connect("in", "out", weight_v=kernel, pattern=Convolution(shape))
    made = resolve(circuit).projections[0]
    sources, targets, entries = shape.synapses()
    assert np.array_equal(made.entries, entries) and np.array_equal(made.weights_v, entries.astype(float))
    assert np.array_equal(made.sources, sources) and np.array_equal(made.targets, targets)


class Backwards(Streamed):
    """Descending, in two blocks with other factors each, the last synapse of the first block given again."""

    ordered: ClassVar[bool] = False

    def blocks(self, sources: int, targets: int):
        down = np.arange(sources - 1, -1, -1)
        yield Block(down, down, factors=2.0)
        yield Block(down[-1:], down[-1:], factors=np.array([3.0]), delays_s=0.002)


def test_a_pattern_of_ones_own_is_sorted_and_its_factors_and_delays_count() -> None:
    made = resolved(Backwards(), 3, weight_v=0.5)
    assert made.sources.tolist() == made.targets.tolist() == [0, 0, 1, 2]
    assert made.weights_v.tolist() == [1.0, 1.5, 1.0, 1.0] and made.delays.tolist() == [0, 2, 0, 0]
    assert np.array_equal(Backwards().pairs(3, 3), [[2, 1, 0, 0], [2, 1, 0, 0]])


def test_delays_that_distance_makes_too_long_are_refused() -> None:
    pattern = DistanceDependent((1, 100), profile="disc", width=70.0, delay_s_per_unit=0.001)
    with pytest.raises(CircuitError, match="71 ticks, the longest is 63"):
        resolved(pattern, 100)


GRID = (125, 160)
MANY = [
    SparseRandom(0.005),
    FixedInDegree(100),
    SmallWorld(100),
    ScaleFree(100.0, 3.0, 3.0),
    DistanceDependent(GRID, width=4.0, torus=True),
    GaussianField(GRID, width=1.9, torus=True),
]


@pytest.mark.parametrize("pattern", MANY, ids=lambda p: type(p).__name__)
def test_memory_goes_with_synapses_not_with_pairs(pattern: Pattern) -> None:
    """20,000 neurons, some two million synapses: a matrix of a byte a pair would take 400 MB."""
    size = 20_000
    tracemalloc.start()
    made = resolved(pattern, size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    count = len(made.sources)
    assert 1_900_000 < count < 2_100_000 and count == pytest.approx(pattern.most(size, size), rel=0.05)
    assert peak < 60 * count + 100e6  # some copies of a column of 8 bytes, and the blocks
    assert made.sources.dtype == made.targets.dtype == np.int32 and made.delays.dtype == np.uint8
    uniform = not isinstance(pattern, GaussianField)
    assert (made.weights_v.strides == (0,)) == uniform and made.delays.strides == (0,)


def test_a_large_net_compiles_to_what_its_pattern_says() -> None:
    """Indices of 32 bits lose nothing on the way to a program."""
    circuit = Circuit("large")
    circuit.population("p", 60_000, LIF())
    pattern = SparseRandom(1e-5, seed=3)
    circuit.connect("p", "p", weight_v=0.001, pattern=pattern)
    tables = compile_circuit(circuit).program.projections
    whole = gathered(pattern, 60_000, 60_000)
    sources = np.concatenate([p.first + np.repeat(np.arange(p.sources), np.diff(p.rows)) for p in tables])
    assert np.array_equal(sources, whole.sources)
    assert np.array_equal(np.concatenate([p.targets for p in tables]), whole.targets)
