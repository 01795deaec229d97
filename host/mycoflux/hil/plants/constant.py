"""No world at all: constant readings, and actuators that move nothing."""

from __future__ import annotations

from collections.abc import Mapping

from mycoflux.hil.plants.base import Plant, Trace


class ConstantInputs(Plant):
    """Every sensor reads the same for ever."""

    def __init__(self, readings: Mapping[str, int], actuators: tuple[str, ...], dt_s: float) -> None:
        """Args: readings: 0..4095 by sensor; actuators: names to take values for; dt_s: seconds a tick."""
        self.dt_s = dt_s
        self.sensors = tuple(readings)
        self.actuators = actuators
        self._readings = dict(readings)

    def sense(self) -> dict[str, int]:
        """The readings given."""
        return dict(self._readings)

    def actuate(self, duty: Mapping[str, int]) -> None:
        """Nothing moves."""

    def step(self) -> None:
        """Nothing happens."""

    def reset(self, seed: int = 0) -> None:
        """Nothing to begin again."""

    def metrics(self) -> dict[str, float]:
        """Nothing is measured."""
        return {}

    def trace(self) -> Trace:
        """Nothing is recorded."""
        return {}
