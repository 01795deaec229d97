"""The boards a program is for, and the links between them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.suggest import instead
from mycoflux.compiler.integer import Integers
from mycoflux.compiler.lacking import SMALL
from mycoflux.errors import MeshError
from mycoflux.program.machine import Machine

BITS_A_BYTE = 10  # on a serial line: a start bit, eight, a stop bit


@dataclass(frozen=True)
class Node:
    """A board.

    kind: its board file's name. heap: bytes that a share may take there; 0 where nothing bounds them.
    busy: what share of a tick's time a share's expected work may take; 0 where nothing bounds it.
    machine: what things cost there; None where that is not known, and then time is not bounded either.
    runtime: what runs there, as its board file says.
    """

    name: str
    kind: str
    heap: int
    busy: float = 0.0
    machine: Machine | None = None
    url: str | None = None
    runtime: str = "myco"


@dataclass(frozen=True)
class Edge:
    """A serial link between two boards, by name; both ways at once, `baud` bits a second each.

    port_a, port_b: names of the links in the board files; "" where it does not matter.
    """

    a: str
    b: str
    baud: int
    port_a: str = ""
    port_b: str = ""

    def bytes_a_tick(self, dt_us: int) -> float:
        """Bytes that pass one way in a tick."""
        return self.baud / BITS_A_BYTE * dt_us / 1e6

    def __str__(self) -> str:
        return f"{self.a} - {self.b}"


@dataclass(frozen=True)
class Mesh:
    """Boards, links, and the boards that ports are pinned to. Checked when it is made.

    ports: board by sensor's or actuator's name.
    balance: no board gets more than this times an even share of the work; 0: as few boards as need be.
    where: the file it was read from, for messages.

    Raises:
        MeshError: no boards, a name twice, a link to itself or twice, boards that no link reaches, a balance
            below 1.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    ports: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    balance: float = 0.0
    where: str = ""

    def __post_init__(self) -> None:
        if not self.nodes:
            raise MeshError("it has no boards", where=self.where, remedy="Add a table [boards.NAME]")
        if len(self.index) != len(self.nodes):
            raise MeshError("two boards have one name", where=self.where, remedy="Name each differently")
        if self.balance and not 1.0 <= self.balance < math.inf:
            raise MeshError(
                f"the balance is {self.balance:g}, and some board has an even share at least",
                where=self.where,
                remedy="Give 1 or more, such as 1.2",
            )
        seen = set()
        for edge in self.edges:
            for end in (edge.a, edge.b):
                if end not in self.index:
                    raise MeshError(
                        f"a link leads to '{end}', which is no board",
                        where=self.where,
                        remedy=instead(end, self.index),
                    )
            if edge.a == edge.b:
                raise MeshError(
                    f"a link joins '{edge.a}' to itself", where=self.where, remedy="Join it to another board"
                )
            if frozenset((edge.a, edge.b)) in seen:
                raise MeshError(
                    f"two links join '{edge.a}' and '{edge.b}'", where=self.where, remedy="Remove one"
                )
            seen.add(frozenset((edge.a, edge.b)))
        apart = [node.name for node, hops in zip(self.nodes, self.hops[0], strict=True) if hops < 0]
        if apart:
            raise MeshError(
                f"no link leads from '{self.nodes[0].name}' to {', '.join(map(repr, apart))}",
                where=self.where,
                remedy="Add links until every board can be reached from every other",
            )

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The number of each board."""
        return MappingProxyType({node.name: i for i, node in enumerate(self.nodes)})

    @cached_property
    def small(self) -> NDArray[np.bool_]:
        """Which boards have the smallest runtime, (boards,): what it lacks cannot be placed there."""
        return np.array([node.runtime == SMALL for node in self.nodes], np.bool_)

    @cached_property
    def neighbours(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Of each board, its neighbours and the number of the link to each, by neighbour."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for i, edge in enumerate(self.edges):
            a, b = self.index[edge.a], self.index[edge.b]
            found[a].append((b, i))
            found[b].append((a, i))
        return tuple(tuple(sorted(entry)) for entry in found)

    @cached_property
    def hops(self) -> Integers:
        """Links on the shortest way from each board to each, (boards, boards); -1 where there is none."""
        return np.array([self._reached(i) for i in range(len(self.nodes))], np.int64)

    def _reached(self, start: int) -> list[int]:
        hops = [-1] * len(self.nodes)
        hops[start] = 0
        queue = deque([start])
        while queue:
            at = queue.popleft()
            for to, _ in self.neighbours[at]:
                if hops[to] < 0:
                    hops[to] = hops[at] + 1
                    queue.append(to)
        return hops
