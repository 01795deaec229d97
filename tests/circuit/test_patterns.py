"""Connection patterns: laws that all of them keep, and each against what its source says of it."""

from __future__ import annotations

import math
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.circuit import LIF, Circuit
from mycoflux.circuit.network import float_network
from mycoflux.circuit.patterns import (
    AllToAll,
    DistanceDependent,
    Explicit,
    FixedInDegree,
    FixedOutDegree,
    GaborField,
    GaussianField,
    Groups,
    Pattern,
    Random,
    ScaleFree,
    SmallWorld,
    SparseRandom,
    base,
    gathered,
)
from mycoflux.circuit.patterns.sheet import sheet
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import CircuitError

SIZE = 48
GRID = (6, 8)
OTHER = (4, 12)
# Each onto a population of SIZE, from one of SIZE.
PATTERNS = [
    AllToAll(),
    AllToAll(allow_self=False),
    Random(0.2, seed=3),
    SparseRandom(0.2, seed=3),
    SparseRandom(1.0, allow_self=False),
    FixedInDegree(5, seed=1),
    FixedInDegree(40, allow_self=False),
    FixedOutDegree(5, seed=1, allow_self=False),
    FixedOutDegree(48),
    SmallWorld(6, 0.3, seed=2),
    ScaleFree(4.0, seed=5),
    DistanceDependent(GRID, torus=True),
    DistanceDependent(GRID, OTHER, profile="exponential", width=1.0, delay_s_per_unit=0.001),
    DistanceDependent(GRID, OTHER, profile="disc", width=1.7, probability=0.9, torus=True, allow_self=False),
    Groups(8),
    Groups(6, others=True),
    GaussianField(GRID, OTHER, width=1.0),
    GaborField(GRID, torus=True, width=1.2, aspect=0.5, orientation_deg=30.0),
]


def matrix(pattern: Pattern, sources: int, targets: int) -> np.ndarray:
    dense = np.zeros((sources, targets))
    rows, columns = pattern.pairs(sources, targets)
    np.add.at(dense, (rows, columns), 1)
    return dense


@pytest.mark.parametrize("pattern", PATTERNS, ids=repr)
def test_pairs_are_in_range_in_order_and_each_once(pattern: Pattern, monkeypatch) -> None:
    rows, columns = pattern.pairs(SIZE, SIZE)
    assert pattern.ordered and rows.dtype == columns.dtype == np.int64 and len(rows)
    assert rows.min() >= 0 and rows.max() < SIZE and columns.min() >= 0 and columns.max() < SIZE
    assert np.all(np.diff(rows * SIZE + columns) > 0)
    if getattr(pattern, "allow_self", True) is False:
        assert np.all(rows != columns)
    # The same synapses again, from the same seed; and with small blocks, unless they decide what is drawn.
    monkeypatch.setattr(base, "BLOCK", 100)
    again = pattern.pairs(SIZE, SIZE)
    assert len(again[0]) and np.all(np.diff(again[0] * SIZE + again[1]) > 0)
    if isinstance(pattern, AllToAll | Groups | Random | GaussianField | GaborField):
        assert np.array_equal(rows, again[0]) and np.array_equal(columns, again[1])


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if hasattr(p, "seed")], ids=repr)
def test_a_seed_decides(pattern: Any) -> None:
    first, second = pattern.pairs(SIZE, SIZE), pattern.pairs(SIZE, SIZE)
    assert np.array_equal(first, second)
    whole = len(first[0]) in (SIZE * SIZE, SIZE * (SIZE - 1))
    other = type(pattern)(**{**vars(pattern), "seed": 77}).pairs(SIZE, SIZE)
    assert whole or not np.array_equal(first, other)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_groups_are_blocks_on_the_diagonal(groups: int, sources: int, targets: int) -> None:
    blocks = np.kron(np.eye(groups), np.ones((sources, targets)))
    sizes = groups * sources, groups * targets
    assert np.array_equal(matrix(Groups(groups), *sizes), blocks)
    others = Groups(groups, others=True)
    assert np.array_equal(matrix(others, *sizes), 1 - blocks) and others.most(*sizes) == (1 - blocks).sum()


def test_random_is_what_it_always_was() -> None:
    """Row by row from one generator: this very loop made the synapses of all circuits so far."""
    rng = np.random.default_rng(9)
    rows = [np.flatnonzero(rng.random(1300) < 0.03) for _ in range(1700)]
    source, target = Random(0.03, seed=9).pairs(1700, 1300)
    assert np.array_equal(source, np.repeat(np.arange(1700), [len(row) for row in rows]))
    assert np.array_equal(target, np.concatenate(rows))


@pytest.mark.parametrize("pattern", [SparseRandom(0.01, seed=4), SparseRandom(0.3, seed=4)])
def test_skipping_draws_as_many_as_drawing_each_pair(pattern: SparseRandom) -> None:
    count = len(pattern.pairs(2000, 1500)[0])
    expected = pattern.most(2000, 1500)
    assert abs(count - expected) < 4 * math.sqrt(expected)
    # Skips are geometric: the gaps of a Bernoulli sequence, whose mean and deviation are known.
    rows, columns = pattern.pairs(2000, 1500)
    gaps = np.diff(rows * 1500 + columns)
    p = pattern.probability
    assert gaps.mean() == pytest.approx(1 / p, rel=0.02)
    assert gaps.std() == pytest.approx(math.sqrt(1 - p) / p, rel=0.03)
    assert len(SparseRandom(0.0).pairs(10, 10)[0]) == 0


@given(st.integers(1, 30), st.integers(1, 30), st.data(), st.booleans(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_degrees_are_fixed(sources: int, targets: int, data, allow_self: bool, seed: int) -> None:
    if not allow_self:
        targets = sources = max(sources, 2)
    less = 0 if allow_self else 1
    degree = data.draw(st.integers(1, targets - less))
    assert np.all(matrix(FixedOutDegree(degree, seed, allow_self), sources, targets).sum(axis=1) == degree)
    degree = data.draw(st.integers(1, sources - less))
    dense = matrix(FixedInDegree(degree, seed, allow_self), sources, targets)
    assert np.all(dense.sum(axis=0) == degree) and dense.max() == 1
    assert allow_self or np.trace(dense) == 0


@pytest.mark.parametrize("degree", [2, 4])
def test_all_sets_of_partners_are_alike(degree: int) -> None:
    """6 others: 15 sets of 2 and of 4, each expected 2,000 times; chi-square of 14 degrees of freedom."""
    targets = FixedOutDegree(degree, seed=8).pairs(30_000, 6)[1].reshape(-1, degree)
    counts = np.unique(targets @ 7 ** np.arange(degree), return_counts=True)[1]
    assert len(counts) == 15
    assert np.sum((counts - 2000) ** 2 / 2000) < 36.1  # 0.1 %


def distances(source: tuple[int, int], target: tuple[int, int], torus: bool) -> np.ndarray:
    """(sources, targets): plain loops over what `sheet` says."""
    result = np.empty((math.prod(source), math.prod(target)))
    for i in range(len(result)):
        for j in range(result.shape[1]):
            down = (i // source[1] + 0.5) - (j // target[1] + 0.5) * source[0] / target[0]
            across = (i % source[1] + 0.5) - (j % target[1] + 0.5) * source[1] / target[1]
            if torus:
                down = min(abs(down), source[0] - abs(down))
                across = min(abs(across), source[1] - abs(across))
            result[i, j] = math.hypot(down, across)
    return result


grids = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(grids, grids, st.floats(0.2, 8.0), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_sheet_finds_all_that_are_near(source, target, reach: float, torus: bool) -> None:
    expected = distances(source, target, torus)
    near = list(sheet(source, target, torus).near(reach, lambda squares: np.ones(squares.shape, bool)))
    rows, columns = (np.concatenate([getattr(n, name) for n in near]) for name in ("sources", "targets"))
    found = np.zeros(expected.shape, int)
    np.add.at(found, (rows, columns), 1)
    sure = np.abs(expected - reach) > 1e-9
    assert np.array_equal(found[sure], (expected <= reach).astype(int)[sure]) and found.max(initial=0) <= 1
    assert np.allclose(np.concatenate([n.distance for n in near]), expected[rows, columns], atol=1e-9)


@pytest.mark.parametrize(
    ("profile", "law"),
    [
        ("gaussian", lambda d: np.exp(-d * d / (2 * 2.5**2))),
        ("exponential", lambda d: np.exp(-d / 2.5)),
        ("disc", lambda d: (d <= 2.5).astype(float)),
    ],
)
@pytest.mark.parametrize("target", [(24, 24), (12, 36)])
def test_probability_falls_with_distance_as_the_profile_says(profile: str, law, target) -> None:
    grid, peak = (24, 24), 0.6
    d = distances(grid, target, True)
    drawn = np.zeros(d.shape)
    for seed in range(20):
        drawn += matrix(
            DistanceDependent(grid, target, profile, 2.5, probability=peak, torus=True, seed=seed), *d.shape
        )
    for low in np.arange(0, 8, 1.0):
        ring = (d >= low) & (d < low + 1)
        expected = peak * law(d[ring]).sum() * 20
        assert abs(drawn[ring].sum() - expected) < 5 * math.sqrt(expected) + 0.002 * ring.sum() * 20


def test_most_is_about_right_and_reach_ends_it() -> None:
    for profile in ("gaussian", "exponential", "disc"):
        for more in ({}, {"max_radius": 3.0}):
            pattern = DistanceDependent((60, 60), (30, 90), profile, 2.0, probability=0.5, torus=True, **more)
            count = len(pattern.pairs(3600, 2700)[0])
            assert count == pytest.approx(pattern.most(3600, 2700), rel=0.1)  # a disc on a coarse grid
    far = distances((10, 10), (10, 10), False)
    dense = matrix(DistanceDependent((10, 10), width=5.0, max_radius=2.0), 100, 100)
    assert dense.sum() > 400 and far[dense > 0].max() == 2.0


def test_delay_grows_with_distance() -> None:
    circuit = Circuit("waves")
    circuit.population("sheet", 100, LIF())
    pattern = DistanceDependent((10, 10), profile="disc", width=3.5, delay_s_per_unit=0.002)
    circuit.connect("sheet", "sheet", weight_v=0.001, pattern=pattern, delay_s=0.003)
    circuit.connect("sheet", "sheet", weight_v=0.001, pattern=pattern)
    far = distances((10, 10), (10, 10), False)
    for synapses, least in zip(resolve(circuit).projections, (0.003, 0.001), strict=True):
        wanted = least + 0.002 * far[synapses.sources, synapses.targets]
        assert np.allclose(synapses.delays_s, wanted)
        assert np.array_equal(synapses.delays, np.rint(wanted / 0.001).astype(int) - 1)


def test_fields_shape_weights() -> None:
    grid, target = (9, 9), (3, 3)
    circuit = Circuit("eye")
    circuit.population("retina", 81, LIF())
    circuit.population("cortex", 9, LIF())
    width, wavelength, turn, phase, aspect = 1.5, 5.0, 40.0, -90.0, 0.6
    circuit.connect("retina", "cortex", weight_v=0.2, pattern=GaussianField(grid, target, width))
    gabor = GaborField(grid, target, width, 0.0, False, wavelength, turn, phase, aspect)
    circuit.connect("retina", "cortex", weight_v=-0.2, pattern=gabor)
    gaussian, stripes = resolve(circuit).projections
    assert gaussian.weights_v.max() == 0.2  # a target over a source: (1, 1) of 3 x 3 over (4, 4) of 9 x 9
    d = distances(grid, target, False)
    dense = np.zeros(d.shape)
    dense[gaussian.sources, gaussian.targets] = gaussian.weights_v
    wanted = np.exp(-(d**2) / (2 * width**2))
    assert np.allclose(dense, 0.2 * np.where(wanted >= 0.01, wanted, 0.0))
    dense = np.zeros(d.shape)
    dense[stripes.sources, stripes.targets] = stripes.weights_v
    x = np.arange(81) % 9 - 4.0  # of the sources, as seen from the target in the middle
    y = np.arange(81) // 9 - 4.0
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    across, along = x * c + y * s, -x * s + y * c
    wanted = np.exp(-(across**2 + aspect**2 * along**2) / (2 * width**2))
    wanted *= np.cos(2 * math.pi * across / wavelength + math.radians(phase))
    assert np.allclose(dense[:, 4], -0.2 * np.where(np.abs(wanted) >= 0.01, wanted, 0.0))
    for ours, floats in zip((gaussian, stripes), float_network(circuit).projections, strict=True):
        assert np.array_equal(ours.weights_v, floats.weights_v)


def test_orientation_zero_is_upright_stripes_and_phase_moves_right() -> None:
    block = gathered(GaborField((11, 11), (1, 1), 2.0, phase_deg=-90.0, wavelength=8.0), 121, 1)
    field = np.zeros((11, 11))
    field[block.sources // 11, block.sources % 11] = block.factors
    assert np.all(field[:, 5] == 0) and field[5, 7] > 0.5 and field[5, 3] < -0.5
    assert field[3, 7] == pytest.approx(field[7, 7])  # what the rows share: stripes stand upright


def directed(pattern: Pattern, size: int) -> networkx.DiGraph:
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(zip(*(a.tolist() for a in pattern.pairs(size, size)), strict=True))
    return graph


@pytest.mark.parametrize("rewiring", [0.0, 0.05, 0.2, 1.0])
def test_small_world_clustering_and_paths(rewiring: float) -> None:
    n, k = 1000, 10
    pattern = SmallWorld(k, rewiring, seed=1)
    dense = matrix(pattern, n, n)
    assert np.all(dense.sum(axis=1) == k) and np.trace(dense) == 0
    # Of ordered pairs of neurons that one neuron sends to, how many are joined: Watts and Strogatz' C.
    clustering = np.trace(dense @ dense @ dense.T) / (n * k * (k - 1))
    by_chance = k / n
    expected = 3 * (k - 2) / (4 * (k - 1)) * (1 - rewiring) ** 3 + by_chance * (rewiring > 0)
    assert clustering == pytest.approx(expected, abs=0.02)
    paths = networkx.average_shortest_path_length(directed(pattern, n))
    if rewiring == 0:
        assert paths == pytest.approx(n / (2 * k), rel=0.02)
    elif rewiring == 1:
        assert paths == pytest.approx(math.log(n) / math.log(k), rel=0.15)
    else:
        assert paths < 0.2 * n / (2 * k)  # far below the ring's, while clustering is far above chance
        assert clustering > 20 * by_chance


@pytest.mark.parametrize("exponent", [2.3, 2.7, 3.5])
def test_scale_free_degrees_follow_the_power_law(exponent: float) -> None:
    """The estimator is Hill's, over degrees of 25 and more (Clauset et al., SIAM Rev. 51, 2009)."""
    n, mean = 20_000, 10.0
    pattern = ScaleFree(mean, exponent_out=math.inf, exponent_in=exponent, seed=2)
    rows, columns = pattern.pairs(n, n)
    assert len(rows) == n * mean
    received = np.bincount(columns, minlength=n)
    tail = received[received >= 25]
    assert 1 + len(tail) / np.sum(np.log(tail / 24.5)) == pytest.approx(exponent, abs=0.25)
    sent = np.bincount(rows, minlength=n)
    assert sent.max() < 40 < 300 < received.max()  # no hubs where the exponent is infinite
    assert sent.var() == pytest.approx(mean, rel=0.05)  # Poisson
    assert np.argmax(received) != 0  # ranks are shuffled


WRONG = [
    (lambda: SparseRandom(1.1), "probability is 1.1"),
    (lambda: SparseRandom(0.1, seed=-1), "seed is -1"),
    (lambda: Groups(5).pairs(SIZE, 50), "cannot both be 5 groups"),
    (lambda: Groups(0), "groups is 0"),
    (lambda: FixedInDegree(0), "degree is 0"),
    (lambda: FixedOutDegree(49).pairs(SIZE, SIZE), "more than the 48 neurons"),
    (lambda: FixedInDegree(48, allow_self=False).pairs(SIZE, SIZE), "more than the 47 neurons"),
    (lambda: FixedInDegree(2, allow_self=False).pairs(SIZE, 5), "onto itself"),
    (lambda: SmallWorld(3), "neighbours is 3"),
    (lambda: SmallWorld(26).pairs(SIZE, SIZE), "at least 52 neurons"),
    (lambda: SmallWorld(4, rewiring=math.nan), "rewiring is nan"),
    (lambda: SmallWorld(4).pairs(SIZE, 20), "these have 48 and 20"),
    (lambda: ScaleFree(4.0, exponent_in=2.0), "exponent_in is 2"),
    (lambda: ScaleFree(100.0).pairs(SIZE, SIZE), "no partners"),
    (lambda: ScaleFree(47.0).pairs(SIZE, SIZE), "no partners"),
    (lambda: DistanceDependent((0, 5)), "rows of source_grid is 0"),
    (lambda: DistanceDependent(5), "source_grid is 5"),
    (lambda: DistanceDependent(GRID, profile="square"), "profile is 'square'"),
    (lambda: DistanceDependent(GRID, width=0.0), "width is 0"),
    (lambda: DistanceDependent(GRID).pairs(SIZE, 50), "target of 50 neurons does not fill a grid of 6 x 8"),
    (lambda: GaussianField(GRID, (5, 5)).pairs(SIZE, SIZE), "does not fill a grid of 5 x 5"),
    (lambda: GaborField(GRID, wavelength=-1.0), "wavelength is -1"),
    (lambda: Explicit([(0, 10**30)]).pairs(SIZE, SIZE), "no synapse"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[m for _, m in WRONG])
def test_what_cannot_be_is_refused_with_a_remedy(wrong, message: str) -> None:
    with pytest.raises(CircuitError) as error:
        wrong()
    assert message in error.value.what and error.value.remedy
