"""How a command tells what became of each parameter, what is proven, and what deserves a warning."""

from __future__ import annotations

from collections.abc import Sequence

from mycoflux.cli import bounds, console
from mycoflux.compiler.bound import Bounds
from mycoflux.compiler.integer import QuantizeReport


def warn(quantization: QuantizeReport) -> None:
    """Tell the warnings, on stderr."""
    for line in bounds.warning_lines(quantization):
        console.say(line)


def tell(quantization: QuantizeReport, all_bounds: Sequence[Bounds]) -> None:
    """Print the table of parameters and a line for each population's bounds."""
    console.out.print(table(quantization), markup=False)
    for line in bounds.lines(all_bounds):
        console.out.print(line, markup=False)


def as_dict(quantization: QuantizeReport, all_bounds: Sequence[Bounds]) -> dict[str, object]:
    """All of it as JSON-ready data."""
    return {
        "quantization": [
            {
                "part": e.part,
                "parameter": e.parameter,
                "unit": e.unit,
                "asked": e.asked,
                "got": e.got,
                "error": e.error,
                "note": e.note,
            }
            for e in quantization.entries
        ],
        "warnings": [bounds.warning_as_dict(w) for w in quantization.warnings],
        "bounds": [bounds.as_dict(b) for b in all_bounds],
    }


def table(quantization: QuantizeReport) -> str:
    """What was asked and what was got, one parameter a line."""
    rows = [("part", "parameter", "asked", "got", "error", "")]
    rows += [
        (
            e.part,
            e.parameter,
            f"{e.asked:.5g} {e.unit}",
            f"{e.got:.5g} {e.unit}",
            f"{e.error:.2%}" if e.asked else f"{e.error:.2g} {e.unit}",
            e.note,
        )
        for e in quantization.entries
    ]
    return console.columns(rows)
