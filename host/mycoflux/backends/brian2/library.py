"""brian2, if it is installed."""

from __future__ import annotations

from mycoflux.errors import ExtraMissing

try:
    import brian2
except ImportError as error:
    raise ExtraMissing(
        f"brian2 cannot be imported ({error})",
        where="mycoflux.backends.brian2",
        remedy="Install it with `pip install 'mycoflux[brian2]'`",
    ) from error

__all__ = ["brian2"]
