"""What is never cut: units (neurons and whole sensors) that share a board, in groups, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from myco import layout
from mycoflux.compiler.integer import IntegerCircuit, Integers
from mycoflux.compiler.numbering import Numbering
from mycoflux.errors import MeshError


@dataclass(frozen=True)
class Reason:
    """A part that keeps units together, and why; `units` is how many it concerns."""

    part: str
    why: str
    units: int


@dataclass(frozen=True, eq=False)
class Groups:
    """of: (units,) the group of each unit, numbered from 0. pins: board by group, of the pinned ones."""

    of: Integers
    count: int
    pins: Mapping[int, str]
    reasons: tuple[Reason, ...]


def contract(
    circuit: IntegerCircuit, numbers: Numbering, ports: Mapping[str, str], small: int, reach: int
) -> Groups:
    """The groups of units that share a board.

    Args:
        circuit: any.
        numbers: its own.
        ports: board by the name of each pinned sensor and actuator.
        small: populations of at most so many neurons stay whole, where nothing pulls them apart.
        reach: projections that may not be stretched are cut only where their delay is at least this.

    Raises:
        MeshError: units that share a board have ports pinned to different ones.
    """
    left, right, reasons = [], [], []
    for reason, a, b in _joined(circuit, numbers, reach):
        left.append(a)
        right.append(b)
        reasons.append(reason)
    of = _components(numbers.units, left, right)
    groups = [(reason, int(of[units[0]])) for reason, units in zip(reasons, left, strict=True) if len(units)]
    pins = _pins(circuit, numbers, ports, of, groups)
    of = _whole_small(circuit, numbers, of, pins, small)
    kept, of = np.unique(of, return_inverse=True)
    place = {int(group): i for i, group in enumerate(kept)}
    return Groups(of, len(kept), {place[g]: board for g, board in pins.items() if g in place}, tuple(reasons))


def _joined(
    circuit: IntegerCircuit, numbers: Numbering, reach: int
) -> Iterator[tuple[Reason, Integers, Integers]]:
    """Pairs of units that belong together, by the reason why."""
    populations = {p.name: p for p in circuit.populations}
    for actuator in circuit.actuators:
        whole = _all(numbers, actuator.source)
        chooses = actuator.decoder in (layout.DECODE_WINNER, layout.DECODE_STRONGEST)
        why = f"actuator '{actuator.name}' {'chooses among' if chooses else 'reads'} all its neurons"
        yield Reason(actuator.source, why, len(whole)), whole[:1].repeat(len(whole)), whole
    for projection in circuit.projections:
        source = populations.get(projection.source)
        if source is not None and source.neuron.graded:
            both = np.concatenate((_all(numbers, projection.source), _all(numbers, projection.target)))
            yield (
                Reason(projection.name, "its spikes carry values", len(both)),
                both[:1].repeat(len(both)),
                both,
            )
        elif projection.delay < reach and not projection.stretch:
            sources, targets = numbers.ends(projection)
            pairs = numbers.unit[sources], targets
            why = f"a delay of {projection.delay + 1} tick(s) that may not be stretched"
            yield Reason(projection.name, why, len(np.unique(np.concatenate(pairs)))), *pairs


def _all(numbers: Numbering, population: str) -> Integers:
    return np.arange(numbers.size[population]) + numbers.first[population]


def _components(units: int, left: list[Integers], right: list[Integers]) -> Integers:
    """The least unit that each unit is joined to, over any number of pairs.

    Labels sink to the least neighbour's and are then followed to their end, until nothing changes.
    """
    label = np.arange(units)
    a = np.concatenate([*left, np.zeros(0, np.int64)])
    b = np.concatenate([*right, np.zeros(0, np.int64)])
    while True:
        ours, theirs = label[a], label[b]
        apart = ours != theirs
        if not apart.any():
            return label
        a, b, ours, theirs = a[apart], b[apart], ours[apart], theirs[apart]
        np.minimum.at(label, np.maximum(ours, theirs), np.minimum(ours, theirs))
        while not np.array_equal(label[label], label):
            label = label[label]


def _pins(
    circuit: IntegerCircuit,
    numbers: Numbering,
    ports: Mapping[str, str],
    of: Integers,
    reasons: list[tuple[Reason, int]],
) -> dict[int, str]:
    """The board of every group with a pinned port. reasons: with the group that each holds together."""
    units = {s.name: numbers.neurons + i for i, s in enumerate(circuit.sensors)}
    units |= {a.name: numbers.first[a.source] for a in circuit.actuators}
    pins: dict[int, str] = {}
    said: dict[int, str] = {}
    for port, board in ports.items():
        group = int(of[units[port]])
        if pins.setdefault(group, board) != board:
            told = "; ".join(f"'{r.part}': {r.why}" for r, joins in reasons if joins == group)
            raise MeshError(
                f"the ports '{said[group]}' on '{pins[group]}' and '{port}' on '{board}' must share a board",
                where=port,
                remedy=f"Pin both to one board, or let a projection between them be stretched. Now: {told}",
            )
        said.setdefault(group, port)
    return pins


def _whole_small(
    circuit: IntegerCircuit, numbers: Numbering, of: Integers, pins: dict[int, str], small: int
) -> Integers:
    """Join the groups of each small population, unless they are pinned to different boards."""
    parent: dict[int, int] = {}

    def root(group: int) -> int:
        while group in parent:
            group = parent[group]
        return group

    for population in circuit.populations:
        if not 1 < population.size <= small:
            continue
        groups = sorted({root(int(g)) for g in of[_all(numbers, population.name)]})
        pinned = sorted({board for g, board in pins.items() if root(g) in groups})
        if len(pinned) > 1:
            continue
        parent |= dict.fromkeys(groups[1:], groups[0])
        for group in groups:
            if group in pins:
                pins[groups[0]] = pins.pop(group)
    if not parent:
        return of
    roots = np.arange(len(of))
    for group in parent:
        roots[group] = root(group)
    return roots[of]
