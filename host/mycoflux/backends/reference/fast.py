"""The oracle, fast: the same integers as the plain reference, compiled by numba.

Vectorised over neurons, driven by events over synapses; quiescent neurons are skipped. Equal to the plain
reference bit for bit, which tests hold it to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from myco import arith
from mycoflux.backends.base import Backend, Ticked
from mycoflux.backends.reference.fast_tables import make_state, make_tables
from mycoflux.backends.reference.fast_threads import make_workspace, set_threads
from mycoflux.backends.reference.fast_tick import run_ticks
from mycoflux.backends.run import Integers, Record, Run
from mycoflux.errors import InvalidInput
from mycoflux.program.types import Program

_NOBODY = np.zeros(0, np.int64)
_ROOM = 1 << 16  # spikes that a run has room for before it asks for more


class FastReference(Backend):
    """Executes `program` in this process, a tick at a time or many at once.

    Attributes:
        neuron_updates: how many neurons were advanced so far; a quiescent one that was skipped is not.
        synaptic_events: how many synapses have carried a spike or value so far.
    """

    name = "fast reference"

    def __init__(self, program: Program, threads: int = 1) -> None:
        """Make it; raises ExtraMissing where numba is not installed.

        Args:
            program: any.
            threads: how many may work on one tick. They change no bit, and pay from some 20,000 LIF neurons
                on; the first run compiles for them.

        Raises:
            InvalidInput: more threads than the machine has.
        """
        self.program = program
        self._threads = threads
        self._work = None  # numba compiles for its type: None is compiled without threads
        if threads != 1:
            set_threads(threads)
            self._work = make_workspace(program)
        self._tables = make_tables(program)
        self.reset()

    def reset(self) -> None:
        """Back to the state before the first tick."""
        self._state = make_state(self.program, self._tables)

    @property
    def neuron_updates(self) -> int:
        """Neurons advanced so far."""
        return int(self._state.events[0])

    @property
    def synaptic_events(self) -> int:
        """Synapses that have carried something so far."""
        return int(self._state.events[1])

    def state(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """u and v of every neuron after the last tick."""
        s = self._state
        return tuple(int(x) for x in s.u + s.narrow_u), tuple(int(x) for x in s.v + s.narrow_v)

    def step(self, inputs: Sequence[int]) -> Ticked:
        """Execute one tick."""
        run = self.run(np.array([inputs], np.int64).reshape(1, -1))
        return Ticked(tuple(run.spike_neurons.tolist()), tuple(run.outputs[0].tolist()))

    def run(self, inputs: Integers, record: Record | None = None) -> Run:
        """Execute one tick for each row of `inputs`, (ticks, channels); readings are clipped to 0..4095.

        Raises:
            InvalidInput: not as many channels as the program has, or no population of a name to record.
        """
        record = record or Record()
        readings = np.clip(np.asarray(inputs, np.int64), 0, arith.SENSOR_MAX)
        if readings.ndim != 2 or readings.shape[1] != self.program.channels:
            raise InvalidInput(
                f"inputs have shape {readings.shape}, the program takes (ticks, {self.program.channels})",
                remedy=f"A column a sensor channel: {', '.join(self.program.sensor_channels) or 'none'}",
            )
        ticks = len(readings)
        outputs = np.zeros((ticks, len(self.program.actuators)), np.int32)
        currents, potentials = self._columns(record.currents), self._columns(record.potentials)
        u_trace = np.zeros((ticks, len(currents)), np.int32)
        v_trace = np.zeros((ticks, len(potentials)), np.int32)
        at = 0
        times, neurons = [], []
        if self._work is not None:
            set_threads(self._threads)
        while at < ticks:
            room = _ROOM + self.program.neurons
            spike_ticks, spike_neurons = np.empty(room, np.int32), np.empty(room, np.int32)
            at, written = run_ticks(
                self._tables,
                self._state,
                self._work,
                readings,
                at,
                spike_ticks,
                spike_neurons,
                outputs,
                currents,
                u_trace,
                potentials,
                v_trace,
            )
            times.append(spike_ticks[:written])
            neurons.append(spike_neurons[:written])
        none = np.empty(0, np.int32)
        return Run(
            ticks,
            np.concatenate([*times, none]),
            np.concatenate([*neurons, none]),
            outputs,
            self._by_population(record.currents, u_trace),
            self._by_population(record.potentials, v_trace),
        )

    def _columns(self, names: Sequence[str]) -> Integers:
        """The neurons of the populations named, one population behind the other."""
        sizes = {p.name: range(p.first, p.first + p.size) for p in self.program.populations}
        for name in names:
            if name not in sizes:
                raise InvalidInput(
                    f"there is no population '{name}' to record", remedy=f"There are: {', '.join(sizes)}"
                )
        return np.array([n for name in names for n in sizes[name]], np.int64) if names else _NOBODY

    def _by_population(self, names: Sequence[str], trace: NDArray[np.int32]) -> dict[str, NDArray[np.int32]]:
        sizes = {p.name: p.size for p in self.program.populations}
        ends = np.cumsum([sizes[name] for name in names])
        return {name: trace[:, end - sizes[name] : end] for name, end in zip(names, ends, strict=True)}
