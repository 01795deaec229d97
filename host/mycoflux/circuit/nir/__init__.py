"""NIR graphs (Neural Intermediate Representation) in and out: `import_nir` and `export_nir`.

Reading goes file -> `flatten` (no nested graphs) -> `sizes` (every shape) -> `linear`, `fold` (what lies
between neurons becomes projections) -> `neurons` -> `importer`; writing is `exporter`. Nothing of boards or
integers may enter. Needs the package `nir` (`pip install 'mycoflux[nir]'`).
"""

from mycoflux.circuit.nir.exporter import export_nir
from mycoflux.circuit.nir.importer import import_nir

__all__ = ["export_nir", "import_nir"]
