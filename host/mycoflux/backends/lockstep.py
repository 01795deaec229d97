"""All shares of a program tick by tick in this process, each on a backend of its own, with the bonds between.

From outside it is a backend of the uncut program: its inputs, outputs, spikes, u and v by the uncut numbers.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from myco import arith, layout
from myco_hal import encoders
from mycoflux.backends.base import Backend, Ticked
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.program.mesh import NOBODY, Bond, MeshProgram, Share
from mycoflux.program.types import Program


class Lockstep(Backend):
    """Runs `mesh` with a backend that `make` makes of each share's program."""

    name = "lockstep"

    def __init__(self, mesh: MeshProgram, make: Callable[[Program], Backend] = PlainReference) -> None:
        self.program = mesh.whole
        self._mesh = mesh
        self._backends = {share.board: make(share.program) for share in mesh.shares}
        self._bonds_into = {s.board: [b for b in mesh.bonds if b.target == s.board] for s in mesh.shares}
        self._start()

    def _start(self) -> None:
        self._senses = {s.board: _Senses(s.program) for s in self._mesh.shares}
        # What is on its way: the front of each queue is due.
        self._under_way = {
            id(bond): deque([[0] * len(bond.sources)] * bond.latency) for bond in self._mesh.bonds
        }

    def reset(self) -> None:
        """Back to the state before the first tick; nothing is on its way."""
        for backend in self._backends.values():
            backend.reset()
        self._start()

    def close(self) -> None:
        """Close the backends of all shares."""
        for backend in self._backends.values():
            backend.close()

    def step(self, inputs: Sequence[int]) -> Ticked:
        """Execute one tick of every share."""
        spikes: list[int] = []
        outputs = [0] * len(self.program.actuators)
        sent = {}
        for share in self._mesh.shares:
            readings = self._readings(share, inputs)
            ticked = self._backends[share.board].step(readings)
            spikes += [n for n in share.neurons[list(ticked.spikes)].tolist() if n != NOBODY]
            for actuator, value in zip(share.actuators, ticked.outputs, strict=True):
                outputs[actuator] = value
            sent[share.board] = self._senses[share.board].sent(readings, ticked.spikes)
        for bond in self._mesh.bonds:
            self._under_way[id(bond)].append(sent[bond.source][bond.sources].tolist())
        return Ticked(tuple(sorted(spikes)), tuple(outputs))

    def _readings(self, share: Share, inputs: Sequence[int]) -> list[int]:
        """The inputs of a share's channels: its own sensors', and what is due of its bonds."""
        readings = [inputs[channel] if channel != NOBODY else 0 for channel in share.channels.tolist()]
        for bond in self._bonds_into[share.board]:
            due = self._due(bond)
            readings[bond.first : bond.first + len(due)] = due
        return readings

    def _due(self, bond: Bond) -> list[int]:
        return self._under_way[id(bond)].popleft()

    def state(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """u and v of every neuron after the last tick."""
        u, v = np.zeros(self.program.neurons, np.int64), np.zeros(self.program.neurons, np.int64)
        for share in self._mesh.shares:
            mine = share.neurons != NOBODY
            for whole, part in zip((u, v), self._backends[share.board].state(), strict=True):
                whole[share.neurons[mine]] = np.array(part)[mine]
        return tuple(u.tolist()), tuple(v.tolist())


class _Senses:
    """What the sources of one share send: spikes of neurons, and what its encoders make of readings."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._sigma = array("i", [0] * program.channels)
        self._fired = array("H", [0] * program.channels)

    def sent(self, readings: Sequence[int], spikes: Sequence[int]) -> np.ndarray:
        """By source: 1 where it spiked; a current sensor's reading."""
        program = self._program
        sent = np.zeros(program.neurons + program.channels, np.int64)
        sent[list(spikes)] = 1
        clipped = [min(max(int(x), 0), arith.SENSOR_MAX) for x in readings]
        for sensor in program.sensors:
            if sensor.encoder == layout.ENCODE_CURRENT:
                for channel in range(sensor.first, sensor.first + sensor.size):
                    sent[program.neurons + channel] = clipped[channel]
                continue
            if sensor.encoder == layout.ENCODE_RATE:
                count = encoders.encode_rate(
                    clipped, self._sigma, sensor.first, sensor.size, sensor.rate, 0, self._fired, 0
                )
            else:
                count = encoders.encode_nonzero(clipped, sensor.first, sensor.size, 0, self._fired, 0)
            sent[[program.neurons + channel for channel in self._fired[:count]]] = 1
        return sent
