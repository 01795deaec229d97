"""Where the files that are not Python modules of this package lie: boards, nano sources, kernels, examples.

In a wheel they are package data under `mycoflux/_data/`; in a checkout they are the top-level folders
themselves. What may not enter here: anything that reads or understands those files.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from mycoflux.errors import SystemProblem

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def data_folder(name: str) -> Path:
    """The folder `name` ("boards", "nano", "kernels" or "examples").

    Raises:
        SystemProblem: the installation is incomplete.
    """
    in_checkout = _CHECKOUT / "device" / name if name in ("nano", "kernels") else _CHECKOUT / name
    for candidate in (_PACKAGE / "_data" / name, in_checkout):
        if candidate.is_dir():
            return candidate
    raise SystemProblem(
        f"the folder '{name}' that belongs to mycoflux is missing",
        where=str(_PACKAGE),
        remedy="Reinstall mycoflux (pip install --force-reinstall mycoflux)",
    )


def package_folder(import_name: str) -> Path:
    """The folder of the device-side package `import_name` ("myco" or "myco_hal").

    Raises:
        SystemProblem: the package is not importable.
    """
    spec = importlib.util.find_spec(import_name)
    if spec is None or spec.origin is None:
        raise SystemProblem(
            f"the device package '{import_name}' is missing",
            remedy="Reinstall mycoflux (pip install --force-reinstall mycoflux)",
        )
    return Path(spec.origin).parent
