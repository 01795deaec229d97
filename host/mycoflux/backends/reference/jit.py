"""numba's compiler, if it is installed, with a cache that cannot go stale.

numba keeps compiled code by the file of the outermost function, and does not see that a function it took in
from another file has changed, nor a constant. So the cache's folder is named after the sources of all.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from mycoflux.errors import ExtraMissing
from mycoflux.resources import package_folder

F = TypeVar("F", bound=Callable[..., Any])

try:
    import numba
except ImportError as error:
    raise ExtraMissing(
        "the fast reference needs numba, which is not installed",
        where="mycoflux.backends.reference.fast",
        remedy="Install it with `pip install 'mycoflux[fast]'`, or use the plain reference",
    ) from error


@functools.cache
def _cache_folder() -> str:
    """Where these sources' compiled code is kept."""
    digest = hashlib.sha256()
    # Besides the code: its constants, which numba takes in as numbers.
    folders = (Path(__file__).parent, package_folder("myco"), package_folder("myco_hal"))
    for file in sorted(file for folder in folders for file in folder.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(home) / "mycoflux" / "numba" / digest.hexdigest()[:16])


def jit(function: F) -> F:
    """Compile when first called, and keep what was compiled. Division by zero is not checked."""
    return _compiled(function, parallel=False)


def jit_threads(function: F) -> F:
    """As `jit`, with the loops over `numba.prange` on threads."""
    return _compiled(function, parallel=True)


def _compiled(function: F, parallel: bool) -> F:
    settings: Any = numba.config
    njit: Any = numba.njit
    before = settings.CACHE_DIR
    settings.CACHE_DIR = _cache_folder()
    try:
        compiled: F = njit(cache=True, parallel=parallel, error_model="numpy")(function)
    except RuntimeError:  # nowhere to keep it: compile anew in each process
        compiled = njit(parallel=parallel, error_model="numpy")(function)
    finally:
        settings.CACHE_DIR = before
    return compiled
