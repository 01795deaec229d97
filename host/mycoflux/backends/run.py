"""A whole run of a program: what to record of it, and what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Record:
    """What to keep of a run. Spikes and outputs are always kept.

    currents, potentials: names of the populations whose u, whose v is kept at every tick.
    """

    currents: tuple[str, ...] = ()
    potentials: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """What a run left, tick by tick; ticks count from 0.

    Attributes:
        ticks: how many there were.
        spike_ticks: (spikes,) int32, ascending.
        spike_neurons: (spikes,) int32, the program's numbers, ascending within a tick.
        outputs: (ticks, actuators) int32.
        currents: u after each tick, (ticks, size) int32 by population.
        potentials: v, likewise.
    """

    ticks: int
    spike_ticks: NDArray[np.int32]
    spike_neurons: NDArray[np.int32]
    outputs: NDArray[np.int32]
    currents: Mapping[str, NDArray[np.int32]]
    potentials: Mapping[str, NDArray[np.int32]]

    def same_as(self, other: Run) -> bool:
        """Whether every number that both recorded is the same."""
        return (
            self.ticks == other.ticks
            and np.array_equal(self.spike_ticks, other.spike_ticks)
            and np.array_equal(self.spike_neurons, other.spike_neurons)
            and np.array_equal(self.outputs, other.outputs)
            and _same(self.currents, other.currents)
            and _same(self.potentials, other.potentials)
        )


def _same(ours: Mapping[str, NDArray[np.int32]], theirs: Mapping[str, NDArray[np.int32]]) -> bool:
    return all(np.array_equal(ours[name], theirs[name]) for name in ours.keys() & theirs.keys())
