"""What every plant can do: be sensed, actuated and stepped, in whole-number readings and duties."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.errors import InvalidInput

Trace = dict[str, NDArray[Any]]


class Plant(ABC):
    """A simulated body and world, deterministic for its seed.

    Attributes:
        sensors: names of the readings `sense` gives. actuators: names that `actuate` takes.
        dt_s: seconds a step.
    """

    sensors: tuple[str, ...]
    actuators: tuple[str, ...]
    dt_s: float

    @abstractmethod
    def sense(self) -> dict[str, int]:
        """Every sensor's reading, 0..4095."""

    @abstractmethod
    def actuate(self, duty: Mapping[str, int]) -> None:
        """Take actuator values, 0..4095 (others are clipped); names that are left out keep theirs."""

    @abstractmethod
    def step(self) -> None:
        """Advance by dt_s."""

    @abstractmethod
    def reset(self, seed: int = 0) -> None:
        """Back to the beginning."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """How the run went so far; units stand in the names."""

    @abstractmethod
    def trace(self) -> Trace:
        """What a recording keeps: arrays by name, one row a step where they change."""


def plant_by_name(name: str, dt_s: float, seed: int = 0) -> Plant:
    """The plant called `name`.

    Raises:
        InvalidInput: there is none of that name.
    """
    from mycoflux.hil.plants.line_track import LineTrack

    known: dict[str, type[LineTrack]] = {"line-track": LineTrack}
    if name not in known:
        raise InvalidInput(f"there is no plant '{name}'", remedy=f"Choose one of: {', '.join(known)}")
    return known[name](dt_s, seed)


def to_reading(x: float) -> int:
    """0.0..1.0 as a reading."""
    return int(np.clip(np.rint(x * 4095), 0, 4095))
