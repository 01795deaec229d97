"""Arguments that name a program: an image file, or a circuit file to compile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.image import decode, read_image
from mycoflux.program.types import Program


@dataclass(frozen=True)
class Loaded:
    """A program and its image."""

    program: Program
    image: bytes


def load_program(reference: str) -> Loaded:
    """The program of an image file (any file not ending in .py), or of a circuit file, compiled.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: what was named cannot be used.
    """
    if ".py" in reference:
        build = compile_circuit(load_circuit(reference))
        return Loaded(build.program, build.image)
    image = read_image(Path(reference))
    return Loaded(decode(image, reference), image)
