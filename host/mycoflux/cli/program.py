"""Arguments that name a program: an image file, or a circuit file to compile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.load import (
    NOTHING_SAID,
    NirOptions,
    is_circuit_file,
    is_nir,
    load_circuit,
    refuse_nir_options,
)
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
CIRCUIT_HELP = "Circuit file: `robot.py`, `robot.py:Name`, `robot.yaml` or `net.nir`."
PROGRAM_HELP = "Image file, or circuit file (`robot.py:Name`, `robot.yaml`, `net.nir`)."
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A value for a parameter of the circuit."),
]


@dataclass(frozen=True)
class Loaded:
    """A program and its image."""

    program: Program
    image: bytes


def circuit_of(reference: str, options: NirOptions, settings: list[str] | None = None) -> Circuit:
    """`load_circuit`, and for a NIR file a word of what was taken where neither it nor the user said."""
    circuit = load_circuit(reference, options, _parameters(settings or []))
    if is_nir(reference) and (options.reset is None or options.time_unit_s is None):
        taken = ["its time constants are in seconds (--time-unit)"] if options.time_unit_s is None else []
        taken += ["its neurons reset to a value (--reset)"] if options.reset is None else []
        console.say(f"{reference}: it does not say, so taken: {'; '.join(taken)}")
    return circuit


def load_program(
    reference: str, options: NirOptions = NOTHING_SAID, settings: list[str] | None = None
) -> Loaded:
    """The program of a circuit file (by its suffix: .py, .py:Name, .yaml, .nir), or of an image file.

    options: of a NIR file. settings: `name=value` of a circuit's parameters.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: what was named cannot be used.
    """
    if is_circuit_file(reference):
        build = compile_circuit(circuit_of(reference, options, settings))
        return Loaded(build.program, build.image)
    refuse_nir_options(Path(reference), options)
    if settings:
        raise InvalidInput(
            f"--set {settings[0]}: an image has no parameters",
            where=reference,
            remedy="Give the circuit file that it was built from",
        )
    image = read_image(Path(reference))
    return Loaded(decode(image, reference), image)


def _parameters(settings: list[str]) -> dict[str, Any]:
    """The values of `name=value`, as they would be read from a circuit file."""
    if not settings:
        return {}
    from mycoflux.circuit.file.text import plain  # only those who set something wait for its parser

    values: dict[str, Any] = {}
    for text in settings:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise InvalidInput(f"--set {text!r} is no setting", remedy="Write --set name=value")
        if name in values:
            raise InvalidInput(f"--set {text!r}: '{name}' was set already", remedy="Set each once")
        values[name] = plain(value)
    return values
