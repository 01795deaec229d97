"""A program on a board, over a session: lockstep, one request a tick."""

from __future__ import annotations

from collections.abc import Sequence

from myco import wire
from mycoflux.backends.base import Backend, Ticked
from mycoflux.link.session import Session
from mycoflux.program.types import Program


class BoardBackend(Backend):
    """Steps the program that a board has loaded. The session is closed with it."""

    def __init__(self, program: Program, session: Session) -> None:
        """Args: program: what the board has loaded (see `deploy.connect`); session: with that board."""
        self.program = program
        self.session = session
        self.name = session.stream.url
        self.reset()

    def reset(self) -> None:
        """Back to the state before the first tick."""
        self.session.reset()
        self._tick = 0

    def step(self, inputs: Sequence[int]) -> Ticked:
        """Execute one tick on the board."""
        readings = [min(max(int(x), 0), 4095) for x in inputs]
        stepped = self.session.step(self._tick, readings)
        self._tick = (self._tick + 1) & 0x3FFFFFFF
        outputs = stepped.outputs
        if len(outputs) < len(self.program.actuators):
            outputs = self.session.read(wire.READ_OUTPUTS, len(self.program.actuators))
        return Ticked(stepped.spikes, outputs)

    def state(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """u and v of every neuron, read from the board."""
        n = self.program.neurons
        return self.session.read(wire.READ_U, n), self.session.read(wire.READ_V, n)

    def close(self) -> None:
        """Leave the board running and let go of it."""
        self.session.stream.close()
