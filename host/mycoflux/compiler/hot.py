"""Which tables are hot: those that a board makes straight-line code of first, where it makes any.

Code takes some three times the bytes of its table, and saves instructions for each spike that comes through:
a table is worth it by how often its sources spike. Hot are those whose sources are expected to spike at least
half as often as the busiest, of all that such code is less work for (docs/device-speed.md): packed tables,
and dense ones with rows too short to be summed words at a time. A hint, which changes no result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from myco import layout
from mycoflux.compiler.cost_time import graded
from mycoflux.program.tables import table_format
from mycoflux.program.types import Program, Projection


def marked(program: Program, expected: Sequence[float]) -> Program:
    """`program` with its hot tables marked.

    expected: spikes a tick of a source of each group, in the mean: of populations, then of sensors.
    """
    tables = program.projections
    rates = [expected[p.group] if _gains(p) and not graded(program, p.group) else 0.0 for p in tables]
    least = max(rates, default=0.0) / 2
    found = (replace(p, hot=rate >= least > 0) for p, rate in zip(tables, rates, strict=True))
    return replace(program, projections=tuple(found))


def _gains(p: Projection) -> bool:
    table = table_format(p)
    short = p.target_count < layout.STRIDE_MIN
    return bool(table == layout.TABLE_PACKED or (table == layout.TABLE_DENSE and short))
