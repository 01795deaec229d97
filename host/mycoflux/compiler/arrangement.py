"""Cells on boards while they are moved about: what that costs, and what a move would change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.integer import Integers
from mycoflux.compiler.nets import FAR, Nets
from mycoflux.compiler.partition import Cells
from mycoflux.compiler.weigh import CHANNEL, ROW, Floats

RESOURCES = ("memory", "time", "sources")
OVER = 100.0  # of all traffic, what exceeding a capacity by all of it costs, or being late by a tick
BARRED = 1000.0  # capacities' worth of exceeding that a cell costs where the runtime lacks something of it
STRETCH = 0.05  # of all traffic, what it costs if all that may be stretched has to be, by a tick


@dataclass(frozen=True, eq=False)
class Terms:
    """What a placement is judged by.

    distance, latency: (boards, boards) what a spike costs from one to another; ticks it takes, at least.
    capacity: (boards, RESOURCES). small: (boards,) which have the smallest runtime, as of `Mesh.small`.
    """

    cells: Cells
    nets: Nets
    distance: Floats
    latency: Integers
    capacity: Floats
    small: NDArray[np.bool_]


class Layout:
    """A placement. `moves` gives what every move of a cell would cost, `move` makes one."""

    def __init__(self, terms: Terms, board: Integers) -> None:
        self.terms = terms
        nets = terms.nets
        boards = len(terms.distance)
        self.board = board.copy()
        self._scale = OVER * (1.0 + float(nets.traffic.sum()) * max(1.0, float(terms.distance.max())))
        self._into = [np.flatnonzero(nets.listens[:, c]) for c in range(terms.cells.count)]
        self._out: list[list[int]] = [[] for _ in range(terms.cells.count)]
        for net, cell in enumerate(nets.source):
            self._out[cell].append(net)
        self._limits = [
            (self._scale, nets.limits),
            (STRETCH * float(nets.traffic.sum()) / max(int((nets.wishes < FAR).sum()), 1), nets.wishes),
        ]
        bounded = (nets.limits < FAR) | (nets.wishes < FAR)
        self._near = [np.flatnonzero(bounded[c] | bounded[:, c]) for c in range(terms.cells.count)]
        self.heard = np.zeros((len(nets.source), boards), np.int32)
        which, cell = np.nonzero(nets.listens)
        np.add.at(self.heard, (which, board[cell]), 1)
        self._barred = terms.cells.needs_full[:, None] & terms.small
        self.use = np.zeros((boards, len(RESOURCES)))
        np.add.at(self.use, board, terms.cells.need)
        away = self.heard > 0
        away[np.arange(len(away)), board[nets.source]] = False
        self.use += _channels((nets.channels[:, None] * away).sum(axis=0))

    def traffic(self) -> float:
        """Expected spikes a tick times distance."""
        nets = self.terms.nets
        reached = (self.heard > 0) * self.terms.distance[self.board[nets.source]]
        return float((nets.traffic * reached.sum(axis=1)).sum())

    def over(self) -> Floats:
        """By what share each capacity is exceeded, (boards, RESOURCES); 0 where it is not."""
        return _over(self.use, self.terms.capacity)

    def barred(self) -> int:
        """How many cells are where the runtime lacks something of them."""
        return int(self._barred[np.arange(len(self.board)), self.board].sum())

    def late(self) -> list[tuple[int, int]]:
        """Pairs of cells between which spikes would arrive late, each (sending, listening)."""
        limits = self.terms.nets.limits
        pairs = np.argwhere(self.terms.latency[np.ix_(self.board, self.board)] > limits)
        return [(int(a), int(b)) for a, b in pairs]

    def cost(self) -> float:
        """What all of it comes to; less is better."""
        latency = self.terms.latency[np.ix_(self.board, self.board)]
        late = sum(weight * float(np.maximum(latency - limits, 0).sum()) for weight, limits in self._limits)
        unfit = float(self.over().sum()) + BARRED * self.barred()
        return self.traffic() + self._scale * unfit + late

    def moves(self, cell: int) -> tuple[Floats, Floats]:
        """What the cost would change by with `cell` on each board, (boards,) each; 0 where it is.

        First by what it sends, hears and is late for; then by what the boards cannot take: capacities that
        are exceeded, and runtimes that lack something.
        """
        terms, nets, here = self.terms, self.terms.nets, int(self.board[cell])
        into, out = self._into[cell], self._out[cell]
        heard = self.heard[into].copy()
        heard[:, here] -= 1
        absent = heard == 0  # where the cell would be the first to listen
        senders = self.board[nets.source[into]]
        spikes = (nets.traffic[into][:, None] * absent * terms.distance[senders]).sum(axis=0)
        fresh = absent.copy()
        fresh[np.arange(len(into)), senders] = False
        gained = nets.channels[into] @ fresh
        present = self.heard[out] > 0
        spikes = spikes + terms.distance @ (nets.traffic[out] @ present)
        sent = nets.channels[out] @ present  # channels of this cell at each board that listens
        late = self._lateness(cell)
        pull = spikes - spikes[here] + late - late[here]
        return pull, self._scale * self._overload(cell, here, gained, sent)

    def move(self, cell: int, to: int) -> None:
        """Put `cell` on board `to`."""
        nets, here = self.terms.nets, int(self.board[cell])
        if to == here:
            return
        into, out = self._into[cell], self._out[cell]
        senders = self.board[nets.source[into]]
        self.heard[into, here] -= 1
        left = (self.heard[into, here] == 0) & (senders != here)
        come = (self.heard[into, to] == 0) & (senders != to)
        self.heard[into, to] += 1
        change = np.zeros(len(self.use))
        change[here] -= nets.channels[into][left].sum()
        change[to] += nets.channels[into][come].sum()
        present = self.heard[out] > 0
        change[here] += nets.channels[out][present[:, here]].sum()
        change[to] -= nets.channels[out][present[:, to]].sum()
        self.board[cell] = to
        self.use += _channels(change)
        self.use[here] -= self.terms.cells.need[cell]
        self.use[to] += self.terms.cells.need[cell]

    def _overload(self, cell: int, here: int, gained: Floats, sent: Floats | Integers) -> Floats:
        """By what boards would be less fit for what is on them in all, as of `cost`, (boards,)."""
        need, capacity = self.terms.cells.need[cell], self.terms.capacity
        without = self.use[here] - need + _channels(sent[[here]] - gained[[here]])[0]
        then = self.use + need + _channels(gained - sent)
        change = _over(then, capacity).sum(axis=1) - _over(self.use, capacity).sum(axis=1)
        change += _over(without, capacity[here]).sum() - _over(self.use[here], capacity[here]).sum()
        change += BARRED * (self._barred[cell].astype(np.int64) - int(self._barred[cell, here]))
        change[here] = 0.0
        return np.asarray(change)

    def _lateness(self, cell: int) -> Floats:
        """What it costs that spikes from and to this cell are late or stretched, with it on each board."""
        near, latency = self._near[cell], self.terms.latency
        there = self.board[near]
        total = np.zeros(len(latency))
        for weight, limits in self._limits:
            late = np.maximum(latency[:, there] - limits[cell, near], 0)
            late += np.maximum(latency[there].T - limits[near, cell], 0)
            total += weight * late.sum(axis=1)
        return total


def _channels(count: Floats | Integers) -> Floats:
    """What so many channels take of each resource, (..., RESOURCES)."""
    count = np.asarray(count, np.float64)
    return np.stack((count * (CHANNEL + ROW), np.zeros_like(count), count), axis=-1)


def _over(use: Floats, capacity: Floats) -> Floats:
    return np.asarray(np.maximum(use / capacity - 1.0, 0.0))
