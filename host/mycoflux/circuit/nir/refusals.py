"""What stands in the way, collected, so that one message names all of it."""

from __future__ import annotations

from mycoflux.errors import CircuitError


class Refusals:
    """Parts that cannot be translated: each by name, with the reason and the remedy."""

    def __init__(self, where: str, verb: str) -> None:
        """Args: where: the file or circuit. verb: "imported" or "exported"."""
        self.where = where
        self._verb = verb
        self._found: list[tuple[str, str, str]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, name: str, why: str, remedy: str) -> None:
        """Note one more."""
        if (name, why, remedy) not in self._found:
            self._found.append((name, why, remedy))

    def raise_if_any(self) -> None:
        """Raise CircuitError, naming all that were added, if there were any."""
        if not self._found:
            return
        listed = "; ".join(f"'{name}' {why}" for name, why, _ in self._found)
        count = len(self._found)
        what = f"{count} part{'s' if count > 1 else ''} cannot be {self._verb}: {listed}"
        remedies = dict.fromkeys(remedy for _, _, remedy in self._found)
        raise CircuitError(what, where=self.where, remedy="; ".join(remedies))
