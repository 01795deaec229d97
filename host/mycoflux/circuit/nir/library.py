"""The packages `nir` and `h5py`, if they are installed."""

from __future__ import annotations

from mycoflux.errors import ExtraMissing

try:
    import h5py
    import nir
except ImportError as error:
    raise ExtraMissing(
        f"NIR cannot be imported ({error})",
        where="mycoflux.circuit.nir",
        remedy="Install it with `pip install 'mycoflux[nir]'`",
    ) from error

__all__ = ["h5py", "nir"]
