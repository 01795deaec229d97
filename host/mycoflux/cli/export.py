"""`mycoflux export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.load import load_circuit, split_reference
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
    if as_json:
        console.print_json({"nir": str(path), "nodes": len(graph.nodes), "edges": len(graph.edges)})
        return
    console.out.print(f"{path}: {len(graph.nodes):,} nodes, {len(graph.edges):,} edges", markup=False)
