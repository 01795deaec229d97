"""The whole compiler for a mesh: circuit -> resolve -> quantize -> bound -> spread -> programs and images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mycoflux.circuit.circuit import Circuit
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.integer import QuantizeReport
from mycoflux.compiler.mesh import Mesh
from mycoflux.compiler.passes import Watch, unwatched
from mycoflux.compiler.pipeline import lay_out
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.compiler.scale import Scales
from mycoflux.compiler.spread import DEFAULTS, Options, Spread, spread
from mycoflux.program.mesh import NOBODY
from mycoflux.program.tables import Table


@dataclass(frozen=True, eq=False)
class MeshBuild:
    """What compiling for a mesh gives.

    images: by board, of those that run a share. scales: of the whole circuit. digests: by board, of the
    tables of its image (`memory.digest`), where a memory was given. reused: tables of all boards that were
    in it.
    """

    spread: Spread
    images: Mapping[str, bytes]
    quantization: QuantizeReport
    bounds: tuple[Bounds, ...]
    scales: Scales = field(default_factory=Scales)
    digests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reused: int = 0

    def scales_on(self, board: str) -> Scales:
        """Those of the populations of which a board has neurons, under their names in the circuit."""
        neurons = self.spread.program.share(board).neurons
        numbers = np.unique(self.spread.numbers.population[neurons[neurons != NOBODY]])
        names = [self.spread.circuit.populations[i].name for i in numbers.tolist()]
        return Scales({name: self.scales.units[name] for name in names})


def compile_for_mesh(
    circuit: Circuit,
    mesh: Mesh,
    options: Options = DEFAULTS,
    calibration: Calibration | None = None,
    before: Scales | None = None,
    tables: Mapping[str, Table] | None = None,
    watch: Watch = unwatched,
) -> MeshBuild:
    """Compile `circuit` for the boards of `mesh`.

    calibration, before: as of `compile_circuit`. tables: too; whichever board they were on. watch: is shown
    what each pass makes (`passes.SEVERAL_BOARDS`), those of `spread` when all of them held.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: see the passes.
        MeshError, DoesNotFit, DelayTooShort, ExtraMissing: see `spread`.
        MycofluxError: an image does not say what its program says, which is a bug of ours.
    """
    flat = resolve(circuit)
    watch("resolve", flat)
    integer, report = quantize(flat, before, calibration)
    watch("quantize", (integer, report))
    bounds = bound(integer)
    watch("bound", bounds)
    made = spread(integer, mesh, options)
    _show(made, watch)
    laid = {share.board: lay_out(share.program, tables) for share in made.program.shares}
    images = {board: each.image for board, each in laid.items()}
    watch("image", {board: np.frombuffer(image, np.uint8) for board, image in images.items()})
    digests = {board: each.digests for board, each in laid.items()}
    reused = sum(each.reused for each in laid.values())
    return MeshBuild(made, images, report, bounds, Scales(report.units), digests, reused)


def _show(made: Spread, watch: Watch) -> None:
    watch("contract", made.groups)
    watch("partition", made.cells)
    watch("nets", made.nets)
    watch("place", made.placement)
    watch("route", made.routes)
    watch("stretch", made.stretched)
    watch("shares", made.program)
