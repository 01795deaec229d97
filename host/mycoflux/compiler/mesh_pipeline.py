"""The whole compiler for a mesh: circuit -> resolve -> quantize -> bound -> spread -> programs and images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mycoflux.circuit.circuit import Circuit
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.pipeline import checked_image
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.compiler.spread import DEFAULTS, Options, Spread, spread


@dataclass(frozen=True, eq=False)
class MeshBuild:
    """What compiling for a mesh gives. images: by board, of those that run a share."""

    spread: Spread
    images: Mapping[str, bytes]
    quantization: QuantizeReport
    bounds: tuple[Bounds, ...]


def compile_for_mesh(
    circuit: Circuit, mesh: Mesh, options: Options = DEFAULTS, calibration: Calibration | None = None
) -> MeshBuild:
    """Compile `circuit` for the boards of `mesh`; `calibration` as of `compile_circuit`.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: see the passes.
        MeshError, DoesNotFit, DelayTooShort, ExtraMissing: see `spread`.
        MycofluxError: an image does not say what its program says, which is a bug of ours.
    """
    integer, report = quantize(resolve(circuit), calibration=calibration)
    bounds = bound(integer)
    made = spread(integer, mesh, options)
    images = {share.board: checked_image(share.program) for share in made.program.shares}
    return MeshBuild(made, images, report, bounds)
