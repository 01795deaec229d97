"""A program cut into the shares of several boards, and the bonds between them. Frozen data, no behaviour.

docs/decisions/006-shares-and-bonds.md says what a share and a bond are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mycoflux.program.types import IntArray, Program

NOBODY = -1


@dataclass(frozen=True, eq=False)
class Share:
    """What one board runs: a program of its own.

    neurons: (neurons of `program`,) the number that each has in the uncut program; NOBODY for the neuron at
        rest of a board that only senses.
    channels: (channels of `program`,) likewise; NOBODY where a bond fills the channel.
    actuators: the number in the uncut program of each actuator.
    """

    board: str
    program: Program
    neurons: IntArray
    channels: IntArray
    actuators: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Bond:
    """What source `sources[i]` sends in tick t is the input of channel `first + i` in tick t + latency.

    name: of the sensor port at the target, "part@board".
    sources: (channels,) numbers in the program of `source`: its neurons, then its channels; ascending.
    values: whether readings are carried; else spikes, as inputs of 1.
    path: the boards it passes, both ends included.
    """

    name: str
    source: str
    target: str
    sources: IntArray
    first: int
    latency: int
    values: bool
    path: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class MeshProgram:
    """One program for several boards.

    whole: the same uncut, with its delays as stretched: what all shares together equal bit for bit.
    """

    whole: Program
    shares: tuple[Share, ...]
    bonds: tuple[Bond, ...]

    def whole_sources(self, bond: Bond) -> IntArray:
        """The numbers in the uncut program of what a bond carries."""
        share = self.share(bond.source)
        own = np.concatenate((share.neurons, self.whole.neurons + share.channels))
        return np.asarray(own[bond.sources])

    def share(self, board: str) -> Share:
        """The share of a board that runs one."""
        return self._by_board[board]

    @cached_property
    def _by_board(self) -> dict[str, Share]:
        return {share.board: share for share in self.shares}

    @cached_property
    def boards(self) -> tuple[str, ...]:
        """The names of the boards that run a share."""
        return tuple(share.board for share in self.shares)
