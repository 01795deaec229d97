"""Which format the tables of each projection have, what they take, and what the next best would have taken.

From a program alone, before a board: as JSON-ready data, and as text. Bytes are those of the image, records
and entries in the directory among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mycoflux.compiler.cut_tables import layouts
from mycoflux.program.joined import joined, kind
from mycoflux.program.tables import NAMES, RECORD, table_format, table_sizes
from mycoflux.program.types import Program, Projection


def as_dict(program: Program) -> list[dict[str, Any]]:
    """Each projection, under stable keys.

    hot: see `mycoflux.compiler.hot`. next_best: of the formats that could hold it too. A convolution that
    another format beats is not told of.
    """
    return [_projection(program, tables) for tables in _uncut(program)]


def _projection(program: Program, tables: list[Projection]) -> dict[str, Any]:
    p = tables[0]
    target = program.populations[p.target]
    whole = replace(joined(tables), first_target=0, target_count=target.size)
    size = sum(min(table_sizes(table).values()) + RECORD for table in tables)
    best, other, *_ = layouts(whole)
    return {
        "source": program.group_name(p.group),
        "target": target.name,
        "delay": p.delay,
        "sign": p.sign,
        "synapses": whole.synapses,
        "format": best.name,
        "tables": dict(Counter(NAMES[table_format(table)] for table in tables)),
        "hot": all(table.hot for table in tables),
        "bytes": size,
        "bytes_a_synapse": size / whole.synapses,
        "next_best": {"format": other.name, "bytes": other.bytes},
    }


def _uncut(program: Program) -> Iterator[list[Projection]]:
    """The tables that were one projection: they follow one another by block of targets, then by source."""
    tables: list[Projection] = []
    for p in program.projections:
        if not p.synapses:
            continue
        if tables and not _continues(tables[-1], p):
            yield tables
            tables = []
        tables.append(p)
    if tables:
        yield tables


def _continues(last: Projection, p: Projection) -> bool:
    if (kind(last), last.origin) != (kind(p), p.origin) or p.shared is not None:
        return False
    if p.first_target == last.first_target:
        return p.first >= last.first + last.sources
    return p.first_target >= last.first_target + last.target_count


def as_text(program: Program) -> list[str]:
    """The same as lines for a person: deterministic."""
    tables = as_dict(program)
    lines = [_line(told) for told in tables]
    if any(told["hot"] for told in tables):
        lines.append("hot: boards that can make machine code of these when they start (docs/native.md)")
    return lines


def _line(told: dict[str, Any]) -> str:
    tables, other = told["tables"], told["next_best"]
    parts = [f"{count} {name}" for name, count in sorted(tables.items())]
    how = ", ".join(parts) if sum(tables.values()) > 1 else told["format"]
    how += ", hot" if told["hot"] else ""
    size = f"{told['bytes']:,} bytes, {told['bytes_a_synapse']:.2f} a synapse"
    return (
        f"{told['source']} -> {told['target']}: {told['synapses']:,} synapses, {how}, {size}; "
        f"{other['format']} would take {other['bytes']:,}"
    )
