"""`export_nir`: a circuit -> a NIR graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mycoflux.circuit import checks
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.neurons import LIF, LeakyIntegrator, Membrane
from mycoflux.circuit.nir.export_neurons import Exported, export_neuron
from mycoflux.circuit.nir.export_projections import Piece, bias_only, pieces
from mycoflux.circuit.nir.export_shapes import export_shapes
from mycoflux.circuit.nir.library import nir
from mycoflux.circuit.nir.names import Names
from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.circuit.nir.steps import METHODS, Steps
from mycoflux.circuit.parts import ActuatorPort, Population, Projection, SensorPort
from mycoflux.circuit.ports import ConstantCurrent
from mycoflux.errors import CircuitError
from mycoflux.files import write_whole


def export_nir(circuit: Circuit, path: str | Path | None = None, *, method: str = "euler") -> Any:
    """The `nir.NIRGraph` of a circuit, also written to `path` if one is given.

    LIF becomes LIF, CubaLIF or IF, LeakyIntegrator LI, CubaLI or I; projections become Affine, Linear or
    Conv2d, and Delay; sensors Input, actuators Output. Weights stay as they are: R and w_in make up for the
    step. Encoders, decoders and `range_v` of integrators without a leak have no place in NIR, so import_nir
    asks for them.

    Args:
        circuit: any whose parts NIR has nodes for.
        path: of the file to write.
        method: "euler" or "exact", as in `import_nir`.

    Raises:
        CircuitError: parts have no counterpart in NIR; all are named.
        InvalidInput: the file cannot be written.
        ExtraMissing: the package `nir` is not installed.
    """
    checks.one_of(method, METHODS, "method")
    checks.instance(circuit, (Circuit,), "what is to be exported", "a circuit")
    graph = _Exporter(circuit, Steps(circuit.dt_s, method)).graph()
    if path is not None:
        write_whole(Path(path), lambda file: nir.write(file, graph), "the NIR file")
    return graph


class _Exporter:
    def __init__(self, circuit: Circuit, steps: Steps) -> None:
        self._circuit = circuit = circuit.lowered()
        self._steps = steps
        self._refusals = Refusals(f"circuit '{circuit.name}'", "exported")
        self._populations = circuit.of_kind(Population)
        self._sensors = circuit.of_kind(SensorPort)
        self._projections = circuit.of_kind(Projection)
        self._parts: dict[str, Population | SensorPort] = {p.name: p for p in self._populations}
        self._parts.update({s.name: s for s in self._sensors})
        self._names = Names({"/"})  # HDF5 takes it for a folder
        self._nodes: dict[str, Any] = {}
        self._edges: list[tuple[str, str]] = []
        self._keys: dict[str, str] = {}
        self._flattened: dict[str, str] = {}

    def graph(self) -> Any:
        """The graph."""
        self._check()
        self._shapes = export_shapes((*self._sensors, *self._populations), self._projections)
        cells = {
            p.name: export_neuron(p, self._shapes[p.name], self._steps, self._refusals)
            for p in self._populations
        }
        self._refusals.raise_if_any()
        for sensor in self._sensors:
            node = nir.Input(input_type={"input": np.array(self._shapes[sensor.name])})
            self._keys[sensor.name] = self._add(sensor.name, node)
        for name, cell in cells.items():
            if cell is not None:
                self._keys[name] = self._add(name, cell.node)
        for population in self._populations:
            cell = cells[population.name]
            if cell is not None:
                self._into(population, cell)
        for actuator in self._circuit.of_kind(ActuatorPort):
            node = nir.Output(output_type={"output": np.array(self._shapes[actuator.source])})
            self._edges.append((self._keys[actuator.source], self._add(actuator.name, node)))
        metadata = {"writer": "mycoflux", "circuit": self._circuit.name, "dt": float(self._steps.dt_s)}
        # Without the check: it would add an Output behind every population that feeds none.
        return nir.NIRGraph(nodes=self._nodes, edges=self._edges, metadata=metadata, type_check=False)

    def _check(self) -> None:
        """Refuse what NIR cannot say, as far as names and ends go."""
        if not self._populations:
            self._refusals.add(self._circuit.name, "has no population", "Add one")
        targets = {p.name for p in self._populations}
        for p in self._projections:
            if p.source not in self._parts or p.target not in targets:
                self._refusals.add(p.name, "joins parts that do not exist", "Correct its ends")
            elif p.receptor:
                self._refusals.add(p.name, "names a receptor", "Use the first receptor")
            elif isinstance(getattr(self._parts[p.source], "neuron", None), LeakyIntegrator):
                why = "begins at an integrator, which sends nothing here, but its v in NIR"
                self._refusals.add(p.name, why, "Remove it")
        for a in self._circuit.of_kind(ActuatorPort):
            if a.source not in targets:
                self._refusals.add(a.name, f"reads '{a.source}', which does not exist", "Name a population")
        self._check_resets()
        self._refusals.raise_if_any()

    def _check_resets(self) -> None:
        fire = [(p.name, p.neuron.reset) for p in self._populations if isinstance(p.neuron, LIF)]
        if len({reset for _, reset in fire}) < 2:
            return
        why = "resets by subtraction where others reset to a value: a file has one way for all"
        for name, reset in fire:
            if reset == "subtract":
                self._refusals.add(name, why, "Let all reset alike")

    def _into(self, population: Population, cell: Exported) -> None:
        """The linear nodes of all projections to a population; one of them carries its bias."""
        neuron, shape = population.neuron, self._shapes[population.name]
        bias = None
        if isinstance(neuron, Membrane) and any(neuron.biases_v):
            bias = np.broadcast_to(np.array(neuron.biases_v) / cell.held_v, (population.size,))
        for p in self._projections:
            if p.target != population.name:
                continue
            source = self._parts[p.source]
            held = isinstance(source, SensorPort) and isinstance(source.encoder, ConstantCurrent)
            shaped = len(shape) == 3 and len(self._shapes[p.source]) == 3
            try:
                for piece in pieces(p, source.size, population.size, self._steps.dt_s, shaped):
                    self._chain(p, piece.scaled(1 / cell.held_v) if held else piece, shape, bias)
                    bias = None
            except CircuitError as error:
                what = f"projection '{p.name}': {error.what}"
                raise CircuitError(what, where=p.origin, remedy=error.remedy) from error
        if bias is not None:
            # A bias needs a node; where nothing arrives, the population feeds itself nothing.
            key = self._add(f"{population.name}.bias", bias_only(population.size, bias))
            own = self._keys[population.name]
            self._edges += [(self._flat(population.name), key), (key, own)]

    def _chain(self, p: Projection, piece: Piece, shape: Sequence[int], bias: Any) -> None:
        source = self._keys[p.source] if piece.shaped else self._flat(p.source)
        key = self._add(p.name, piece.node(bias))
        self._edges.append((source, key))
        if piece.delay_s:
            later = self._add(f"{p.name}.delay", nir.Delay(delay=np.full(tuple(shape), piece.delay_s)))
            self._edges.append((key, later))
            key = later
        self._edges.append((key, self._keys[p.target]))

    def _flat(self, part: str) -> str:
        """The node that gives a part's values in one dimension."""
        shape = self._shapes[part]
        if len(shape) == 1:
            return self._keys[part]
        if part not in self._flattened:
            node = nir.Flatten(input_type={"input": np.array(shape)}, start_dim=0, end_dim=-1)
            self._flattened[part] = self._add(f"{part}.flat", node)
            self._edges.append((self._keys[part], self._flattened[part]))
        return self._flattened[part]

    def _add(self, name: str, node: Any) -> str:
        key = self._names.take(name)
        self._nodes[key] = node
        return key
