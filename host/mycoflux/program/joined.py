"""Tables that were cut for an image, joined again: for those that have no image to fill."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from mycoflux.program.types import Projection


def kind(p: Projection) -> Hashable:
    """What all tables of one projection have in common."""
    return p.group, p.target, p.delay, p.sign, p.shift, p.receptor


def by_kind(projections: Sequence[Projection]) -> list[Projection]:
    """All synapses that differ in nothing but source, target and weight, as one projection each.

    They come in the order of their first table; a row may be of any length, and a pair in it twice.
    """
    tables: dict[Hashable, list[Projection]] = {}
    for p in projections:
        tables.setdefault(kind(p), []).append(p)
    return [joined(own) for own in tables.values()]


def joined(tables: Sequence[Projection]) -> Projection:
    """Tables of one kind as a projection from their first source to their last, and targets alike."""
    if len(tables) == 1:
        return tables[0]
    first, begin = min(p.first for p in tables), min(p.first_target for p in tables)
    sources = max(p.first + p.sources for p in tables) - first
    row_of = np.concatenate(
        [np.repeat(np.arange(p.sources) + p.first - first, np.diff(p.rows)) for p in tables]
    )
    order = np.argsort(row_of, kind="stable")
    return replace(
        tables[0],
        first=first,
        sources=sources,
        first_target=begin,
        target_count=max(p.first_target + p.target_count for p in tables) - begin,
        rows=np.concatenate(([0], np.cumsum(np.bincount(row_of, minlength=sources)))).astype(np.int64),
        targets=np.concatenate([p.targets for p in tables])[order],
        weights=np.concatenate([p.weights for p in tables])[order],
        shared=None,
    )
