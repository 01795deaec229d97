"""What a mesh build puts on a board is what the cost model, and the board's own check, take."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st

from myco import layout
from mycoflux.backends.lockstep import Lockstep
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.compiler.capacity import capacities, measure
from mycoflux.compiler.cost import demand_fit, memory
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection
from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.compiler.numbering import number
from mycoflux.compiler.spread import Options, spread
from mycoflux.compiler.weigh import ROW, weigh
from mycoflux.deploy.mesh_file import load_mesh, node_of
from mycoflux.errors import DelayTooShort, DoesNotFit, MeshError
from mycoflux.link import board_file
from mycoflux.program.convolution import Convolution
from mycoflux.program.image import encode
from mycoflux.program.machine import Machine
from mycoflux.program.mesh import MeshProgram, Share
from mycoflux.program.neurons import Izhikevich, Lif
from mycoflux.program.types import Program
from mycoflux.shapes import ConvolutionShape
from tests.backends.test_equal import assert_equal
from tests.meshes import random_mesh
from tests.native import nano_check
from tests.programs import ALL_MODELS, random_circuit, random_inputs, random_program

KINDS = [name for name in board_file.names() if board_file.load(name).machine is not None]
SMALL = "microbit"


def board(name: str, kind: str) -> Node:
    return node_of(name, board_file.load(kind))


def only(node: Node, program: Program) -> tuple[Mesh, MeshProgram]:
    """A program that is the only share of the only board."""
    actuators = tuple(range(len(program.actuators)))
    share = Share("b", program, np.arange(program.neurons), np.arange(program.channels), actuators)
    return Mesh((node,), ()), MeshProgram(program, (share,), ())


def taken(machine: Machine, program: Program) -> bool:
    try:
        demand_fit(program, machine)
    except DoesNotFit:
        return False
    return True


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(KINDS),
    size=st.sampled_from((4, 12, 40)),
    spare=st.integers(-40, 40),
)
@example(seed=0, kind=SMALL, size=4, spare=0)
def test_a_share_is_within_capacity_exactly_where_the_cost_model_lets_it_load(
    seed: int, kind: str, size: int, spare: int
) -> None:
    """On boards whose heap is a little more or less than the share needs."""
    program = random_program(seed, max_size=size, models=("lif",) if kind == SMALL else ALL_MODELS)
    figures = board_file.load(kind).machine
    assert figures is not None
    there = memory(program, figures)
    lacks = max(there.peak - there.heap, there.whole - there.usable, there.piece - there.largest)
    more = lacks + spare  # 0 or more spare bytes: it fits
    heap = figures.heap + more
    own = dataclasses.replace(
        figures, heap=heap, largest=max(figures.largest + more, 0), usable=max(figures.usable + more, 0)
    )
    mesh, shares = only(dataclasses.replace(board("b", kind), heap=heap), program)
    use = measure(mesh, shares, np.zeros(program.neurons + program.channels))
    fits = taken(own, program) if board_file.load(kind).runtime == "myco" else memory(program, own).fits
    assert fits is (spare >= 0 and not there.outside)  # flash is full, whatever heap there is
    assert bool((use <= capacities(mesh, program.dt_us)).all()) is fits


def mixed_mesh(rng: random.Random, boards: int, circuit: IntegerCircuit) -> Mesh:
    """A random mesh of Picos and micro:bits."""
    drawn = random_mesh(rng, boards, circuit)
    nodes = tuple(board(node.name, rng.choice((SMALL, "pico"))) for node in drawn.nodes)
    return dataclasses.replace(drawn, nodes=nodes)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), boards=st.integers(1, 5), plain=st.booleans())
def test_every_share_is_one_that_its_board_takes(seed: int, boards: int, plain: bool) -> None:
    """The check is the very C that runs on a micro:bit."""
    rng = random.Random(seed)
    circuit = random_circuit(seed, max_delay=20, models=("lif",) if plain else ALL_MODELS)
    mesh = mixed_mesh(rng, boards, circuit)
    try:
        made = spread(circuit, mesh, Options(seed, stretch=True))
    except (DelayTooShort, MeshError):
        assume(False)
        raise
    except DoesNotFit:
        event("refused")
        # A Pico that no port keeps it from has everything: what is refused needs one, or is too much.
        assert mesh.ports or mesh.small.all()
        return
    for share in made.program.shares:
        node = mesh.nodes[mesh.index[share.board]]
        assert node.machine is not None and taken(node.machine, share.program)
        if node.kind == SMALL:
            event("on a micro:bit")
            assert nano_check()(encode(share.program)) == 0
    whole, inputs = made.program.whole, random_inputs(seed, made.program.whole.channels, 12)
    assert_equal(PlainReference(whole), Lockstep(made.program), inputs)


def pair(*kinds: str, **more: object) -> Mesh:
    return Mesh(
        tuple(board(name, kind) for name, kind in zip("ab", kinds, strict=True)),
        (Edge("a", "b", 921_600),),
        **more,
    )


def two_populations(neuron: Lif | Izhikevich) -> IntegerCircuit:
    plain = IntegerPopulation("plain", 8, Lif(vth=100), 1.0, "robot.py:1")
    other = IntegerPopulation("other", 8, neuron, 1.0, "robot.py:2")
    ones = np.ones(8, np.int64)
    wires = IntegerProjection(
        "plain>other", "plain", "other", False, 1, 0, 5, np.arange(8), np.arange(8), ones, "robot.py:3"
    )
    return IntegerCircuit("c", 1000, (plain, other), (), (wires,), ())


IZHIKEVICH = Izhikevich(peak=1 << 16, v_reset=-70, w_step=1, a=40, b=800, step=4096, steps=1)


@pytest.mark.parametrize("seed", range(4))
def test_what_the_smallest_runtime_lacks_goes_where_it_runs(seed: int) -> None:
    mesh = pair(SMALL, "pico", balance=1.0)
    made = spread(two_populations(IZHIKEVICH), mesh, Options(seed))
    assert {s.board: [p.name for p in s.program.populations] for s in made.program.shares} == {
        "a": ["plain"],
        "b": ["other"],
    }


def test_where_no_board_has_it_the_population_is_named() -> None:
    with pytest.raises(
        DoesNotFit, match=r"the runtime of '[ab]' lacks population 'other.* of Izhikevich"
    ) as caught:
        spread(two_populations(IZHIKEVICH), pair(SMALL, SMALL))
    assert caught.value.where == "robot.py:2"
    spread(two_populations(Lif(vth=100)), pair(SMALL, SMALL))


def convolution(image: tuple[int, int, int], width: int) -> IntegerCircuit:
    """Two populations of an image's size, joined by a kernel that is `width` wide, and high if they are."""
    kernel = (min(width, image[1]), width)
    shape = ConvolutionShape(image, 1, kernel, padding=(kernel[0] // 2, kernel[1] // 2))
    rows, columns, entries = shape.synapses()
    shared = Convolution(shape, np.arange(1, kernel[0] * kernel[1] + 1))
    wires = IntegerProjection(
        "p>q", "p", "q", False, 1, 0, 5, rows, columns, shared.weights[entries], "", shared=shared
    )
    size = image[1] * image[2]
    populations = tuple(IntegerPopulation(name, size, Lif(vth=100), 1.0, "") for name in "pq")
    return IntegerCircuit("c", 1000, populations, (), (wires,), ())


def test_a_convolution_is_written_out_for_a_board_without_it() -> None:
    circuit = convolution((1, 1, 16), 3)

    def table(kind: str) -> int:
        program = spread(circuit, Mesh((board("a", kind),), ())).program.shares[0].program
        assert kind != SMALL or nano_check()(encode(program)) == 0
        image = encode(program)
        return int(layout.projection(image, layout.Header(image), 0)[0] & layout.TABLE_MASK)

    assert (table("pico"), table(SMALL)) == (layout.TABLE_CONVOLUTION, layout.TABLE_PACKED)


def recurrent(size: int, fan_out: int, depth: int) -> IntegerCircuit:
    """One population whose every neuron reaches `fan_out` of them, after `depth` ticks."""
    sources = np.repeat(np.arange(size), fan_out)
    targets = np.concatenate([np.sort((np.arange(fan_out) * 7 + i) % size) for i in range(size)])
    ones = np.ones(size * fan_out, np.int64)
    wires = IntegerProjection("p>p", "p", "p", False, 1, 0, depth - 1, sources, targets, ones, "")
    return IntegerCircuit("c", 1000, (IntegerPopulation("p", size, Lif(vth=100), 1.0, ""),), (), (wires,), ())


@pytest.mark.parametrize("kind", ["armv7", "microbit", "virtual"])
@pytest.mark.parametrize(
    "more",
    [
        *((250, 2, 3), (200, 20, 3), (200, 2, 13), (200, 150, 3)),
        *((300, 2, 3), (300, 20, 3), (500, 20, 3), (1000, 2, 3), (1000, 20, 3), (1000, 100, 3)),
    ],
)
def test_units_weigh_what_programs_grow_by(kind: str, more: tuple[int, int, int]) -> None:
    figures = board_file.load(kind).machine
    assert figures is not None

    def both(size: int, fan_out: int, depth: int) -> tuple[float, float]:
        circuit = recurrent(size, fan_out, depth)
        weighed = weigh(circuit, number(circuit)).bytes.sum() + ROW * size
        program = emit(circuit)
        in_flash = len(encode(program)) if figures.slot else 0
        return weighed, memory(program, figures).total + in_flash

    (weighed, takes), (weighed_more, takes_more) = both(200, 2, 3), both(*more)
    assert weighed_more - weighed == pytest.approx(takes_more - takes, rel=0.05)


@pytest.mark.parametrize("side", [30, 40])
def test_what_fits_on_one_board_stays_on_one(side: int) -> None:
    """A convolution, which takes much less whole than in parts; and one that fits if written out, too."""
    made = spread(convolution((1, side, side), 5), load_mesh("3xpico"))
    assert len(made.program.shares) == 1
    balanced = dataclasses.replace(made.mesh, balance=1.1)
    assert len(spread(convolution((1, side, side), 5), balanced).program.shares) == 3


def test_a_board_without_a_bound_takes_anything() -> None:
    program = random_program(3, max_size=40, models=ALL_MODELS)
    node = dataclasses.replace(board("b", "pico"), heap=0)
    mesh, shares = only(node, program)
    use = measure(mesh, shares, np.zeros(program.neurons + program.channels))
    assert node.machine is not None
    assert use[0, 0] == memory(program, node.machine).total - node.machine.runtime
    assert (use <= capacities(mesh, program.dt_us)).all()
