"""Names of parts from the keys of a graph, and back: valid where they go to, and never two alike."""

from __future__ import annotations

_NOT_IN_CIRCUITS = set("/[]>")


class Names:
    """Hands out valid names, each only once; the same requests in the same order give the same names."""

    def __init__(self, forbidden: set[str] | None = None) -> None:
        """Args: forbidden: signs that become dots; those that circuits forbid if left out."""
        self._forbidden = _NOT_IN_CIRCUITS if forbidden is None else forbidden
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """`wanted` made valid; with `_2`, `_3`, ... after it where that was given out before."""
        base = "".join("." if c in self._forbidden or not c.isprintable() else c for c in wanted)
        base = base.strip(". ") or "node"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name
