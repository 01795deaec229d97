"""Cells -> boards: little traffic over few links, no capacity exceeded, nothing late, ports where they are.

Boards and cells are halved together, links between the halves few and spikes between them too (dual recursive
bipartitioning: Pellegrini, "Static mapping by dual recursive bipartitioning", 1994), then `refine`d. All
cells on one board are tried as well, which small circuits often want. The best of all counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.arrangement import RESOURCES, Layout, Terms
from mycoflux.compiler.integer import Integers
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.metis import divide, undirected
from mycoflux.compiler.nets import Nets
from mycoflux.compiler.partition import Cells
from mycoflux.compiler.refine import refine
from mycoflux.compiler.weigh import Floats

SMALL = 48  # cells, up to which each board is tried as the start of all


@dataclass(frozen=True, eq=False)
class Placement:
    """board: (cells,) the board of each. use, capacity: (boards, RESOURCES). late: pairs of cells too far."""

    board: Integers
    use: Floats
    capacity: Floats
    late: tuple[tuple[int, int], ...]
    traffic: float

    @property
    def over(self) -> Floats:
        """By what share each capacity is exceeded."""
        return np.asarray(np.maximum(self.use / self.capacity - 1.0, 0.0))


def place(
    mesh: Mesh,
    cells: Cells,
    nets: Nets,
    capacity: Floats,
    distance: Floats,
    latency: Integers,
    seed: int,
) -> Placement:
    """Put each cell on a board.

    Args:
        mesh: the boards.
        cells: what to place; the pinned ones are fixed.
        nets: what they send one another.
        capacity: (boards, RESOURCES); infinite where nothing bounds it.
        distance: (boards, boards) what a spike from one to another costs.
        latency: (boards, boards) ticks it takes at least.
        seed: the same one gives the same placement.
    """
    terms = Terms(cells, nets, distance, latency, aimed(mesh, cells.need, capacity), mesh.small)
    fixed = {cell: mesh.index[board] for cell, board in cells.pins.items()}
    free = [cell for cell in range(cells.count) if cell not in fixed]
    best: Layout | None = None
    for number, start in enumerate(_starts(mesh, terms, fixed, seed)):
        layout = Layout(terms, start)
        refine(layout, free, np.random.default_rng((seed, number)))
        if best is None or layout.cost() < best.cost() * (1 - 1e-9):
            best = layout
    assert best is not None  # there is a start at least
    return Placement(best.board, best.use, capacity, tuple(best.late()), best.traffic())


def all_on(board: int, cells: Cells, capacity: Floats) -> Placement:
    """Every cell on one board, which takes no traffic at all; whether they fit there is for others to say."""
    use = np.zeros(capacity.shape)
    use[board] = cells.need.sum(axis=0)
    return Placement(np.full(cells.count, board), use, capacity, (), 0.0)


def aimed(mesh: Mesh, need: Floats, capacity: Floats) -> Floats:
    """The capacities to stay within: the boards' own, and less where the work is to be balanced."""
    if not mesh.balance:
        return capacity
    even = need.sum(axis=0) / len(mesh.nodes) * mesh.balance
    most = np.maximum(even, need.max(axis=0, initial=0.0))
    most[RESOURCES.index("sources")] = np.inf
    return np.asarray(np.minimum(capacity, np.maximum(most, 1.0)))


def _starts(mesh: Mesh, terms: Terms, fixed: dict[int, int], seed: int) -> list[Integers]:
    cells, boards = terms.cells.count, len(mesh.nodes)
    starts = [_halved(mesh, terms, fixed, seed)]
    crowd = np.bincount(list(fixed.values()), minlength=boards)
    likely = range(boards) if cells <= SMALL else [int(np.argmax(crowd))]
    fits = (terms.cells.need.sum(axis=0) <= terms.capacity).all(axis=1)
    fits &= ~(terms.small & terms.cells.needs_full.any())
    for board in likely:
        if fits[board]:
            starts.append(_with_fixed(np.full(cells, board), fixed))
    return starts


def _with_fixed(board: Integers, fixed: dict[int, int]) -> Integers:
    for cell, to in fixed.items():
        board[cell] = to
    return board


def _halved(mesh: Mesh, terms: Terms, fixed: dict[int, int], seed: int) -> Integers:
    """Halve the boards and the cells together until each board stands alone."""
    between = np.zeros((terms.cells.count, terms.cells.count))
    which, listener = np.nonzero(terms.nets.listens)
    np.add.at(between, (terms.nets.source[which], listener), terms.nets.traffic[which])
    between += between.T
    room = np.where(np.isfinite(terms.capacity[:, 0]), terms.capacity[:, 0], 0.0)
    room = np.where(room > 0, room, room.max() or 1.0)
    share = terms.cells.need / np.maximum(terms.cells.need.sum(axis=0), 1e-300)
    weight = share.max(axis=1)
    board = np.full(terms.cells.count, -1)
    pending = [(np.arange(len(mesh.nodes)), np.arange(terms.cells.count))]
    regions = {cell: np.array([to]) for cell, to in fixed.items()}
    while pending:
        boards, members = pending.pop()
        if len(boards) == 1 or not len(members):
            board[members] = boards[0]
            regions |= {int(cell): boards for cell in members}
            continue
        halves = _split_boards(mesh, boards)
        side = _split_cells(between, members, weight, [room[half].sum() for half in halves], seed)
        if _better_crossed(between, members, side, halves, regions, mesh.hops, room):
            side = 1 - side
        for i, cell in enumerate(members.tolist()):
            if cell in fixed:
                side[i] = int(fixed[cell] in halves[1])
        for number, half in enumerate(halves):
            mine = members[side == number]
            regions |= {int(cell): half for cell in mine}
            pending.append((half, mine))
    return _with_fixed(board, fixed)


def _split_boards(mesh: Mesh, boards: Integers) -> tuple[Integers, Integers]:
    """Two halves with few links between them: by which of two far boards is nearer, over all such pairs."""
    hops = mesh.hops[np.ix_(boards, boards)].astype(np.int16)  # 16 bits: sorted by digits, in linear time
    ends = np.nonzero(np.triu(hops == 1))
    best: tuple[int, NDArray[np.bool_]] | None = None
    for a in range(len(boards) - 1):
        order = np.argsort(hops[a][None, :] - hops[a + 1 :], axis=1, kind="stable")
        near = np.zeros(order.shape, np.bool_)
        np.put_along_axis(near, order[:, : (len(boards) + 1) // 2], True, axis=1)
        cuts = np.count_nonzero(near[:, ends[0]] != near[:, ends[1]], axis=1)
        least = int(np.argmin(cuts))
        if best is None or cuts[least] < best[0]:
            best = int(cuts[least]), near[least]
    assert best is not None  # there are two boards at least
    return boards[best[1]], boards[~best[1]]


def _split_cells(
    between: Floats, members: Integers, weight: Floats, room: list[float], seed: int
) -> Integers:
    """0 or 1 for each of `members`: little traffic between the sides, weights as the room."""
    sums = np.cumsum(weight[members])
    if len(members) < 4:
        return np.asarray(sums - weight[members] / 2 > sums[-1] * room[0] / sum(room), np.int64)
    near = between[np.ix_(members, members)]
    left, right = np.nonzero(np.triu(near, 1))
    graph = undirected(len(members), left, right, near[left, right])
    shares = [room[0] / sum(room), room[1] / sum(room)]
    return divide(graph, weight[members], 2, seed, shares)


def _better_crossed(
    between: Floats,
    members: Integers,
    side: Integers,
    halves: tuple[Integers, Integers],
    regions: dict[int, Integers],
    hops: Integers,
    room: Floats,
) -> bool:
    """Whether the two sides' cells lie nearer to what they talk to with their halves exchanged.

    regions: where cells that have been split off are, as far as it is known.
    """
    if not 0.8 < room[halves[0]].sum() / max(room[halves[1]].sum(), 1e-300) < 1.25:
        return False
    inside = {int(cell) for cell in members}
    others = [(cell, region) for cell, region in regions.items() if cell not in inside]
    others += [(cell, region) for cell, region in regions.items() if cell in inside and len(region) == 1]
    straight = crossed = 0.0
    for cell, region in others:
        to = [float(hops[np.ix_(half, region)].mean()) for half in halves]
        pull = [float(between[members[side == number], cell].sum()) for number in (0, 1)]
        straight += pull[0] * to[0] + pull[1] * to[1]
        crossed += pull[0] * to[1] + pull[1] * to[0]
    return crossed < straight
