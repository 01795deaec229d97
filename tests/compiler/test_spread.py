"""Whole builds for meshes: every neuron once, nothing late, the same bytes for a seed, refusals."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from myco import layout
from mycoflux.compiler.cost import Rates, memory, tick_cost
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection, IntegerSensor
from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.compiler.spread import Options, Spread, spread
from mycoflux.errors import DelayTooShort, DoesNotFit, MeshError
from mycoflux.link import board_file
from mycoflux.program import neurons
from mycoflux.program.image import encode
from tests.meshes import random_mesh
from tests.programs import ALL_MODELS, random_circuit

LIF = neurons.Lif(vth=100)


def drawn(seed: int) -> Spread:
    """A random circuit on a random mesh, if its delays allow it."""
    rng = random.Random(seed)
    circuit = random_circuit(seed, models=ALL_MODELS)
    mesh = random_mesh(rng, rng.randint(1, 5), circuit)
    try:
        return spread(circuit, mesh, Options(seed, stretch=rng.random() < 0.7))
    except (DelayTooShort, MeshError):
        assume(False)
        raise


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_each_neuron_and_port_is_on_one_board_and_each_synapse_where_its_target_is(seed: int) -> None:
    made = drawn(seed)
    whole, shares = made.program.whole, made.program.shares
    neurons_of = np.concatenate([s.neurons[s.neurons >= 0] for s in shares])
    assert sorted(neurons_of) == list(range(whole.neurons))
    channels = np.concatenate([s.channels[s.channels >= 0] for s in shares])
    assert sorted(channels) == list(range(whole.channels))
    assert sorted(a for s in shares for a in s.actuators) == list(range(len(whole.actuators)))
    assert sum(s.program.synapses for s in shares) == whole.synapses
    assert len(set(made.program.boards)) == len(shares)
    for port, board in made.mesh.ports.items():
        assert any(s.name == port for s in made.program.share(board).program.sensors)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_bonds_take_what_their_way_takes_and_delays_make_up_for_it(seed: int) -> None:
    made = drawn(seed)
    asked = random_circuit(seed, models=ALL_MODELS)
    named = {s.projection for s in made.stretched}
    for before, after in zip(asked.projections, made.circuit.projections, strict=True):
        assert after.delay >= before.delay and (after.delay == before.delay or after.name in named)
        assert after.delay <= 62
    for bond in made.program.bonds:
        assert bond.path[0] == bond.source and bond.path[-1] == bond.target
        assert bond.latency >= len(bond.path) - 1 >= 1
        assert (np.diff(bond.sources) > 0).all()
        target = made.program.share(bond.target).program
        port = next(s for s in target.sensors if s.name == bond.name)
        assert (port.first, port.size) == (bond.first, len(bond.sources))
        assert port.encoder == (layout.ENCODE_CURRENT if bond.values else layout.ENCODE_SPIKE)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_share_is_larger_than_its_board(seed: int) -> None:
    """Boards of some 1 to 3 KB, several of which a circuit needs; what is built fits, or is refused."""
    rng = random.Random(seed)
    circuit = random_circuit(seed, max_size=40, max_delay=5)
    mesh = random_mesh(rng, rng.randint(2, 5))
    small = tuple(dataclasses.replace(node, heap=rng.randint(1000, 3000)) for node in mesh.nodes)
    try:
        made = spread(circuit, dataclasses.replace(mesh, nodes=small), Options(seed, stretch=True))
    except DoesNotFit as error:
        assert "bytes" in error.what and error.remedy
        return
    boards = {node.name: node.heap for node in small}
    for share in made.program.shares:
        state = 4 * (2 * share.program.neurons + share.program.accumulators)
        assert len(encode(share.program)) + state <= boards[share.board]


def test_the_same_seed_gives_the_same_bytes() -> None:
    for seed in range(12):
        circuit = random_circuit(seed, max_size=40, models=ALL_MODELS)
        mesh = dataclasses.replace(random_mesh(random.Random(seed), 4), balance=1.2)
        one, two = (spread(circuit, mesh, Options(7, stretch=True)).program for _ in range(2))
        assert [encode(s.program) for s in one.shares] == [encode(s.program) for s in two.shares]
        assert [b.sources.tolist() for b in one.bonds] == [b.sources.tolist() for b in two.bonds]


# --- what cannot be done ----------------------------------------------------------------------------------


def population(name: str, size: int, expected: float = 0.01) -> IntegerPopulation:
    return IntegerPopulation(name, size, LIF, 1.0, f"robot.py:{len(name)}", expected)


def wired(
    source: str, target: str, pairs: np.ndarray, delay: int = 1, stretch: bool = False
) -> IntegerProjection:
    sources, targets = pairs
    ones = np.ones(len(sources), np.int64)
    name = f"{source}>{target}"
    return IntegerProjection(
        name, source, target, False, 1, 0, delay, sources, targets, ones, "robot.py:9", stretch=stretch
    )


def line(boards: int, heap: int = 0, baud: int = 921_600, **more: object) -> Mesh:
    nodes = tuple(Node(f"b{i}", "sim", heap) for i in range(boards))
    edges = tuple(Edge(f"b{i}", f"b{i + 1}", baud) for i in range(boards - 1))
    return Mesh(nodes, edges, where="robot.toml", **more)


def everyone(sources: int, targets: int) -> np.ndarray:
    return np.stack((np.repeat(np.arange(sources), targets), np.tile(np.arange(targets), sources)))


def sensors(*names: str) -> tuple[IntegerSensor, ...]:
    return tuple(IntegerSensor(name, 1, layout.ENCODE_SPIKE, 0, "") for name in names)


def test_what_does_not_fit_names_the_board_the_resource_and_the_largest_population() -> None:
    def circuit(stretch: bool) -> IntegerCircuit:
        all_to_all = wired("p", "p", everyone(200, 200), 1, stretch)
        return IntegerCircuit("c", 1000, (population("p", 200), population("q", 10)), (), (all_to_all,), ())

    with pytest.raises(DoesNotFit, match=r"board 'b\d' would need [\d,]+ bytes .* has 8,000") as caught:
        spread(circuit(True), line(2, heap=8000))
    assert "'p[" in caught.value.what and "more boards" in caught.value.remedy
    assert "stretched" not in caught.value.remedy
    assert max(spread(circuit(True), line(8, heap=11_000)).use[:, 0]) <= 11_000
    with pytest.raises(DoesNotFit) as caught:
        spread(circuit(False), line(8, heap=11_000))
    assert "2 tick(s) of 'p>p'" in caught.value.remedy


def test_more_sources_than_a_board_counts_need_more_boards() -> None:
    circuit = IntegerCircuit("c", 1000, (population("p", 70_000),), (), (), ())
    with pytest.raises(DoesNotFit, match="70,000 neurons and channels and has 65,535"):
        spread(circuit, line(1))
    made = spread(circuit, line(2))
    assert sorted(made.use[:, 2])[-1] <= 65_535 and made.use[:, 2].sum() == 70_000


def test_work_that_a_tick_has_no_time_for_needs_more_boards() -> None:
    """All of a tick of a Pico's processor, in instructions; no neuron is free."""
    pico = board_file.load("pico").machine
    assert pico is not None
    resting = neurons.Lif(vth=100, bias_mant=1)  # never at rest, so each is work in every tick
    circuit = IntegerCircuit("c", 1_000, (IntegerPopulation("p", 3_000, resting, 1.0, ""),), (), (), ())

    def mesh(boards: int) -> Mesh:
        nodes = tuple(Node(f"b{i}", "pico", pico.heap, 1.0, pico) for i in range(boards))
        return dataclasses.replace(line(boards), nodes=nodes)

    budget = pico.per_us * 1_000
    needed = 3_000 * pico.instructions.neuron / budget
    assert 1.2 < needed < 6
    with pytest.raises(DoesNotFit, match="instructions a tick and has") as caught:
        spread(circuit, mesh(1))
    assert "longer dt_s" in caught.value.remedy
    made = spread(circuit, mesh(math.ceil(needed * 1.3)))
    assert len(made.program.shares) > 1 and made.use[:, 1].max() <= budget
    for share, use in zip(made.program.shares, made.use, strict=True):
        rates = Rates.assumed(share.program)
        assert use[1] == pytest.approx(tick_cost(share.program, pico, rates).typical)
        assert use[0] == memory(share.program, pico).total - pico.runtime


def test_a_link_that_is_too_slow_is_named() -> None:
    """All of 400 neurons are heard on the other board, each spiking every second tick."""
    into = wired("p", "q", everyone(400, 4), delay=40)
    busy = population("p", 400, expected=0.5)
    hold = [wired("l", "p", everyone(1, 400), 0), wired("r", "q", everyone(1, 4), 0)]
    circuit = IntegerCircuit("c", 1000, (busy, population("q", 4)), sensors("l", "r"), (into, *hold), ())
    pins = {"l": "b0", "r": "b1"}
    with pytest.raises(
        DoesNotFit, match=r"from 'b0' to 'b1' \d+ bytes a tick .* 12 pass at 115,200"
    ) as caught:
        spread(circuit, line(2, baud=115_200, ports=pins))
    assert "baud" in caught.value.remedy
    assert spread(circuit, line(2, ports=pins)).placement.traffic == pytest.approx(200.0)


def test_a_delay_that_is_too_short_names_links_and_ticks_or_is_stretched() -> None:
    def circuit(stretch: bool) -> IntegerCircuit:
        ends = everyone(1, 1)
        hold = [wired("l", "p", ends, 0), wired("r", "q", ends, 0)]
        return IntegerCircuit(
            "c",
            1000,
            (population("p", 1), population("q", 1)),
            sensors("l", "r"),
            (wired("p", "q", ends, 1, stretch), *hold),
            (),
        )

    mesh = line(4, ports={"l": "b0", "r": "b3"})
    with pytest.raises(
        DelayTooShort, match=r"from board b0 to b3 by way of b1, b2 a spike needs 4 ticks"
    ) as caught:
        spread(circuit(False), mesh)
    assert "delay of 2 is 2 too short" in caught.value.what and caught.value.where == "robot.py:9"
    assert "delay_s of 0.004" in caught.value.remedy
    made = spread(circuit(True), mesh)
    assert [(s.before, s.after) for s in made.stretched] == [(2, 4)]
    everything = spread(circuit(False), mesh, Options(stretch=True)).stretched
    assert sum(s.after - s.before for s in everything) == 2  # of p>q alone, or of two others by one
    assert spread(circuit(False), line(2, ports={"l": "b0", "r": "b1"})).stretched == ()


def test_short_delays_that_boards_far_apart_would_break_are_not_cut() -> None:
    """A ring of eight neurons, delays for one hop only, on a star: leaves are two hops apart."""
    ring = np.stack((np.arange(8), (np.arange(8) + 1) % 8))
    circuit = IntegerCircuit("c", 1000, (population("p", 8),), (), (wired("p", "p", ring, 1),), ())
    nodes = tuple(Node(f"b{i}", "sim", 0) for i in range(5))
    star = Mesh(nodes, tuple(Edge("b0", f"b{i}", 921_600) for i in range(1, 5)), balance=1.0)
    made = spread(circuit, star)
    assert not made.stretched
    assert all(bond.latency == 1 for bond in made.program.bonds)


def test_a_longest_delay_cannot_be_stretched_beyond_the_format() -> None:
    """At 300 baud a frame takes more than 62 ticks of a millisecond."""
    ends = everyone(1, 1)
    hold = [wired("l", "p", ends, 0), wired("r", "q", ends, 0)]
    parts = (population("p", 1, 1e-6), population("q", 1))
    circuit = IntegerCircuit("c", 1000, parts, sensors("l", "r"), (wired("p", "q", ends, 1, True), *hold), ())
    with pytest.raises(DelayTooShort, match="the longest delay is 63"):
        spread(circuit, line(2, baud=200, ports={"l": "b0", "r": "b1"}))


def test_a_pinned_port_must_exist() -> None:
    circuit = IntegerCircuit("c", 1000, (population("p", 1),), sensors("eye"), (), ())
    with pytest.raises(MeshError, match="'eyes' is pinned to 'b0'") as caught:
        spread(circuit, line(2, ports={"eyes": "b0"}))
    assert "'eye'" in caught.value.remedy
