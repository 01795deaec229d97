"""Find a circuit: in `robot.py:Name`, `robot.py` if it makes only one, `robot.yaml`, or `net.nir`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myco import layout
from mycoflux.circuit import python_file
from mycoflux.circuit.circuit import Circuit, parameters_of
from mycoflux.circuit.origin import at
from mycoflux.circuit.suggest import instead
from mycoflux.errors import CircuitError

YAML_SUFFIXES = (".yaml", ".yml")


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


def load_circuit(
    reference: str, options: NirOptions = NOTHING_SAID, parameters: Mapping[str, Any] | None = None
) -> Circuit:
    """The circuit that `reference` names.

    Args:
        reference: see above.
        options: for NIR files only.
        parameters: values for parameters of the circuit; a NIR file has none.

    Raises:
        CircuitError: no such file, an exception in it, no circuit or more than one in it, a wrong YAML file,
            a parameter that the circuit does not have.
        ExtraMissing: it is a NIR file, and the package `nir` is not installed.
    """
    path, wanted = split_reference(reference)
    refuse_image(path)
    if is_nir(reference):
        return _imported(path, wanted, options, parameters or {})
    refuse_nir_options(path, options)
    if path.suffix not in YAML_SUFFIXES:
        return _from_python(path, wanted, parameters or {})
    from mycoflux.circuit.file.reader import (
        read_circuit,
    )  # only those who have YAML files wait for its parser

    _refuse_name(path, wanted, "a YAML")
    return read_circuit(path, parameters)


def split_reference(reference: str) -> tuple[Path, str]:
    """`robot.py:Name` as its file and its name; the name is "" where there is none."""
    if Path(reference).exists():
        return Path(reference), ""
    path, _, name = reference.partition(":")
    return Path(path), name


def is_nir(reference: str) -> bool:
    """Whether `reference` names a NIR file."""
    return split_reference(reference)[0].suffix == ".nir"


def is_circuit_file(reference: str) -> bool:
    """Whether `reference` names a circuit by its suffix; whoever runs programs takes all else for images."""
    return split_reference(reference)[0].suffix in (".py", ".nir", *YAML_SUFFIXES)


def refuse_image(path: Path) -> None:
    """CircuitError where `path` is a program image, of which only the integers are left."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(layout.MAGIC))
    except OSError:
        return  # whoever reads it says what is wrong
    if begins == layout.MAGIC:
        raise CircuitError(
            "this is a program image, not a circuit: it has integers only",
            where=str(path),
            remedy="Give the circuit file that it was built from; `mycoflux inspect` shows an image",
        )


def refuse_nir_options(path: Path, options: NirOptions) -> None:
    """CircuitError where what only NIR files need was given for another file."""
    if options != NOTHING_SAID:
        raise CircuitError(
            "--dt, --reset or --time-unit was given for a file that says these itself",
            where=str(path),
            remedy="Leave it out; only NIR files need it",
        )


def _from_python(path: Path, wanted: str, parameters: Mapping[str, Any]) -> Circuit:
    found = python_file.find(path, wanted)
    if parameters:
        kind = found if isinstance(found, type) else type(found)
        known = parameters_of(kind)
        for name in parameters:
            if kind is Circuit or name not in known:
                raise CircuitError(
                    f"the circuit has no parameter '{name}'",
                    where=str(path),
                    remedy=instead(name, () if kind is Circuit else known),
                )
        found = kind  # its instance was made with other values
    return python_file.made(found, str(path), **parameters)


def _refuse_name(path: Path, wanted: str, kind: str) -> None:
    if wanted:
        raise CircuitError(
            f"{kind} file holds one circuit, so '{wanted}' names none",
            where=str(path),
            remedy="Give the path alone",
        )


def _imported(path: Path, wanted: str, options: NirOptions, parameters: Mapping[str, Any]) -> Circuit:
    _refuse_name(path, wanted, "a NIR")
    if parameters:
        raise CircuitError(
            f"a NIR file has no parameters, so '{next(iter(parameters))}' is none",
            where=str(path),
            remedy="Leave --set out",
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

    with at(str(path)):
        return import_nir(
            path,
            dt_s=options.dt_s,
            reset=options.reset or "value",
            time_unit_s=1.0 if options.time_unit_s is None else options.time_unit_s,
        )
