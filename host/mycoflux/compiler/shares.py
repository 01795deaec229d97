"""A placed circuit -> a share for each board, and the bonds between them.

Each board gets the neurons placed on it as slices of their populations, in their order, its own sensors, and
a sensor port for each part of another board that its neurons listen to, with a channel for each source that
they hear. Synapses are sorted once by the boards they join; all that follows is per board and synapse there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from myco import layout
from mycoflux.compiler.emit import laid_out
from mycoflux.compiler.integer import (
    IntegerCircuit,
    IntegerPopulation,
    IntegerProjection,
    Integers,
    IntegerSensor,
)
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.nets import listeners
from mycoflux.compiler.numbering import Numbering
from mycoflux.compiler.route import Routes
from mycoflux.program.mesh import NOBODY, Bond, MeshProgram, Share
from mycoflux.program.neurons import GeneralLif, Lif

AT_REST = "(at rest)"  # the neuron of a board that only senses: an image has a population at least


def shares(
    circuit: IntegerCircuit, numbers: Numbering, board_of: Integers, mesh: Mesh, routes: Routes
) -> MeshProgram:
    """The program of each board.

    circuit: its delays as long as `routes` needs (`stretch`). board_of: (units,) the board of each.
    """
    cut = _Cut(circuit, numbers, board_of, mesh, routes)
    pieces: list[list[IntegerProjection]] = [[] for _ in mesh.nodes]
    for projection in circuit.projections:
        for board, piece in cut.pieces(projection):
            pieces[board].append(piece)
    made = [cut.share(board, tuple(pieces[board])) for board in cut.used]
    return MeshProgram(laid_out(circuit), tuple(made), tuple(cut.bonds({s.board: s for s in made})))


@dataclass(frozen=True, eq=False)
class _Port:
    """A sensor port of `board` that is fed by `source` with what `needed` (indices in the part) send."""

    part: IntegerPopulation | IntegerSensor
    source: int
    board: int
    name: str
    needed: Integers

    @property
    def values(self) -> bool:
        return isinstance(self.part, IntegerSensor) and self.part.encoder == layout.ENCODE_CURRENT


@dataclass(frozen=True, eq=False)
class _Cut:
    circuit: IntegerCircuit
    numbers: Numbering
    board_of: Integers
    mesh: Mesh
    routes: Routes

    @cached_property
    def home(self) -> Integers:
        """The board of each neuron."""
        return self.board_of[: self.numbers.neurons]

    @cached_property
    def used(self) -> Integers:
        """The boards that have anything to do."""
        return np.unique(self.board_of)

    @cached_property
    def local(self) -> Integers:
        """Each neuron's index in its population's slice on its board."""
        keys = self.numbers.population * len(self.mesh.nodes) + self.home
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
        rank = np.arange(len(keys)) - np.repeat(starts, np.diff(np.append(starts, len(keys))))
        local = np.empty(len(keys), np.int64)
        local[order] = rank
        return local

    @cached_property
    def slices(self) -> dict[tuple[int, str], tuple[str, Integers]]:
        """By board and population: the slice's name, and the neurons in it, by index in the population."""
        found = {}
        for population in self.circuit.populations:
            first = self.numbers.first[population.name]
            home = self.home[first : first + population.size]
            order = np.argsort(home, kind="stable")
            boards, starts = np.unique(home[order], return_index=True)
            for number, members in enumerate(np.split(order, starts[1:])):
                whole = len(members) == population.size
                name = population.name if whole else f"{population.name}[{number}]"
                found[int(boards[number]), population.name] = name, members
        return found

    @cached_property
    def ports(self) -> dict[tuple[int, str, int], _Port]:
        """By board, part and sending board, in the order of their channels."""
        heard = listeners(self.circuit, self.numbers, self.home, len(self.mesh.nodes))
        home = self.board_of[self.numbers.unit]
        heard[np.arange(self.numbers.sources), home] = False
        found = {}
        for board in self.used.tolist():
            for part in self.circuit.sources:
                first = self.numbers.first[part.name]
                needed = np.flatnonzero(heard[first : first + part.size, board])
                senders = home[first + needed]
                for source in np.unique(senders).tolist():
                    name = f"{part.name}@{self.mesh.nodes[source].name}"
                    found[board, part.name, source] = _Port(
                        part, source, board, name, needed[senders == source]
                    )
        return found

    @cached_property
    def ports_into(self) -> dict[int, list[_Port]]:
        """The ports of each board."""
        found: dict[int, list[_Port]] = {}
        for port in self.ports.values():
            found.setdefault(port.board, []).append(port)
        return found

    def pieces(self, projection: IntegerProjection) -> Iterator[tuple[int, IntegerProjection]]:
        """What of a projection each board runs."""
        boards = len(self.mesh.nodes)
        sources, targets = self.numbers.ends(projection)
        keys = self.home[targets] * boards + self.board_of[self.numbers.unit[sources]]
        kind = np.uint16 if boards <= 256 else np.int64  # short keys are sorted by radix, in linear time
        order = np.argsort(keys.astype(kind), kind="stable")
        present, starts = np.unique(keys[order], return_index=True)
        for key, synapses in zip(present.tolist(), np.split(order, starts[1:]), strict=True):
            board, source = divmod(key, boards)
            yield board, self._piece(projection, board, source, synapses, targets)

    def _piece(
        self, projection: IntegerProjection, board: int, source: int, synapses: Integers, targets: Integers
    ) -> IntegerProjection:
        target, members = self.slices[board, projection.target]
        whole = len(members) == self.numbers.size[projection.target]
        sources = projection.sources[synapses].astype(np.int64)
        delay, name = projection.delay, projection.source
        if source != board:
            port = self.ports[board, projection.source, source]
            sources = np.searchsorted(port.needed, sources)
            whole = whole and len(port.needed) == self.numbers.size[projection.source]
            delay -= int(self.routes.latency[source, board])
            name = port.name
        elif (board, projection.source) in self.slices:
            first = self.numbers.first[projection.source]
            name, members = self.slices[board, projection.source]
            whole = whole and len(members) == self.numbers.size[projection.source]
            sources = self.local[first + sources]
        return dataclasses.replace(
            projection,
            source=name,
            target=target,
            delay=delay,
            sources=sources,
            targets=self.local[targets[synapses]],
            weights=projection.weights[synapses],
            # The smallest runtime has no convolutions: written out, its synapses do the same.
            shared=projection.shared if whole and not self.mesh.small[board] else None,
        )

    def share(self, board: int, pieces: tuple[IntegerProjection, ...]) -> Share:
        populations, neurons = [], [np.zeros(0, np.int64)]
        for population in self.circuit.populations:
            if (board, population.name) in self.slices:
                name, members = self.slices[board, population.name]
                populations.append(_slice(population, name, members))
                neurons.append(self.numbers.first[population.name] + members)
        if not populations:
            populations.append(IntegerPopulation(AT_REST, 1, Lif(vth=131071), 1.0, ""))
            neurons.append(np.array([NOBODY]))
        sensors, channels = self._sensors(board)
        actuators = tuple(i for i, a in enumerate(self.circuit.actuators) if (board, a.source) in self.slices)
        node = self.mesh.nodes[board].name
        circuit = IntegerCircuit(
            f"{self.circuit.name}.{node}",
            self.circuit.dt_us,
            tuple(populations),
            sensors,
            pieces,
            tuple(self.circuit.actuators[i] for i in actuators),
        )
        return Share(node, laid_out(circuit), np.concatenate(neurons), channels, actuators)

    def _sensors(self, board: int) -> tuple[tuple[IntegerSensor, ...], Integers]:
        """The board's own sensors and its bonds' ports; the uncut channel of each channel, or NOBODY."""
        sensors, channels = [], [np.zeros(0, np.int64)]
        for i, sensor in enumerate(self.circuit.sensors):
            if self.board_of[self.numbers.neurons + i] == board:
                sensors.append(sensor)
                first = self.numbers.first[sensor.name] - self.numbers.neurons
                channels.append(first + np.arange(sensor.size))
        for port in self.ports_into.get(board, ()):
            encoder = layout.ENCODE_CURRENT if port.values else layout.ENCODE_SPIKE
            size, part = len(port.needed), port.part
            sensors.append(IntegerSensor(port.name, size, encoder, 0, part.origin, part.expected))
            channels.append(np.full(size, NOBODY))
        return tuple(sensors), np.concatenate(channels)

    def bonds(self, made: dict[str, Share]) -> Iterator[Bond]:
        """The bond of each port, by the board that listens."""
        names = [node.name for node in self.mesh.nodes]
        for port in self.ports.values():
            source, target = made[names[port.source]], made[names[port.board]]
            yield Bond(
                port.name,
                source.board,
                target.board,
                self._sources(port, source),
                next(s.first for s in target.program.sensors if s.name == port.name),
                int(self.routes.latency[port.source, port.board]),
                port.values,
                tuple(names[board] for board in self.routes.paths[port.source, port.board]),
            )

    def _sources(self, port: _Port, source: Share) -> NDArray[np.int64]:
        """The numbers that the port's sources have in the program of the board that sends."""
        program = source.program
        if isinstance(port.part, IntegerSensor):
            first = next(s.first for s in program.sensors if s.name == port.part.name)
            return program.neurons + first + port.needed
        name, _ = self.slices[port.source, port.part.name]
        first = next(p.first for p in program.populations if p.name == name)
        return first + self.local[self.numbers.first[port.part.name] + port.needed]


def _slice(population: IntegerPopulation, name: str, members: Integers) -> IntegerPopulation:
    neuron = population.neuron
    if isinstance(neuron, GeneralLif) and neuron.biases:
        biases = np.array(neuron.biases)[members]
        neuron = dataclasses.replace(neuron, biases=tuple(biases.tolist()))
    return dataclasses.replace(population, name=name, size=len(members), neuron=neuron)
