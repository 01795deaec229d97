"""The whole compiler: circuit -> resolve -> quantize -> bound -> emit -> program and image."""

from __future__ import annotations

from dataclasses import dataclass

from mycoflux.circuit.circuit import Circuit
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.compiler.scale import Scales
from mycoflux.errors import MycofluxError
from mycoflux.program.image import decode, encode
from mycoflux.program.types import Program


@dataclass(frozen=True)
class Build:
    """What compiling gives: the program, its image, and what the quantizer and the bounds say of it."""

    program: Program
    image: bytes
    quantization: QuantizeReport
    bounds: tuple[Bounds, ...]
    scales: Scales


def compile_circuit(
    circuit: Circuit, before: Scales | None = None, calibration: Calibration | None = None
) -> Build:
    """Compile `circuit` for one board.

    before: the scales of an earlier build, kept where they are still good, so that an edit changes little.
    calibration: measured activity, to which scales are fitted instead of to the worst case.

    Raises:
        CircuitError, QuantizeError, BoundError, DoesNotFit, ImageError: see the passes.
        MycofluxError: the image does not say what the program says, which is a bug of ours.
    """
    integer, report = quantize(resolve(circuit), before, calibration)
    bounds = bound(integer)
    program = emit(integer)
    image = encode(program)
    if decode(image, circuit.name) != program:
        raise MycofluxError(
            "this is a bug in mycoflux: the image is not that of its program",
            where=circuit.name,
            remedy="Please report the circuit",
        )
    return Build(program, image, report, bounds, Scales(report.units))
