"""Moves and swaps cells between boards for as long as the cost falls: local search, the same for a seed.

A move goes to the best board; a swap moves a cell to a board where it would do better but does not fit, and
another from there to wherever that does best (Kernighan and Lin's exchange, with capacities).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mycoflux.compiler.arrangement import Layout

LEAST = 1e-9  # a cost falls if it falls by more than this share of the scale
PASSES = 40
PARTNERS = 12  # cells that a cell is tried to be swapped with


def refine(layout: Layout, free: list[int], rng: np.random.Generator) -> None:
    """Improve `layout` in place; only the cells `free` may move."""
    least = LEAST * (1.0 + layout.traffic())
    for _ in range(PASSES):
        if not _move_each(layout, free, rng, least) and not _swap_each(layout, free, rng, least):
            return


def _move_each(layout: Layout, free: list[int], rng: np.random.Generator, least: float) -> bool:
    changed = False
    for cell in rng.permutation(free).tolist():
        pull, overload = layout.moves(cell)
        to = int(np.argmin(pull + overload))
        if pull[to] + overload[to] < -least:
            layout.move(cell, to)
            changed = True
    return changed


def _swap_each(layout: Layout, free: list[int], rng: np.random.Generator, least: float) -> bool:
    changed = False
    movable = np.zeros(len(layout.board), np.bool_)
    movable[free] = True
    for cell in rng.permutation(free).tolist():
        pull, overload = layout.moves(cell)
        for to in np.argsort(pull, kind="stable")[:2].tolist():
            if pull[to] < -least and _swap(
                layout, cell, to, float(pull[to] + overload[to]), movable, rng, least
            ):
                changed = True
                break
    return changed


def _swap(
    layout: Layout,
    cell: int,
    to: int,
    change: float,
    movable: NDArray[np.bool_],
    rng: np.random.Generator,
    least: float,
) -> bool:
    """Move `cell` to `to`, which changes the cost by `change`, and a cell from there, if both are better."""
    here = int(layout.board[cell])
    there = np.flatnonzero(movable & (layout.board == to))
    layout.move(cell, to)
    for other in rng.permutation(there)[:PARTNERS].tolist():
        pull, overload = layout.moves(other)
        best = int(np.argmin(pull + overload))
        if change + pull[best] + overload[best] < -least:
            layout.move(other, best)
            return True
    layout.move(cell, here)
    return False
