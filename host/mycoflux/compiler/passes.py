"""The passes by name, and how to look on while they work (`mycoflux build --print`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

# Called after each pass with its name and what it made. For several boards: of the round in which all held.
Watch = Callable[[str, object], None]

PASSES: Mapping[str, str] = MappingProxyType(
    {
        "resolve": "the flat circuit: every synapse, nothing nested",
        "quantize": "the circuit in integers, and what was asked beside what was got",
        "bound": "the range of every accumulator",
        "emit": "the program, for one board",
        "contract": "what is never cut",
        "partition": "cells",
        "nets": "which cells hear which sources",
        "place": "the board of each cell",
        "route": "the way of each spike between boards, and what the links carry",
        "stretch": "the delays that were lengthened",
        "shares": "a program a board, and the bonds",
        "image": "bytes",
    }
)
_FOR_A_MESH = ("contract", "partition", "nets", "place", "route", "stretch", "shares")
ONE_BOARD = tuple(name for name in PASSES if name not in _FOR_A_MESH)
SEVERAL_BOARDS = tuple(name for name in PASSES if name != "emit")


def unwatched(name: str, made: object) -> None:
    """Nobody looks on."""
