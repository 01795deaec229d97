"""A validation as JSON, as text, and as one HTML file that needs no other."""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mycoflux.files import make_folder, write_bytes
from mycoflux.validate.comparison import Comparison
from mycoflux.validate.figures import figures
from mycoflux.validate.validation import Validation

EXPLAINED = {
    "total": "circuit in floats (brian2) against program in integers",
    "quantization": "circuit in floats against its integers' meaning in floats: what quantization changed",
    "arithmetic": "the integers' meaning in floats against the program: what rounding in every tick adds",
}
_COLUMNS = (
    "population",
    "neurons",
    "spikes",
    "rate (Hz)",
    "ISI (ms)",
    "CV",
    "coincidence",
    "same tick",
    "Victor-Purpura",
    "van Rossum",
    "v error",
)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; font-size: 13px }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
img { max-width: 100%; display: block; margin: 0.5rem 0 1.5rem }
.good { color: #176d2c } .bad { color: #b00020 } small { color: #666 }
"""


def as_dict(validation: Validation) -> dict[str, Any]:
    """Everything but the traces, under stable keys; None for what is not defined (no spikes, no v)."""
    return {
        "circuit": validation.circuit,
        "dt_s": validation.dt_s,
        "ticks": validation.ticks,
        "inputs": validation.inputs,
        "accept": dataclasses.asdict(validation.accept),
        "accepted": not validation.failures,
        "notes": notes(validation),
        "failures": list(validation.failures),
        **{c.name: _plain(dataclasses.asdict(c)) for c in validation.comparisons},
    }


def _plain(value: Any) -> Any:
    """JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def notes(validation: Validation) -> list[str]:
    """What the figures do not tell by themselves."""
    said = []
    if not any(sum(p.spikes) for p in validation.total.populations):
        said.append("nothing spiked: only potentials and actuators were compared")
    if validation.not_compared:
        names = ", ".join(f"'{name}'" for name in validation.not_compared)
        said.append(f"potentials of {names} were not compared: too many values; take less time")
    return said


def rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """A comparison's table for a person: the names of its columns, then a row a population."""
    cells: list[tuple[str, ...]] = [_COLUMNS]
    cells += [
        (
            p.population,
            f"{p.neurons:,}",
            f"{p.spikes[0]:,} / {p.spikes[1]:,}",
            f"{p.rate_hz[0]:.1f} / {p.rate_hz[1]:.1f}",
            _both(p.interval_s, 1e3),
            _both(p.cv),
            f"{p.coincidence:.3f}",
            f"{p.identical:.1%}",
            f"{p.victor_purpura:.3f}",
            f"{p.van_rossum:.2f}",
            "-" if math.isnan(p.potential_error) else f"{p.potential_error:.2%}",
        )
        for p in comparison.populations
    ]
    return cells


def _both(values: tuple[float, float], factor: float = 1.0) -> str:
    return " / ".join("-" if math.isnan(x) else f"{x * factor:.2f}" for x in values)


def write(validation: Validation, folder: Path) -> list[Path]:
    """Write report.html and report.json into `folder`, each whole or not at all; return their paths.

    Raises:
        InvalidInput: the folder cannot be made or written.
        ExtraMissing: matplotlib is not installed.
    """
    make_folder(folder)
    texts = {
        folder / "report.json": json.dumps(as_dict(validation), indent=2) + "\n",
        folder / "report.html": as_html(validation),
    }
    for path, text in texts.items():
        write_bytes(path, text.encode(), "the report")
    return list(texts)


def as_html(validation: Validation) -> str:
    """The report as one HTML file, pictures included."""
    title = f"{html.escape(validation.circuit)}: floats against integers"
    seconds = validation.ticks * validation.dt_s
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{validation.ticks:,} ticks of {validation.dt_s * 1e3:g} ms ({seconds:g} s), inputs "
        f"{html.escape(validation.inputs)}. In pairs, the reference comes first.</p>",
        _verdict(validation),
        *(f"<p>{html.escape(note.capitalize())}.</p>" for note in notes(validation)),
    ]
    for comparison in validation.comparisons:
        parts.append(f"<h2>{comparison.name.capitalize()}</h2><p>{EXPLAINED[comparison.name]}</p>")
        parts.append(_table(rows(comparison)))
        if comparison.outputs:
            outputs = [("actuator", "mean difference", "largest")]
            outputs += [(o.actuator, f"{o.mean:.2%}", f"{o.largest:.2%}") for o in comparison.outputs]
            parts.append(_table(outputs))
    for name, picture in figures(validation).items():
        data = base64.b64encode(picture).decode()
        parts.append(f'<h2>{name}</h2><img alt="{name}" src="data:image/png;base64,{data}">')
    parts.append(f"<p><small>{_notes()}</small></p>")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _verdict(validation: Validation) -> str:
    if not validation.failures:
        return '<p class="good">Within the limits of the circuit.</p>'
    items = "".join(f"<li>{html.escape(text)}</li>" for text in validation.failures)
    return f'<p class="bad">Beyond the limits of the circuit:</p><ul class="bad">{items}</ul>'


def _table(cells: Sequence[tuple[str, ...]]) -> str:
    head, *body = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in cells)
    return f"<table><tr>{head.replace('td>', 'th>')}</tr>{''.join(f'<tr>{r}</tr>' for r in body)}</table>"


def _notes() -> str:
    return (
        "coincidence: Kistler, Gerstner and van Hemmen 1997, within 2 ms. Victor-Purpura: cost 1 / (10 ms), "
        "a spike of the reference. van Rossum: 10 ms, a neuron. ISI, CV and distances: of up to 40 neurons "
        "of each population. v error: root mean square, as a share of the threshold, or of the range of v "
        "where there is none. same tick: share of all spikes that both runs have at the same tick."
    )
