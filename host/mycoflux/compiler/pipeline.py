"""The whole compiler: circuit -> resolve -> quantize -> bound -> emit -> program and image."""

from __future__ import annotations

from dataclasses import dataclass

from mycoflux.circuit.circuit import Circuit
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.program.image import encode
from mycoflux.program.types import Program


@dataclass(frozen=True)
class Build:
    """What compiling gives: the program, its image, and what the quantizer and the bounds say of it."""

    program: Program
    image: bytes
    quantization: QuantizeReport
    bounds: tuple[Bounds, ...]


def compile_circuit(circuit: Circuit) -> Build:
    """Compile `circuit` for one board.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: see the passes.
    """
    integer, report = quantize(resolve(circuit))
    bounds = bound(integer)
    program = emit(integer)
    return Build(program, encode(program), report, bounds)
