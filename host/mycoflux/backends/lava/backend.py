"""A program on Lava: its fixed-point CPU models, or a machine with Loihi, by the run configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from mycoflux.backends.lava import library as lava
from mycoflux.backends.lava import subset
from mycoflux.backends.lava.processes import input_port, neuron_process, state_names, synapse_process
from mycoflux.backends.ports import Ports
from mycoflux.backends.run import Integers, Record, Run
from mycoflux.program.types import Program


class LavaBackend:
    """Runs a program of the Loihi subset as Lava processes, open loop.

    Encoders and decoders run here, in the program's integers; what sensors send goes into Lava as spikes,
    and constant currents, which are divided synapse by synapse, as what arrives at each neuron.
    """

    name = "lava"

    def __init__(self, program: Program, run_config: Any = None) -> None:
        """Args: program: any of the subset. run_config: a Lava RunConfig; its fixed-point CPU models if None.

        Raises:
            OutsideLoihi: lists what of the program is outside of the subset.
            ExtraMissing: Lava is not installed.
        """
        subset.check(program)
        self.program = program
        self._config = run_config

    def run(self, inputs: Integers, record: Record | None = None) -> Run:
        """Execute one tick for each row of `inputs`, (ticks, channels), from the beginning.

        Raises:
            InvalidInput: not as many channels as the program has.
        """
        ports = Ports(self.program)
        sent = ports.encode(np.asarray(inputs, np.int64))
        network = _Network(self.program, sent, record or _everything(self.program))
        return network.run(self._config, ports)


def _everything(program: Program) -> Record:
    names = tuple(p.name for p in program.populations)
    return Record(currents=names, potentials=names)


class _Network:
    """The processes of one run; they are built for it and end with it."""

    def __init__(self, program: Program, sent: Integers, record: Record) -> None:
        """Args: sent: (ticks, channels), what each sensor channel sends in each tick."""
        self._program, self._record, self._ticks = program, record, len(sent)
        self._processes = [neuron_process(p) for p in program.populations]
        self._sources: list[Any] = [process.s_out for process in self._processes]
        self._sources += [self._spikes(sent[:, s.first : s.first + s.size]) for s in program.sensors]
        self._connect(sent)
        self._monitors: dict[tuple[str, str], Any] = {}
        for p, process in zip(program.populations, self._processes, strict=True):
            u, v = state_names(p.neuron)
            self._watch("spikes", p.name, process.s_out)
            if u and p.name in record.currents:
                self._watch("u", p.name, getattr(process, u))
            if v and (p.name in record.potentials or self._is_read(p.first, p.size)):
                self._watch("v", p.name, getattr(process, v))

    def _is_read(self, first: int, size: int) -> bool:
        """Whether a decoder reads potentials of these neurons."""
        return any(
            first <= a.first < first + size
            for a in self._program.actuators
            if a.decoder in (layout.DECODE_POTENTIAL, layout.DECODE_STRONGEST)
        )

    def _spikes(self, sent: Integers) -> Any:
        return lava.Source(data=sent.T.astype(np.int32)).s_out

    def _watch(self, what: str, population: str, port: Any) -> None:
        monitor = lava.Monitor()
        monitor.probe(port, self._ticks)
        self._monitors[what, population] = monitor

    def _connect(self, sent: Integers) -> None:
        program = self._program
        arriving: dict[int, Integers] = {}
        for q in program.projections:
            if q.group >= len(program.populations):
                sensor = program.sensors[q.group - len(program.populations)]
                if self._is_current(q.group):
                    size = program.populations[q.target].size
                    total = arriving.setdefault(q.target, np.zeros((self._ticks, size), np.int64))
                    _add_currents(total, q, sent[:, q.first - program.neurons :][:, : q.sources])
                    continue
                first, size = sensor.first + program.neurons, sensor.size
                graded = False
            else:
                source = program.populations[q.group]
                first, size, graded = source.first, source.size, source.neuron.graded
            self._join(q, size, q.first - first, graded)
        for target, total in arriving.items():
            self._input(target).connect_from(lava.Source(data=total.T.astype(np.int32)).s_out)

    def _input(self, population: int) -> Any:
        return input_port(self._processes[population], self._program.populations[population].neuron)

    def _join(self, q: Any, source_size: int, offset: int, graded: bool) -> None:
        synapses = synapse_process(q, self._program.populations[q.target].size, source_size, offset, graded)
        source, target = self._sources[q.group], self._input(q.target)
        if isinstance(synapses, lava.Conv):
            # We number channel by channel, row by row; Lava's axes are the other way round.
            source.reshape(q.shared.shape.inputs).transpose([2, 1, 0]).connect(synapses.s_in)
            synapses.a_out.transpose([2, 1, 0]).reshape((int(np.prod(q.shared.shape.outputs)),)).connect(
                target
            )
        else:
            source.connect(synapses.s_in)
            synapses.a_out.connect(target)

    def run(self, config: Any, ports: Ports) -> Run:
        """Run all ticks, and take the processes down again whatever happens."""
        seen: dict[tuple[str, str], NDArray[np.int64]] = {}
        if self._ticks:
            for island in self._islands():
                seen |= self._run_island(island, config or lava.Loihi2SimCfg(select_tag="fixed_pt"))
        return self._result(seen, ports)

    def _run_island(self, island: set[int], config: Any) -> dict[tuple[str, str], NDArray[np.int64]]:
        """Run populations that hang together; Lava runs nothing that is not joined to the one it is told."""
        names = {self._program.populations[i].name for i in island}
        first = self._processes[min(island)]
        try:
            first.run(condition=lava.RunSteps(self._ticks), run_cfg=config)
            return {key: self._data(m) for key, m in self._monitors.items() if key[1] in names}
        finally:
            first.stop()

    def _islands(self) -> list[set[int]]:
        """The populations, in sets that projections or a common spiking sensor join."""
        islands: list[set[int]] = [{group} for group in range(len(self._sources))]
        for q in self._program.projections:
            if q.group < len(self._program.populations) or not self._is_current(q.group):
                joined = [i for i in islands if i & {q.group, q.target}]
                islands = [i for i in islands if i not in joined] + [set().union(*joined)]
        populations = set(range(len(self._program.populations)))
        return [island & populations for island in islands if island & populations]

    def _is_current(self, group: int) -> bool:
        sensor = self._program.sensors[group - len(self._program.populations)]
        return bool(sensor.encoder == layout.ENCODE_CURRENT)

    def _data(self, monitor: Any) -> NDArray[np.int64]:
        """(ticks, size) of what a monitor saw."""
        ((values,),) = (tuple(by_name.values()) for by_name in monitor.get_data().values())
        return np.asarray(values).reshape(self._ticks, -1).astype(np.int64)

    def _result(self, seen: dict[tuple[str, str], NDArray[np.int64]], ports: Ports) -> Run:
        populations = self._program.populations
        none = {p.name: np.zeros((self._ticks, p.size), np.int64) for p in populations}
        spikes = np.concatenate(
            [seen.get(("spikes", p.name), none[p.name]) != 0 for p in populations], axis=1
        )
        v = np.concatenate([seen.get(("v", p.name), none[p.name]) for p in populations], axis=1)
        ticks, neurons = np.nonzero(spikes)
        return Run(
            self._ticks,
            ticks.astype(np.int32),
            neurons.astype(np.int32),
            ports.decode(spikes != 0, v),
            self._kept(seen, "u", self._record.currents, none),
            self._kept(seen, "v", self._record.potentials, none),
        )

    def _kept(
        self,
        seen: dict[tuple[str, str], NDArray[np.int64]],
        what: str,
        names: Sequence[str],
        none: dict[str, NDArray[np.int64]],
    ) -> dict[str, NDArray[np.int32]]:
        return {name: seen.get((what, name), none[name]).astype(np.int32) for name in names}


def _add_currents(total: Integers, q: Any, readings: Integers) -> None:
    """Add what readings (ticks, sources) send through table q into total (ticks, targets), when it is due."""
    rows = np.repeat(np.arange(q.sources), np.diff(q.rows))
    amounts = q.sign * ((np.minimum(readings, arith.SENSOR_MAX)[:, rows] * q.weights) >> q.shift)
    later = 1 + q.delay
    if later < len(total):
        np.add.at(total[later:].T, q.targets, amounts[: len(total) - later].T)
