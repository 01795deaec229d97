"""How `mycoflux build` tells what was proven and what quantization warns of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mycoflux.compiler.bound import Bounds
from mycoflux.compiler.integer import QuantizeReport, QuantizeWarning


def lines(bounds: Sequence[Bounds]) -> Iterator[str]:
    """A line a population: whether it is proven, its ranges, and what it takes to leave one.

    Where u may wrap, the ranges are those of a u that does.
    """
    for b in bounds:
        currents = " and ".join(f"{low:,}..{high:,}" for low, high in b.u)
        text = f"{'proven' if b.proven else 'possible'}: {b.population}: u in {currents}, v in "
        text += f"{b.v[0]:,}..{b.v[1]:,}"
        for result in b.results:
            if not result.proven and result.accumulator != "v":
                wraps = " may wrap:" if result.accumulator.startswith("u") else ""
                text += f"; {result.accumulator}{wraps} {str(result).removeprefix('possible: ')}"
        clip = next((r for r in b.results if r.accumulator == "v" and not r.proven), None)
        if b.v_may_clip:
            text += f" (v may be clipped{str(clip).removeprefix('possible') if clip else ''})"
        if b.assuming:
            names = ", ".join(f"'{name}'" for name in b.assuming)
            text += f"; if {names} keep{'s' * (len(b.assuming) == 1)} to max_rate_hz"
        yield text


def as_dict(bounds: Bounds) -> dict[str, object]:
    """One population's bounds as JSON-ready data."""
    return {
        "population": bounds.population,
        "proven": bounds.proven,
        "a": [list(r) for r in bounds.a],
        "u": [list(r) for r in bounds.u],
        "v": list(bounds.v),
        "v_may_clip": bounds.v_may_clip,
        "results": [
            {
                "accumulator": r.accumulator,
                "status": "proven" if r.needs is None else "possible",
                "needs": None if r.needs is None else r.needs.inputs,
                "of": None if r.needs is None else r.needs.of,
                "neuron": None if r.needs is None else r.needs.neuron,
            }
            for r in bounds.results
        ],
        "assuming": list(bounds.assuming),
    }


def warning_lines(report: QuantizeReport) -> Iterator[str]:
    """A line a warning."""
    for warning in report.warnings:
        yield f"warning: {warning}"


def warning_as_dict(warning: QuantizeWarning) -> dict[str, str]:
    """One warning as JSON-ready data."""
    return {
        "kind": warning.kind,
        "part": warning.part,
        "what": warning.what,
        "where": warning.where,
        "remedy": warning.remedy,
    }
