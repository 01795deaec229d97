"""What every executor of a program can do; closed loops, comparisons and tests speak only to this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from mycoflux.program.types import Program


@dataclass(frozen=True)
class Ticked:
    """One tick's result: neurons that spiked, ascending, and the value of each actuator."""

    spikes: tuple[int, ...]
    outputs: tuple[int, ...]


class Backend(ABC):
    """Executes one program tick by tick."""

    name: str
    program: Program

    @abstractmethod
    def step(self, inputs: Sequence[int]) -> Ticked:
        """Execute one tick with these readings (0..4095, one a sensor channel; others are clipped)."""

    @abstractmethod
    def state(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """u and v of every neuron after the last tick."""

    @abstractmethod
    def reset(self) -> None:
        """Back to the state before the first tick."""

    def close(self) -> None:  # noqa: B027 - most backends hold nothing that needs closing
        """Let go of whatever is held."""

    def __enter__(self) -> Backend:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
