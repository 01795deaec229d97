"""Arguments that name a program: an image file, or a circuit file to compile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.image import decode, read_image
from mycoflux.program.types import Program

_CIRCUIT_FILE = re.compile(r"\.py(:[^/\\]*)?$")


@dataclass(frozen=True)
class Loaded:
    """A program and its image."""

    program: Program
    image: bytes


def load_program(reference: str) -> Loaded:
    """The program of a circuit file (`robot.py` or `robot.py:Name`), compiled, or else of an image file.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: what was named cannot be used.
    """
    if _CIRCUIT_FILE.search(reference):
        build = compile_circuit(load_circuit(reference))
        return Loaded(build.program, build.image)
    image = read_image(Path(reference))
    return Loaded(decode(image, reference), image)
