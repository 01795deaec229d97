"""`mycoflux export`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.load import YAML_SUFFIXES, NirOptions, is_nir, split_reference
from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.parts import Population
from mycoflux.cli import console
from mycoflux.cli.program import CIRCUIT_HELP, ResetOption, SetOption, StepOption, TimeUnitOption, circuit_of
from mycoflux.errors import InvalidInput


def export(
    circuit: Annotated[str, typer.Argument(help=CIRCUIT_HELP)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write: `.nir` or `.yaml` says which kind.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="Of NIR: how its readers step, `euler` (most frameworks) or `exact`.")
    ] = "euler",
    dt_s: StepOption = None,
    reset: ResetOption = None,
    time_unit_s: TimeUnitOption = None,
    settings: SetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Write a circuit as a circuit file (YAML), or as a NIR graph for snnTorch, Norse, Lava and others.

    Example: `mycoflux export robot.py -o robot.yaml`, `mycoflux export robot.yaml -o robot.nir`
    """
    source, name = split_reference(circuit)
    if output is None and is_nir(circuit):
        raise InvalidInput(
            "this is a NIR graph already",
            where=circuit,
            remedy=f"Name what to write: -o {source.stem}.yaml makes a circuit file of it",
        )
    path = output or Path(f"{name or source.stem}.nir")
    if path.exists() and source.exists() and path.samefile(source):
        raise InvalidInput("the output is the circuit file itself", where=str(path), remedy="Name another")
    if path.suffix not in (".nir", *YAML_SUFFIXES):
        raise InvalidInput(
            f"'{path.suffix}' is no kind of file that circuits are exported to",
            where=str(path),
            remedy="End its name with .nir or .yaml",
        )
    loaded = circuit_of(circuit, NirOptions(dt_s, reset, time_unit_s), settings)
    write: Callable[[Circuit, Path, str], tuple[dict[str, Any], list[str]]] = (
        _yaml if path.suffix in YAML_SUFFIXES else _nir
    )
    data, lines = write(loaded, path, method)
    if as_json:
        console.print_json(data)
        return
    for line in lines:
        console.out.print(line, markup=False)


def _yaml(circuit: Circuit, path: Path, method: str) -> tuple[dict[str, Any], list[str]]:
    from mycoflux.circuit.file.writer import write_circuit

    write_circuit(circuit, path)
    parts = len(circuit.parts)
    return {"yaml": str(path), "parts": parts}, [f"{path}: {parts:,} parts"]


def _nir(circuit: Circuit, path: Path, method: str) -> tuple[dict[str, Any], list[str]]:
    from mycoflux.circuit.nir import export_nir  # an extra: only those who export need it

    graph = export_nir(circuit, path, method=method)
    fire = [p.neuron for p in circuit.of_kind(Population) if isinstance(p.neuron, LIF)]
    reset = fire[0].reset if fire else "value"  # the export refuses both kinds in one circuit
    options = f"--dt {circuit.dt_s:g} --reset {reset} --time-unit 1"
    data = {"nir": str(path), "nodes": len(graph.nodes), "edges": len(graph.edges), "read_with": options}
    return data, [
        f"{path}: {len(graph.nodes):,} nodes, {len(graph.edges):,} edges",
        f"a NIR file does not say how to step and reset; read it with {options}",
    ]
