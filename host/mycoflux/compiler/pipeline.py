"""The whole compiler: circuit -> resolve -> quantize -> bound -> emit -> program and image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mycoflux.circuit.circuit import Circuit
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.cost import Rates, rates_of
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.memory import digest
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.compiler.scale import Scales
from mycoflux.errors import MycofluxError
from mycoflux.program.image import decode, encode
from mycoflux.program.tables import Table, encode_table
from mycoflux.program.types import Program


@dataclass(frozen=True)
class Build:
    """What compiling gives: program, image, what the quantizer and the bounds say, and the expected rates."""

    program: Program
    image: bytes
    quantization: QuantizeReport
    bounds: tuple[Bounds, ...]
    rates: Rates
    scales: Scales
    digests: tuple[str, ...] = ()  # of the tables (`memory.digest`), where a memory was given
    reused: int = 0  # tables that were in the memory


def compile_circuit(
    circuit: Circuit,
    before: Scales | None = None,
    calibration: Calibration | None = None,
    tables: Mapping[str, Table] | None = None,
) -> Build:
    """Compile `circuit` for one board.

    before: the scales of an earlier build, kept where they are still good, so that an edit changes little.
    calibration: measured activity, to which scales are fitted instead of to the worst case.
    tables: of an earlier build (`memory.Memory`), used where they would be the same; {} for digests only.

    Raises:
        CircuitError, QuantizeError, BoundError, DoesNotFit, ImageError: see the passes.
        MycofluxError: the image does not say what the program says, which is a bug of ours.
    """
    integer, report = quantize(resolve(circuit), before, calibration)
    bounds = bound(integer)
    program = emit(integer)
    if tables is None:
        image = checked_image(program)
        return Build(program, image, report, bounds, rates_of(integer), Scales(report.units))
    digests = tuple(digest(p) for p in program.projections)
    names = iter(digests)
    image = encode(program, lambda p: tables.get(next(names)) or encode_table(p))
    new = [p for p, name in zip(program.projections, digests, strict=True) if name not in tables]
    # What is used again was verified when it was made; the rest is, with all records.
    fresh = replace(program, projections=tuple(new))
    _verify(fresh, encode(fresh) if len(new) < len(digests) else image)
    scales = Scales(report.units)
    return Build(program, image, report, bounds, rates_of(integer), scales, digests, len(digests) - len(new))


def checked_image(program: Program) -> bytes:
    """The image of `program`, which says what the program says.

    Raises:
        ImageError: it is too large for an image.
        MycofluxError: the image says something else, which is a bug of ours.
    """
    image = encode(program)
    _verify(program, image)
    return image


def _verify(program: Program, image: bytes) -> None:
    if decode(image, program.name) != program:
        raise MycofluxError(
            "this is a bug in mycoflux: the image is not that of its program",
            where=program.name,
            remedy="Please report the circuit",
        )
