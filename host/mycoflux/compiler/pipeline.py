"""The whole compiler: circuit -> resolve -> quantize -> bound -> emit -> program and image."""

from __future__ import annotations

from dataclasses import dataclass

from mycoflux.circuit.circuit import Circuit
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.cost import Rates, rates_of
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import MycofluxError
from mycoflux.program.image import decode, encode
from mycoflux.program.types import Program


@dataclass(frozen=True)
class Build:
    """What compiling gives: program, image, what the quantizer and the bounds say, and the expected rates."""

    program: Program
    image: bytes
    quantization: QuantizeReport
    bounds: tuple[Bounds, ...]
    rates: Rates


def compile_circuit(circuit: Circuit) -> Build:
    """Compile `circuit` for one board.

    Raises:
        CircuitError, QuantizeError, BoundError, DoesNotFit, ImageError: see the passes.
        MycofluxError: the image does not say what the program says, which is a bug of ours.
    """
    integer, report = quantize(resolve(circuit))
    bounds = bound(integer)
    program = emit(integer)
    return Build(program, checked_image(program), report, bounds, rates_of(integer))


def checked_image(program: Program) -> bytes:
    """The image of `program`, which says what the program says.

    Raises:
        ImageError: it is too large for an image.
        MycofluxError: the image says something else, which is a bug of ours.
    """
    image = encode(program)
    if decode(image, program.name) != program:
        raise MycofluxError(
            "this is a bug in mycoflux: the image is not that of its program",
            where=program.name,
            remedy="Please report the circuit",
        )
    return image
