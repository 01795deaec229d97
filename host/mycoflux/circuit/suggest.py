"""What to say of a name that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_LISTED = 24


def instead(name: str, known: Iterable[str]) -> str:
    """A remedy: the name that was perhaps meant, or the names that there are."""
    names = list(known)
    by_lower = {n.lower(): n for n in names}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    if near:
        return f"Did you mean '{by_lower[near[0]]}'?"
    if not names:
        return "There are none"
    more = f" and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
    return f"There are: {', '.join(names[:_MOST_LISTED])}{more}"
