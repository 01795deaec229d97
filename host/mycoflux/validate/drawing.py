"""Pictures drawn with matplotlib, if it is installed, without a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from mycoflux.errors import ExtraMissing


def draw(
    drawing: Callable[[Any], None], size: tuple[float, float], file: IO[bytes], kind: str = "png"
) -> None:
    """Let `drawing` draw on an empty figure of that size, inches, and write it to `file` as PNG or SVG.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise ExtraMissing(
            "pictures need matplotlib", remedy="pip install 'mycoflux[plot]', or leave the picture out"
        ) from error
    figure = pyplot.figure(figsize=size, layout="constrained")
    try:
        drawing(figure)
        # The same drawing is the same bytes: SVG has a date and random names in it otherwise.
        matplotlib.rcParams["svg.hashsalt"] = "mycoflux"
        figure.savefig(file, format=kind, dpi=110, metadata={"Date": None} if kind == "svg" else None)
    finally:
        pyplot.close(figure)
