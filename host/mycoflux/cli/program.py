"""Arguments that name a program: an image file, or a circuit file to compile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.load import NOTHING_SAID, NirOptions, is_nir, load_circuit, refuse_nir_options
from mycoflux.cli import console
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import InvalidInput
from mycoflux.program.image import decode, read_image
from mycoflux.program.types import Program

StepOption = Annotated[
    float | None, typer.Option("--dt", help="For NIR files: seconds a step; the file does not say.")
]
ResetOption = Annotated[
    str | None,
    typer.Option("--reset", help="For NIR files: how neurons reset, to a `value` (default) or `subtract`."),
]

TimeUnitOption = Annotated[
    float | None,
    typer.Option(
        "--time-unit", help="For NIR files: seconds in a unit of its time constants; 1 if not said."
    ),
]
_CIRCUIT_FILE = re.compile(r"\.py(:[^/\\]*)?$")


@dataclass(frozen=True)
class Loaded:
    """A program and its image."""

    program: Program
    image: bytes


def circuit_of(reference: str, options: NirOptions) -> Circuit:
    """`load_circuit`, and for a NIR file a word of what was taken where neither it nor the user said."""
    circuit = load_circuit(reference, options)
    if is_nir(reference) and (options.reset is None or options.time_unit_s is None):
        taken = ["its time constants are in seconds (--time-unit)"] if options.time_unit_s is None else []
        taken += ["its neurons reset to a value (--reset)"] if options.reset is None else []
        console.say(f"{reference}: it does not say, so taken: {'; '.join(taken)}")
    return circuit


def load_program(reference: str, options: NirOptions = NOTHING_SAID) -> Loaded:
    """The program of an image file (any but `robot.py`, `robot.py:Name` and `net.nir`), or of a circuit file.

    options: of a NIR file.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: what was named cannot be used.
    """
    if _CIRCUIT_FILE.search(reference) or is_nir(reference):
        build = compile_circuit(circuit_of(reference, options))
        return Loaded(build.program, build.image)
    refuse_nir_options(Path(reference), options)
    image = read_image(Path(reference))
    return Loaded(decode(image, reference), image)


def refuse_image(reference: str) -> None:
    """InvalidInput where an image is named, of which only the integers are left."""
    path = Path(reference)
    if path.is_file() and not (_CIRCUIT_FILE.search(reference) or is_nir(reference)):
        raise InvalidInput(
            "an image has no floats to compare with",
            where=reference,
            remedy="Give the circuit file that it was built from",
        )
