"""`import_nir`: a NIR graph -> a circuit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.neurons import LeakyIntegrator
from mycoflux.circuit.nir.flatten import FlatGraph, Key, flatten, shown
from mycoflux.circuit.nir.fold import Arriving, fold
from mycoflux.circuit.nir.library import nir
from mycoflux.circuit.nir.names import Names
from mycoflux.circuit.nir.neurons import INTEGRATORS, Cell, CellMaker, Reading, tidied
from mycoflux.circuit.nir.projections import project
from mycoflux.circuit.nir.read import read_graph
from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.circuit.nir.sizes import Shapes, find_shapes
from mycoflux.circuit.nir.steps import METHODS, Steps
from mycoflux.circuit.origin import origin
from mycoflux.circuit.parts import ActuatorPort, Population, SensorPort
from mycoflux.circuit.ports import ConstantCurrent, Decoder, Encoder, Spike, Strongest, WinnerTakeAll
from mycoflux.errors import CircuitError

AUTO = "auto"


def import_nir(
    source: str | Path | Any,
    *,
    dt_s: float,
    name: str | None = None,
    encoder: Encoder | None = None,
    readout: Decoder | str | None = AUTO,
    reset: str = "value",
    method: str = "euler",
    time_unit_s: float = 1.0,
    range_v: float | None = None,
) -> Circuit:
    """The circuit that a NIR graph describes.

    Neuron nodes become populations; the linear nodes between them become projections, multiplied out where
    there are several in a row, one convolution where it is one. Each Input becomes a sensor, each Output an
    actuator. docs/nir.md has the table of nodes.

    Args:
        source: path of a NIR file, or a `nir.NIRGraph`.
        dt_s: seconds a step of the framework that trained the graph; a file does not say.
        name: of the circuit; the file's name if left out.
        encoder: of all Inputs; `Spike()` if left out. With `ConstantCurrent()` a full reading is an input of
            1 held on.
        readout: decoder of all Outputs; "auto" for `WinnerTakeAll()` of neurons that spike and `Strongest()`
            of those that do not; None for no actuators.
        reset: "value" as NIR writes it, or "subtract" for graphs of frameworks that take the threshold off.
        method: "euler" as frameworks step (one spike of weight w raises v by R w dt / tau, a step keeps
            1 - dt / tau), or "exact" (R w (1 - e^(-dt/tau)), and e^(-dt/tau)).
        time_unit_s: seconds in one unit of the graph's taus and delays; 0.001 where they are milliseconds.
        range_v: the largest |v| that matters in `I` nodes, which nothing else bounds.

    Raises:
        CircuitError: the file cannot be read, or parts of the graph have no counterpart: all are named.
        ExtraMissing: the package `nir` is not installed.
    """
    steps = _steps(dt_s, method)
    checks.one_of(reset, ("value", "subtract"), "reset")
    checks.positive(time_unit_s, "time_unit_s")
    encoder = Spike() if encoder is None else encoder
    checks.instance(encoder, get_args(Encoder), "encoder", "Spike()")
    if readout is not None and readout != AUTO:
        checks.instance(readout, get_args(Decoder), "readout", "WinnerTakeAll()")
    if isinstance(source, str | Path):
        graph, where, stem = read_graph(Path(source)), str(source), Path(source).stem
    else:
        checks.instance(source, (nir.NIRGraph,), "a NIR graph", "nir.read(path), or give the path")
        graph, where, stem = source, origin(), "nir"
    refusals = Refusals(where, "imported")
    flat = flatten(graph, refusals)
    refusals.raise_if_any()
    shapes = find_shapes(flat, refusals)
    refusals.raise_if_any()
    work = _Importer(flat, shapes, Reading(steps, time_unit_s, reset, range_v), encoder, refusals)
    return work.circuit(Circuit(Names().take(name or stem), dt_s=steps.dt_s), readout)


def _steps(dt_s: float, method: str) -> Steps:
    checks.one_of(method, METHODS, "method")
    return Steps(checks.positive(dt_s, "dt_s"), method)


class _Importer:
    def __init__(
        self, graph: FlatGraph, shapes: Shapes, reading: Reading, encoder: Encoder, refusals: Refusals
    ) -> None:
        self._graph = graph
        self._shapes = shapes
        self._reading = reading
        self._encoder = encoder
        self._refusals = refusals
        self._cells: dict[Key, Cell] = {}
        self._names: dict[Key, str] = {}

    def circuit(self, circuit: Circuit, readout: Decoder | str | None) -> Circuit:
        """`circuit`, filled."""
        arriving = self._arriving()
        names, outputs = Names(), set(self._graph.outputs())
        for key in (*self._graph.inputs(), *self._cells):
            self._names[key] = names.take(".".join(key))
        for key in self._graph.inputs():
            size = self._shapes.size(key)
            circuit._add(SensorPort(self._names[key], size, self._encoder, self._origin(key)))
        for key, cell in self._cells.items():
            circuit._add(self._population(key, cell, arriving[key]))
        for key in self._cells:
            self._connect(circuit, key, arriving[key])
        actuators = Names()
        for key in self._graph.nodes:
            if key in outputs and readout is not None:
                feeding = arriving[key].links[0][0]
                decoder = self._decoder(feeding) if isinstance(readout, str) else readout
                actuator = actuators.take(".".join(key))
                circuit._add(ActuatorPort(actuator, self._names[feeding], decoder, self._origin(key)))
        return circuit

    def _arriving(self) -> dict[Key, Arriving]:
        """What arrives at each population and Output, once nothing stands against any."""
        maker = CellMaker(self._reading, self._refusals)
        try:
            arriving = fold(self._graph, self._shapes, self._reading.time_unit_s, self._refusals)
        except CircuitError as error:
            if error.where:
                raise
            raise CircuitError(error.what, where=self._refusals.where, remedy=error.remedy) from error
        outputs = set(self._graph.outputs())
        for key, what in arriving.items():
            if key in outputs:
                self._check_output(key, what)
                continue
            cell = maker.make(self._graph.nodes[key], shown(key), self._shapes.entering[key])
            if cell is not None:
                self._cells[key] = cell
            self._check_sources(key, what)
        if not self._cells:
            self._refusals.add("the graph", "has no neurons", "Put a LIF node into it")
        self._refusals.raise_if_any()
        return arriving

    def _check_sources(self, key: Key, arriving: Arriving) -> None:
        threshold = type(self._graph.nodes[key]).__name__ == "Threshold"
        for source in dict.fromkeys(source for source, _ in arriving.links):
            if type(self._graph.nodes[source]).__name__ not in INTEGRATORS:
                continue
            self._refusals.add(
                f"{shown(source)} -> {shown(key)}",
                "would fire in every step that the potential is above, without a reset: no neuron here does"
                if threshold
                else "sends a potential; integrators are readouts here and send nothing",
                "Use a LIF, CubaLIF or IF node" + (" in place of the two" if threshold else ""),
            )

    def _check_output(self, key: Key, arriving: Arriving) -> None:
        plain = len(arriving.links) == 1 and not arriving.constant.any()
        if plain:
            source, link = arriving.links[0]
            plain = link.body is None and (link.gain, link.delay) == (1.0, 0.0)
            plain = plain and source not in self._graph.inputs()
        if not plain:
            self._refusals.add(
                shown(key),
                "is not fed by one neuron node alone",
                "Put a neuron node before each Output, such as LI (which only integrates)",
            )

    def _population(self, key: Key, cell: Cell, arriving: Arriving) -> Population:
        biases = tidied(cell.held_v * arriving.constant + cell.leak_v)
        bias_v: float | Sequence[float] = tuple(biases.tolist())
        if np.all(biases == biases[0]):
            bias_v = float(biases[0])
        neuron = replace(cell.neuron, bias_v=bias_v)
        return Population(self._names[key], self._shapes.size(key), neuron, self._origin(key))

    def _connect(self, circuit: Circuit, key: Key, arriving: Arriving) -> None:
        cell, before = self._cells[key], Counter[Key]()
        for source, link in arriving.links:
            held = source not in self._cells and isinstance(self._encoder, ConstantCurrent)
            weighted = link.scaled(tidied(cell.held_v if held else cell.spike_v))
            ends = self._names[source], self._names[key]
            before[source] += 1
            name = ">".join(ends) + (f"#{before[source]}" if before[source] > 1 else "")
            projection = project(weighted, self._reading.steps.dt_s, ends, name, self._origin(key))
            if projection is not None:
                circuit._add(projection)

    def _decoder(self, key: Key) -> Decoder:
        silent = isinstance(self._cells[key].neuron, LeakyIntegrator)
        return Strongest() if silent else WinnerTakeAll()

    def _origin(self, key: Key) -> str:
        return f"{self._refusals.where}: node '{shown(key)}'"
