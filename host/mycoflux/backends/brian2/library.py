"""brian2, if it is installed, without its warnings of what it will have to change in itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from mycoflux.errors import ExtraMissing

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import brian2
except ImportError as error:
    raise ExtraMissing(
        f"brian2 cannot be imported ({error})",
        where="mycoflux.backends.brian2",
        remedy="Install it with `pip install 'mycoflux[brian2]'`",
    ) from error

__all__ = ["brian2", "settings"]


@contextmanager
def settings(codegen: str) -> Iterator[None]:
    """brian2 with another code generation target, and without the warnings, inside the block."""
    before = brian2.prefs["codegen.target"]
    brian2.prefs["codegen.target"] = codegen
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        brian2.prefs["codegen.target"] = before
