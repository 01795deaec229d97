"""A program cut into the shares of several boards, and the bonds between them. Frozen data, no behaviour.

docs/decisions/006-shares-and-bonds.md says what a share and a bond are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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
    """What source `sources[i]` of one board sends in tick t is input of channel `first + i` of another in tick
    t + latency.

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

    @cached_property
    def boards(self) -> tuple[str, ...]:
        """The names of the boards that run a share."""
        return tuple(share.board for share in self.shares)
