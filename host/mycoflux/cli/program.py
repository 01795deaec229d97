"""Arguments that name a program: an image file, or a circuit file to compile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.load import is_nir, load_circuit, refuse_nir_options
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.image import decode, read_image
from mycoflux.program.types import Program

StepOption = Annotated[
    float | None, typer.Option("--dt", help="For NIR files: seconds a step; the file does not say.")
]
ResetOption = Annotated[
    str | None,
    typer.Option("--reset", help="For NIR files: how neurons reset, to a `value` (default) or `subtract`."),
]


@dataclass(frozen=True)
class Loaded:
    """A program and its image."""

    program: Program
    image: bytes


def load_program(reference: str, dt_s: float | None = None, reset: str | None = None) -> Loaded:
    """The program of an image file (any file not ending in .py or .nir), or of a circuit file, compiled.

    dt_s, reset: of a NIR file, see `load_circuit`.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: what was named cannot be used.
    """
    if ".py" in reference or is_nir(reference):
        build = compile_circuit(load_circuit(reference, dt_s, reset))
        return Loaded(build.program, build.image)
    refuse_nir_options(Path(reference), dt_s, reset)
    image = read_image(Path(reference))
    return Loaded(decode(image, reference), image)
