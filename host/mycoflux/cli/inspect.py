"""`mycoflux inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mycoflux.cli import console
from mycoflux.program import inspect as inspection
from mycoflux.program.image import decode, read_image


def inspect(
    image: Annotated[Path, typer.Argument(help="Program image, as `mycoflux build` wrote it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Show what is in a program image.

    Example: `mycoflux inspect robot.myco --json`
    """
    data = read_image(image)
    program = decode(data, str(image))
    if as_json:
        console.print_json(inspection.as_dict(program, data))
    else:
        console.out.print(inspection.as_text(program, data), markup=False)
