"""`mycoflux schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mycoflux.cli import console
from mycoflux.files import write_bytes


def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    builtin: Annotated[
        bool, typer.Option("--builtin", help="Leave out what other installed packages bring.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, as it does anyway.")] = False,
) -> None:
    """Print the JSON Schema of circuit files, for editors and checkers.

    Example: `mycoflux schema -o circuit.schema.json`
    """
    from mycoflux.circuit.file.schema import json_schema

    described = json_schema(only_builtin=builtin)
    if output is None:
        console.print_json(described)
        return
    write_bytes(output, (json.dumps(described, indent=1) + "\n").encode(), "the schema")
    if as_json:
        console.print_json({"schema": str(output)})
    else:
        console.out.print(f"wrote {output}", markup=False)
