"""The whole compiler: circuit -> resolve -> quantize -> bound -> emit -> program and image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mycoflux.circuit.circuit import Circuit
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.cost import Rates, rates_of
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.memory import digest
from mycoflux.compiler.passes import Watch, unwatched
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
    watch: Watch = unwatched,
) -> Build:
    """Compile `circuit` for one board.

    before: the scales of an earlier build, kept where they are still good, so that an edit changes little.
    calibration: measured activity, to which scales are fitted instead of to the worst case.
    tables: of an earlier build (`memory.Memory`), used where they would be the same; {} for digests only.
    watch: is shown what each pass makes (`passes.ONE_BOARD`), as soon as it has.

    Raises:
        CircuitError, QuantizeError, BoundError, DoesNotFit, ImageError: see the passes.
        MycofluxError: the image does not say what the program says, which is a bug of ours.
    """
    flat = resolve(circuit)
    watch("resolve", flat)
    integer, report = quantize(flat, before, calibration)
    watch("quantize", (integer, report))
    bounds = bound(integer)
    watch("bound", bounds)
    program = emit(integer)
    watch("emit", program)
    laid = lay_out(program, tables)
    watch("image", {"image": np.frombuffer(laid.image, np.uint8)})
    return Build(
        program,
        laid.image,
        report,
        bounds,
        rates_of(integer),
        Scales(report.units),
        laid.digests,
        laid.reused,
    )


@dataclass(frozen=True)
class LaidOut:
    """An image; the digests of its tables, in order, where a memory was given; how many were in that."""

    image: bytes
    digests: tuple[str, ...] = ()
    reused: int = 0


def lay_out(program: Program, tables: Mapping[str, Table] | None = None) -> LaidOut:
    """The image of `program`, which says what the program says; tables as of `compile_circuit`.

    Raises:
        ImageError: it is too large for an image.
        MycofluxError: the image says something else, which is a bug of ours.
    """
    if tables is None:
        return LaidOut(checked_image(program))
    digests = tuple(digest(p) for p in program.projections)
    names = iter(digests)
    image = encode(program, lambda p: tables.get(next(names)) or encode_table(p))
    new = [p for p, name in zip(program.projections, digests, strict=True) if name not in tables]
    # What is used again was verified when it was made; the rest is, with all records.
    fresh = replace(program, projections=tuple(new))
    _verify(fresh, encode(fresh) if len(new) < len(digests) else image)
    return LaidOut(image, digests, len(digests) - len(new))


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
