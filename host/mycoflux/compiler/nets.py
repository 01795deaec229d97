"""Cells -> nets: which cells listen to which sources, exactly as often as a spike is sent.

A source's spike goes once to each board that listens, not once a synapse. Sources of one cell that the same
cells listen to are one net.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.integer import IntegerCircuit, IntegerProjection, Integers
from mycoflux.compiler.numbering import Numbering
from mycoflux.compiler.weigh import Floats

FAR = 63  # more than any delay


@dataclass(frozen=True, eq=False)
class Nets:
    """What cells send one another.

    source: (nets,) the sending cell. listens: (nets, cells) which others listen.
    traffic: (nets,) expected spikes a tick. channels: (nets,) sources.
    limits: (cells, cells) the longest latency that a bond from one to another may have; FAR: any.
    wishes: (cells, cells) the longest for which nothing has to be stretched; FAR: any.
    """

    source: Integers
    listens: NDArray[np.bool_]
    traffic: Floats
    channels: Integers
    limits: Integers
    wishes: Integers


def nets(circuit: IntegerCircuit, numbers: Numbering, of: Integers, cells: int) -> Nets:
    """The nets of `circuit` with its units in the cells `of`."""
    listens = listeners(circuit, numbers, of[: numbers.neurons], cells)
    home = of[numbers.unit]
    listens[np.arange(numbers.sources), home] = False
    sending = np.flatnonzero(listens.any(axis=1))
    home = home[sending]
    packed = np.packbits(listens[sending], axis=1)
    keys = np.concatenate((home.astype("<i8").view(np.uint8).reshape(-1, 8), packed), axis=1)
    rows = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1]))).ravel()
    _, first, net = np.unique(rows, return_index=True, return_inverse=True)
    net = net.ravel()
    return Nets(
        home[first],
        listens[sending[first]],
        np.bincount(net, numbers.rates[sending], len(first)).astype(np.float64),
        np.bincount(net, minlength=len(first)).astype(np.int64),
        _limits([p for p in circuit.projections if not p.stretch], numbers, of, cells),
        _limits([p for p in circuit.projections if p.stretch], numbers, of, cells),
    )


def listeners(circuit: IntegerCircuit, numbers: Numbering, of: Integers, places: int) -> NDArray[np.bool_]:
    """Whether each source has a synapse in each place, (sources, places). of: (neurons,) their places."""
    heard = np.zeros((numbers.sources, places), np.bool_)
    for projection in circuit.projections:
        sources, targets = numbers.ends(projection)
        heard[sources, of[targets]] = True
    return heard


def _limits(projections: list[IntegerProjection], numbers: Numbering, of: Integers, cells: int) -> Integers:
    """The shortest delay between any two cells."""
    limits = np.full((cells, cells), FAR)
    # From long to short: the shortest is written last.
    for projection in sorted(projections, key=lambda p: -p.delay):
        sources, targets = numbers.ends(projection)
        limits[of[numbers.unit[sources]], of[targets]] = projection.delay
    np.fill_diagonal(limits, FAR)
    return limits


def traffic(
    circuit: IntegerCircuit, numbers: Numbering, board_of: Integers, distance: Floats | Integers
) -> float:
    """Expected spikes a tick times links passed, with units on the boards `board_of`.

    distance: (boards, boards).
    """
    heard = listeners(circuit, numbers, board_of[: numbers.neurons], len(distance))
    return float((numbers.rates * (heard * distance[board_of[numbers.unit]]).sum(axis=1)).sum())
