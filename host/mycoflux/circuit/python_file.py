"""Circuits in Python files: run the file, find what it makes.

Where a file makes circuits (`circuit = Robot()`), those count, and its classes only by name.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.origin import at
from mycoflux.circuit.suggest import instead
from mycoflux.errors import CircuitError, MycofluxError

Found = Circuit | type[Circuit]


def find(path: Path, wanted: str = "") -> Found:
    """The circuit or circuit class of a Python file called `wanted`; if that is "", the only one it makes.

    Raises:
        CircuitError: no such file, an exception in it, no circuit or more than one in it.
    """
    if not path.is_file():
        raise CircuitError(
            "there is no such circuit file",
            where=str(path),
            remedy="Give the path of a Python (.py), YAML (.yaml) or NIR (.nir) file",
        )
    found = _circuits(_run(path), path)
    if wanted:
        if wanted not in found:
            raise CircuitError(
                f"there is no circuit '{wanted}'", where=str(path), remedy=instead(wanted, found)
            )
        return found[wanted]
    found = {k: v for k, v in found.items() if isinstance(v, Circuit)} or found
    if len(found) != 1:
        raise CircuitError(
            f"the file has {len(found)} circuits" + (f" ({', '.join(found)})" if found else ""),
            where=str(path),
            remedy=f"Name one: {path}:Name"
            if found
            else "Write a subclass of mycoflux.circuit.Circuit in it",
        )
    return next(iter(found.values()))


def made(found: Found, where: str, **parameters: Any) -> Circuit:
    """An instance of what was found.

    Raises:
        CircuitError: making it fails, or it is an instance already and parameters are given.
    """
    if isinstance(found, Circuit):
        if parameters:
            raise CircuitError(
                f"'{found.name}' is a circuit that is made already, so it takes no parameters",
                where=where,
                remedy="Name its class (file.py:Class), or leave the parameters out",
            )
        return found
    try:
        return found(**parameters)
    except (MycofluxError, KeyboardInterrupt):
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        own = _line_in(where, error)
        there = "" if own else f" ({Path(last.filename).name}:{last.lineno})"
        raise CircuitError(
            f"the circuit {found.__name__} cannot be made: {type(error).__name__}: {error}{there}",
            where=f"{where}:{own}" if own else where,
            remedy="Correct that line",
        ) from error


def _run(path: Path) -> dict[str, Any]:
    try:
        # What a circuit file prints is for the person; our own standard output may be read by a machine.
        with contextlib.redirect_stdout(sys.stderr), at(None):
            return runpy.run_path(str(path), run_name=path.stem)
    except MycofluxError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        line = _line_in(str(path), error) or getattr(error, "lineno", None)
        raise CircuitError(
            f"the file cannot be run: {type(error).__name__}: {error}",
            where=f"{path}:{line}" if line else str(path),
            remedy="Correct it; `python` on the file shows the same",
        ) from error


def _line_in(file: str, error: BaseException) -> int | None:
    """The innermost line of `file` that led to the error."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((frame.lineno for frame in frames if frame.filename == file), None)


def _circuits(names: dict[str, Any], path: Path) -> dict[str, Found]:
    """The circuits and circuit classes of the file itself, not those it imported."""
    instances = {k: v for k, v in names.items() if isinstance(v, Circuit)}
    classes = {
        k: v
        for k, v in names.items()
        if isinstance(v, type) and issubclass(v, Circuit) and v.__module__ == path.stem
    }
    return {**classes, **instances}
