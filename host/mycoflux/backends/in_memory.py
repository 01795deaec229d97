"""The device engine itself under CPython, without a link: the fastest way to run what boards run."""

from __future__ import annotations

from collections.abc import Sequence

from myco.engine import Engine
from mycoflux.backends.base import Backend, Ticked
from mycoflux.program.image import encode
from mycoflux.program.types import Program


class EngineBackend(Backend):
    """`myco.engine.Engine` on this computer, loaded from the program's image."""

    name = "engine"

    def __init__(self, program: Program) -> None:
        self.program = program
        self._engine = Engine(encode(program))

    def reset(self) -> None:
        """Back to the state before the first tick."""
        self._engine.reset()

    def state(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """u and v of every neuron after the last tick."""
        n = self.program.neurons
        return tuple(self._engine.u[:n]), tuple(self._engine.v[:n])

    def step(self, inputs: Sequence[int]) -> Ticked:
        """Execute one tick."""
        engine = self._engine
        for channel, value in enumerate(inputs):
            engine.inputs[channel] = min(max(int(value), 0), 4095)
        engine.tick()
        return Ticked(
            tuple(engine.fired[: engine.neurons_fired()]),
            tuple(engine.outputs[: len(self.program.actuators)]),
        )
