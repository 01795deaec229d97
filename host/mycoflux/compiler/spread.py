"""Integer circuit -> program for a mesh: partition, place, route, stretch, shares, until all of it holds.

What fits on one board stays on one, unless the work is to be balanced.

What one pass finds out, the passes before it need: a link that is overloaded is given a longer distance, a
bond that takes longer than a hop a tick a longer latency, a share that is larger than estimated less room,
and cells are placed again. Where spikes would still be late for a projection that may not be stretched,
projections with such a delay are no longer cut at all.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from mycoflux.circuit.suggest import instead
from mycoflux.compiler.capacity import (
    capacities,
    measure,
    refuse_lacking_runtimes,
    refuse_links,
    refuse_overload,
    unit_work,
)
from mycoflux.compiler.contract import Groups, contract
from mycoflux.compiler.integer import IntegerCircuit, Integers
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.nets import Nets, nets
from mycoflux.compiler.numbering import Numbering, number
from mycoflux.compiler.partition import Cells, partition
from mycoflux.compiler.place import Placement, all_on, place
from mycoflux.compiler.resolve_synapses import MAX_DELAY
from mycoflux.compiler.route import Routes, demand, route
from mycoflux.compiler.shares import shares
from mycoflux.compiler.stretch import Stretched, stretch
from mycoflux.compiler.weigh import WORD, Floats, weigh
from mycoflux.errors import DelayTooShort, DoesNotFit, MeshError
from mycoflux.program.mesh import MeshProgram

CELLS = 6  # a board
ROUNDS = 6  # of placing, each knowing what the one before ran into
TIGHTER = 0.98


@dataclass(frozen=True)
class Options:
    """seed: the same one gives the same bytes. cells: wanted a board. stretch: every projection may be."""

    seed: int = 0
    cells: int = CELLS
    stretch: bool = False


@dataclass(frozen=True, eq=False)
class Spread:
    """A circuit on a mesh, and what each pass made of it.

    circuit: with its delays as stretched. board_of: (units,) the board of each neuron, then of each sensor.
    """

    program: MeshProgram
    circuit: IntegerCircuit
    numbers: Numbering
    mesh: Mesh
    groups: Groups
    cells: Cells
    nets: Nets
    placement: Placement
    board_of: Integers
    routes: Routes
    stretched: tuple[Stretched, ...]
    capacity: Floats
    use: Floats  # (shares, RESOURCES), exact where the board's figures are known


DEFAULTS = Options()


def spread(circuit: IntegerCircuit, mesh: Mesh, options: Options = DEFAULTS) -> Spread:
    """Cut `circuit`, which `bound` has passed, into a program for each board of `mesh`.

    Raises:
        MeshError: a port that is pinned does not exist, or ports that must share a board are pinned apart.
        DoesNotFit: the boards or links are too few or too small; says which, by how much.
        DelayTooShort: spikes would be late, and the projection may not be stretched.
        ExtraMissing: pymetis is not installed.
    """
    _check_ports(circuit, mesh)
    if options.stretch:
        circuit = dataclasses.replace(
            circuit, projections=tuple(dataclasses.replace(p, stretch=True) for p in circuit.projections)
        )
    first: DelayTooShort | None = None
    for reach in _reaches(circuit):
        try:
            return _Attempt(circuit, mesh, options, reach).spread()
        except DelayTooShort as error:
            first = first or error
        except (DoesNotFit, MeshError) as error:
            if first is None:
                raise
            raise first from error
    assert first is not None  # the longest reach cuts nothing that could be late
    raise first


def _check_ports(circuit: IntegerCircuit, mesh: Mesh) -> None:
    there = {s.name for s in circuit.sensors} | {a.name for a in circuit.actuators}
    for port, board in mesh.ports.items():
        if port not in there:
            raise MeshError(
                f"'{port}' is pinned to '{board}', but the circuit has no such sensor or actuator",
                where=mesh.where,
                remedy=instead(port, sorted(there)),
            )


def _reaches(circuit: IntegerCircuit) -> list[int]:
    """Delays below which nothing is cut, to be tried one after the other: each forbids more than the last."""
    longest = max((p.delay for p in circuit.projections if not p.stretch), default=0)
    return [reach for reach in (1, 2, 3, 5, 9, 17, 33) if reach == 1 or reach <= longest] + [MAX_DELAY + 1]


@dataclass(eq=False)
class _Attempt:
    """One way to cut: what it has found out so far is in `room`, `distance` and `latency`."""

    circuit: IntegerCircuit
    mesh: Mesh
    options: Options
    reach: int

    def __post_init__(self) -> None:
        boards = len(self.mesh.nodes)
        self.numbers = number(self.circuit)
        small = self.numbers.neurons // (boards * self.options.cells * 4)
        self.groups = contract(self.circuit, self.numbers, self.mesh.ports, small, self.reach)
        wanted = boards * self.options.cells if boards > 1 else 1
        weights = weigh(self.circuit, self.numbers, unit_work(self.mesh))
        self.cells = partition(self.circuit, self.numbers, self.groups, weights, wanted, self.options.seed)
        self.nets = nets(self.circuit, self.numbers, self.cells.of, self.cells.count)
        self.capacity = capacities(self.mesh, self.circuit.dt_us)
        self.room = self.capacity.copy()
        self.distance = self.mesh.hops.astype(np.float64)
        self.latency = self.mesh.hops.copy()

    def spread(self) -> Spread:
        """All on one board; else the first round in which everything holds; else what the first ran into."""
        problem: DelayTooShort | DoesNotFit | None = None
        for board in self._boards_for_all():
            try:
                return self._built(all_on(board, self.cells, self.capacity))
            except DoesNotFit:
                self.room = self.capacity.copy()  # what all of it takes there says nothing of parts
        for _ in range(ROUNDS):
            try:
                return self._built(self._placed())
            except (DelayTooShort, DoesNotFit) as error:
                problem = problem or error
        assert problem is not None  # there is a round at least
        raise problem

    def _boards_for_all(self) -> list[int]:
        """Boards that may hold it all, one of each kind: a whole may take less than `weigh` says of parts.

        None where the work is to be balanced, and none in later attempts, which would find the same.
        """
        mesh, pinned = self.mesh, set(self.cells.pins.values())
        if mesh.balance or self.reach > 1 or len(pinned) > 1:
            return []
        alike = {(n.kind, n.heap, n.busy): i for i, n in reversed(list(enumerate(mesh.nodes)))}
        likely = [mesh.index[board] for board in pinned] or sorted(alike.values())
        synapses = sum(len(p.targets) for p in self.circuit.projections if p.shared is None)
        least = self.numbers.neurons * 2 * WORD + synapses, 0, self.numbers.sources
        return [board for board in likely if (self.capacity[board] >= least).all()]

    def _placed(self) -> Placement:
        seed = self.options.seed
        return place(self.mesh, self.cells, self.nets, self.room, self.distance, self.latency, seed)

    def _built(self, placement: Placement) -> Spread:
        """What comes of a placement; DelayTooShort or DoesNotFit where it does not hold."""
        mesh, numbers = self.mesh, self.numbers
        board_of = placement.board[self.cells.of]
        wanted = demand(self.circuit, numbers, board_of, len(mesh.nodes))
        routes = route(mesh, wanted, self.circuit.dt_us)
        if routes.over:
            self.distance = _lengthened(mesh, routes, self.distance)
            refuse_links(mesh, routes)
        try:
            circuit, told = stretch(self.circuit, numbers, board_of, mesh, routes)
        except DelayTooShort:
            self.latency = np.maximum(self.latency, routes.latency)
            raise
        program = shares(circuit, numbers, board_of, mesh, routes)
        refuse_lacking_runtimes(mesh, program)
        use = measure(mesh, program, numbers.rates)
        boards = [mesh.index[share.board] for share in program.shares]
        over = use / self.capacity[boards]
        if (over > 1).any():
            self.room[boards] = np.where(over > 1, self.room[boards] / over * TIGHTER, self.room[boards])
            refuse_overload(mesh, circuit, program, use, self.capacity)
        return Spread(
            program, circuit, numbers, mesh, self.groups, self.cells, self.nets, placement, board_of, routes,
            told, self.capacity, use,
        )  # fmt: skip


def _lengthened(mesh: Mesh, routes: Routes, distance: Floats) -> Floats:
    """Distances with overloaded links longer than they were, along the shortest ways."""
    boards = len(mesh.nodes)
    longer = np.full((boards, boards), np.inf)
    np.fill_diagonal(longer, 0.0)
    for (a, b), load in routes.loads.items():
        longer[a, b] = distance[a, b] + load.over
    for by in range(boards):
        longer = np.minimum(longer, longer[:, by, None] + longer[by])
    return longer
