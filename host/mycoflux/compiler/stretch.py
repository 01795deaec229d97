"""Delays against latencies: lengthens the projections that may be stretched, refuses those that may not.

A spike that passes a bond of latency L acts L ticks and one after it was sent at least, so a projection's
further delay must be L or more. A projection is stretched as a whole, not only where it is cut: what a
program does must not depend on where its cells lie.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mycoflux.compiler.integer import IntegerCircuit, IntegerProjection, Integers
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.numbering import Numbering
from mycoflux.compiler.resolve_synapses import MAX_DELAY
from mycoflux.compiler.route import Routes
from mycoflux.errors import DelayTooShort


@dataclass(frozen=True)
class Stretched:
    """A projection whose delays below `delay` became that; both count ticks from a spike to its effect."""

    projection: str
    before: int
    after: int
    origin: str


@dataclass(frozen=True)
class Crossing:
    """The slowest way that synapses of a projection take: boards by number, ticks."""

    source: int
    target: int
    latency: int


def stretch(
    circuit: IntegerCircuit, numbers: Numbering, board_of: Integers, mesh: Mesh, routes: Routes
) -> tuple[IntegerCircuit, tuple[Stretched, ...]]:
    """The circuit with every delay as long as its bonds take, and what was lengthened.

    Raises:
        DelayTooShort: a projection that is cut may not be stretched, or not so far; names the link.
    """
    own = [crossing(p, numbers, board_of, routes) for p in circuit.projections]
    slowest: dict[str, Crossing] = {}
    for projection, way in zip(circuit.projections, own, strict=True):
        if way is not None and way.latency > slowest.get(projection.name, Crossing(0, 0, 0)).latency:
            slowest[projection.name] = way
    projections: list[IntegerProjection] = []
    told: dict[str, Stretched] = {}
    for projection, way in zip(circuit.projections, own, strict=True):
        if way is not None and projection.delay < way.latency and not projection.stretch:
            raise _too_short(circuit, projection, way, mesh, routes)
        longest = slowest.get(projection.name)
        if longest is not None and projection.stretch and projection.delay < longest.latency:
            if longest.latency > MAX_DELAY:
                raise _too_short(circuit, projection, longest, mesh, routes)
            name, before = projection.name, projection.delay + 1
            if name in told:
                before = min(before, told[name].before)
            told[name] = Stretched(name, before, longest.latency + 1, projection.origin)
            projection = dataclasses.replace(projection, delay=longest.latency)
        projections.append(projection)
    return dataclasses.replace(circuit, projections=tuple(projections)), tuple(told.values())


def crossing(
    projection: IntegerProjection, numbers: Numbering, board_of: Integers, routes: Routes
) -> Crossing | None:
    """The slowest pair of boards that a synapse of the projection joins; None if it is not cut."""
    boards = len(routes.latency)
    sources, targets = numbers.ends(projection)
    keys = board_of[numbers.unit[sources]] * boards + board_of[targets]
    pairs = np.flatnonzero(np.bincount(keys, minlength=boards * boards))
    a, b = pairs // boards, pairs % boards
    a, b = a[a != b], b[a != b]
    if not len(a):
        return None
    worst = int(np.argmax(routes.latency[a, b]))
    return Crossing(int(a[worst]), int(b[worst]), int(routes.latency[a[worst], b[worst]]))


def _too_short(
    circuit: IntegerCircuit, projection: IntegerProjection, way: Crossing, mesh: Mesh, routes: Routes
) -> DelayTooShort:
    path = routes.paths[way.source, way.target]
    names = [mesh.nodes[board].name for board in path]
    between = f" by way of {', '.join(names[1:-1])}" if names[1:-1] else ""
    needed = f"from board {names[0]} to {names[-1]}{between} a spike needs {way.latency + 1} ticks"
    if way.latency > MAX_DELAY:
        has, remedy = (
            f"the longest delay is {MAX_DELAY + 1}",
            "Use faster links, or let fewer neurons cross them",
        )
    else:
        missing = way.latency - projection.delay
        has = f"its delay of {projection.delay + 1} is {missing} too short"
        remedy = (
            f"Give it a delay_s of {(way.latency + 1) * circuit.dt_us * 1e-6:g}, or let it be stretched "
            "(stretch=True, or build with --stretch)"
        )
    return DelayTooShort(
        f"projection '{projection.name}': {needed}, {has} ({_why(path, mesh, routes)})",
        where=projection.origin or projection.name,
        remedy=remedy,
    )


def _why(path: tuple[int, ...], mesh: Mesh, routes: Routes) -> str:
    loads = [routes.loads[link] for link in pairwise(path)]
    links = ", ".join(f"{mesh.edges[load.edge]}: {load.ticks}" for load in loads)
    slow = max(loads, key=lambda load: load.ticks)
    if slow.ticks == 1:
        return f"ticks a link: {links}"
    return (
        f"ticks a link: {links}; over {mesh.edges[slow.edge]} go {slow.most:,.0f} bytes if all spike at "
        f"once, and {slow.passes:,.0f} pass in a tick"
    )
