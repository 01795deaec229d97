"""`mycoflux export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.load import load_circuit, split_reference
from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.parts import Population
from mycoflux.cli import console
from mycoflux.errors import InvalidInput


def export(
    circuit: Annotated[str, typer.Argument(help="Circuit file, `robot.py` or `robot.py:Name`.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="NIR file to write.")] = None,
    method: Annotated[
        str, typer.Option(help="How its readers step: `euler` (most frameworks) or `exact`.")
    ] = "euler",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Write a circuit as a NIR graph, for snnTorch, Norse, Lava and whoever else reads NIR.

    Example: `mycoflux export robot.py -o robot.nir`
    """
    loaded = load_circuit(circuit)
    source, name = split_reference(circuit)
    path = output or Path(f"{name or source.stem}.nir")
    if path.exists() and path.samefile(source):
        raise InvalidInput("the output is the circuit file itself", where=str(path), remedy="Name another")
    from mycoflux.circuit.nir import export_nir  # an extra: only those who export need it

    graph = export_nir(loaded, path, method=method)
    fire = [p.neuron for p in loaded.of_kind(Population) if isinstance(p.neuron, LIF)]
    reset = fire[0].reset if fire else "value"  # the export refuses both kinds in one circuit
    options = f"--dt {loaded.dt_s:g} --reset {reset} --time-unit 1"
    if as_json:
        data = {"nir": str(path), "nodes": len(graph.nodes), "edges": len(graph.edges), "read_with": options}
        console.print_json(data)
        return
    console.out.print(f"{path}: {len(graph.nodes):,} nodes, {len(graph.edges):,} edges", markup=False)
    console.out.print(f"a NIR file does not say how to step and reset; read it with {options}", markup=False)
