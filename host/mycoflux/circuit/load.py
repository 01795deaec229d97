"""Find a circuit in a file: `robot.py:Name`, `robot.py` for the only one it makes, or a NIR graph `net.nir`.

Where a file makes circuits (`circuit = Robot()`), those count, and its classes only by name.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mycoflux.circuit.circuit import Circuit
from mycoflux.errors import CircuitError, MycofluxError


@dataclass(frozen=True)
class NirOptions:
    """What a NIR file leaves open, as a user settles it; None for what was not said.

    dt_s: seconds a step; needed. reset: "value" (if not said) or "subtract". time_unit_s: seconds in one unit
    of its time constants and delays; 1 if not said.
    """

    dt_s: float | None = None
    reset: str | None = None
    time_unit_s: float | None = None


NOTHING_SAID = NirOptions()


def load_circuit(reference: str, options: NirOptions = NOTHING_SAID) -> Circuit:
    """The circuit that `reference` names.

    Args:
        reference: see above.
        options: for NIR files only.

    Raises:
        CircuitError: no such file, an exception in it, no circuit or more than one in it.
        ExtraMissing: it is a NIR file, and the package `nir` is not installed.
    """
    path, wanted = split_reference(reference)
    if is_nir(reference):
        return _imported(path, wanted, options)
    refuse_nir_options(path, options)
    if not path.is_file():
        raise CircuitError(
            "there is no such circuit file", where=str(path), remedy="Give the path of a Python file"
        )
    names = _run(path)
    found = _circuits(names, path)
    if wanted:
        if wanted not in found:
            raise CircuitError(
                f"there is no circuit '{wanted}'",
                where=str(path),
                remedy=f"It has: {', '.join(found) or 'none'}",
            )
        return _made(found[wanted])
    found = {k: v for k, v in found.items() if isinstance(v, Circuit)} or found
    if len(found) != 1:
        raise CircuitError(
            f"the file has {len(found)} circuits" + (f" ({', '.join(found)})" if found else ""),
            where=str(path),
            remedy=f"Name one: {path}:Name"
            if found
            else "Write a subclass of mycoflux.circuit.Circuit in it",
        )
    return _made(next(iter(found.values())))


def split_reference(reference: str) -> tuple[Path, str]:
    """`robot.py:Name` as its file and its name; the name is "" where there is none."""
    if Path(reference).exists():
        return Path(reference), ""
    path, _, name = reference.partition(":")
    return Path(path), name


def is_nir(reference: str) -> bool:
    """Whether `reference` names a NIR file."""
    return split_reference(reference)[0].suffix == ".nir"


def refuse_nir_options(path: Path, options: NirOptions) -> None:
    """CircuitError where what only NIR files need was given for another file."""
    if options != NOTHING_SAID:
        raise CircuitError(
            "--dt, --reset or --time-unit was given for a file that says these itself",
            where=str(path),
            remedy="Leave it out; only NIR files need it",
        )


def _imported(path: Path, wanted: str, options: NirOptions) -> Circuit:
    if wanted:
        raise CircuitError(
            f"a NIR file holds one circuit, so '{wanted}' names none",
            where=str(path),
            remedy="Give the path alone",
        )
    if not path.is_file():
        raise CircuitError("there is no such NIR file", where=str(path), remedy="Give the path of a NIR file")
    if options.dt_s is None:
        raise CircuitError(
            "a NIR file does not say how long a step is",
            where=str(path),
            remedy="Give the step it was trained with, in seconds: --dt 0.001",
        )
    from mycoflux.circuit.nir import import_nir  # an extra: only those who have NIR files need it

    return import_nir(
        path,
        dt_s=options.dt_s,
        reset=options.reset or "value",
        time_unit_s=1.0 if options.time_unit_s is None else options.time_unit_s,
    )


def _run(path: Path) -> dict[str, Any]:
    try:
        # What a circuit file prints is for the person; our own standard output may be read by a machine.
        with contextlib.redirect_stdout(sys.stderr):
            return runpy.run_path(str(path), run_name=path.stem)
    except MycofluxError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        line = next(
            (
                f.lineno
                for f in reversed(traceback.extract_tb(error.__traceback__))
                if f.filename == str(path)
            ),
            getattr(error, "lineno", None),
        )
        raise CircuitError(
            f"the file cannot be run: {type(error).__name__}: {error}",
            where=f"{path}:{line}" if line else str(path),
            remedy="Correct it; `python` on the file shows the same",
        ) from error


def _circuits(names: dict[str, Any], path: Path) -> dict[str, Circuit | type[Circuit]]:
    """The circuits and circuit classes of the file itself, not those it imported."""
    instances = {k: v for k, v in names.items() if isinstance(v, Circuit)}
    classes = {
        k: v
        for k, v in names.items()
        if isinstance(v, type) and issubclass(v, Circuit) and v.__module__ == path.stem
    }
    return {**classes, **instances}


def _made(found: Circuit | type[Circuit]) -> Circuit:
    return found() if isinstance(found, type) else found
