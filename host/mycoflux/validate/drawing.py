"""Pictures drawn with matplotlib, if it is installed, without a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from mycoflux.errors import ExtraMissing


def draw(drawing: Callable[[Any], None], size: tuple[float, float], file: IO[bytes]) -> None:
    """Let `drawing` draw on an empty figure of that size, inches, and write it to `file` as PNG.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise ExtraMissing(
            "pictures need matplotlib", remedy="pip install 'mycoflux[plot]', or leave out --out"
        ) from error
    figure = pyplot.figure(figsize=size, layout="constrained")
    try:
        drawing(figure)
        figure.savefig(file, format="png", dpi=110)
    finally:
        pyplot.close(figure)
