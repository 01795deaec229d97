"""What every plant can do, and the plants known by name; the closed loop speaks only to this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.errors import InvalidInput

FULL_SCALE = 4095  # largest reading and largest duty: 12 bits

# Name to "module:class", made as class(dt_s, seed). Imported when asked for: one plant's needs are no other's.
_PLANTS = {
    "line-track": "mycoflux.hil.plants.line_track:LineTrack",
}


class Plant(ABC):
    """A simulated body and its world, stepped once a tick.

    Whatever a circuit sees of it or does to it is a whole number from 0 to 4095. For one seed and one
    sequence of duties the same readings follow, bit for bit.

    Attributes:
        sensors: names of the readings `sense` gives.
        actuators: names that `actuate` takes.
        dt_s: simulated seconds a step.
    """

    sensors: tuple[str, ...]
    actuators: tuple[str, ...]
    dt_s: float

    @abstractmethod
    def sense(self) -> dict[str, int]:
        """Every sensor's reading now, 0..4095. Asking twice between two steps gives the same."""

    @abstractmethod
    def actuate(self, duty: Mapping[str, int]) -> None:
        """Set duties, clipped to 0..4095; they hold until set again, those not given stay."""

    @abstractmethod
    def step(self) -> None:
        """Let `dt_s` pass."""

    @abstractmethod
    def reset(self, seed: int = 0) -> None:
        """Back to the start, with randomness from `seed`."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """How the run went so far; units are in the names, what was not measured is left out."""

    @abstractmethod
    def trace(self) -> dict[str, NDArray[Any]]:
        """One row a step since the reset, and the world's fixed geometry; SI units."""


def plant_names() -> tuple[str, ...]:
    """The names `plant_by_name` knows."""
    return tuple(sorted(_PLANTS))


def plant_by_name(name: str, *, dt_s: float, seed: int = 0) -> Plant:
    """The plant of that name with its default parameters, at its start.

    Args:
        name: one of `plant_names()`.
        dt_s: simulated seconds a step.
        seed: of all its randomness.

    Raises:
        InvalidInput: no plant has that name, or it cannot take such steps.
    """
    if name not in _PLANTS:
        raise InvalidInput(f"no plant is named '{name}'", remedy=f"Plants: {', '.join(plant_names())}")
    module, _, kind = _PLANTS[name].partition(":")
    plant: Plant = getattr(import_module(module), kind)(dt_s, seed)
    return plant


def clip_duty(duty: Mapping[str, int], actuators: tuple[str, ...]) -> dict[str, int]:
    """`duty` as whole numbers within 0..4095.

    Raises:
        InvalidInput: a name is none of `actuators`.
    """
    for name in duty:
        if name not in actuators:
            raise InvalidInput(
                f"the plant has no actuator '{name}'", remedy=f"Its actuators: {', '.join(actuators)}"
            )
    return {name: min(max(int(value), 0), FULL_SCALE) for name, value in duty.items()}
