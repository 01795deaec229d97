"""TOML files of ours, taken apart key by key; what is wrong is said with the file and the key."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from mycoflux.errors import InvalidInput

Pin = int | str


class Table:
    """A TOML table that is taken apart key by key; what is left at the end is a mistake."""

    def __init__(
        self, file: Path, prefix: str, values: Mapping[str, Any], error: type[InvalidInput], kind: str
    ) -> None:
        self._file, self._prefix, self._values = file, prefix, dict(values)
        self._error, self._kind = error, kind

    def fail(self, key: str, what: str, remedy: str) -> NoReturn:
        """Raise the file's error for one of this table's keys."""
        raise self._error(f"{self._prefix}{key} {what}", where=str(self._file), remedy=remedy)

    def _take(self, key: str) -> Any:
        if key not in self._values:
            self.fail(key, "is missing", f"Add a line {self._prefix}{key} = ...")
        return self._values.pop(key)

    def text(self, key: str, choices: tuple[str, ...] = ()) -> str:
        """A text that is not empty, one of `choices` if there are any."""
        value = self._take(key)
        if not isinstance(value, str) or not value:
            self.fail(key, f"is {value!r}, not a text", f'Write {key} = "..."')
        if choices and value not in choices:
            self.fail(key, f"is '{value}'", f"Choose one of {', '.join(choices)}")
        return value

    def whole(self, key: str, least: int = 0, most: int | None = None) -> int:
        """A whole number from `least` to `most`, or on without end."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.fail(
                key, f"is {value!r}, not a whole number from {least} on", f"Write {key} = {least or 192}"
            )
        if most is not None and value > most:
            self.fail(key, f"is {value:#x}, more than {most:#x}", "Check its digits")
        return value

    def number(self, key: str, least: float = 0.0) -> float:
        """A number from `least` on."""
        value = self._take(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value < math.inf:
            self.fail(key, f"is {value!r}, not a number from {least:g} on", f"Write {key} = {least or 120:g}")
        return float(value)

    def some_of(self, key: str, choices: tuple[str, ...]) -> frozenset[str]:
        """A list of some of `choices`."""
        value = self._take(key)
        if not isinstance(value, list) or any(v not in choices for v in value):
            self.fail(key, f"is {value!r}", f"Write a list of some of {', '.join(choices)}, or []")
        return frozenset(value)

    def pin(self, key: str) -> Pin:
        """A pin: a number or a name."""
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int | str):
            self.fail(key, f"is {value!r}, not a pin", f'Write {key} = 25 or {key} = "LED"')
        return value

    def version(self, key: str) -> tuple[int, int]:
        """A version, "major.minor"."""
        value = self.text(key)
        numbers = re.fullmatch(r"(\d+)\.(\d+)", value)
        if numbers is None:
            self.fail(key, f"is '{value}', not a version", f'Write {key} = "1.19"')
        return int(numbers[1]), int(numbers[2])

    def table(self, key: str) -> Table:
        """A table; empty if the key is missing."""
        value = self._values.pop(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"is {value!r}, not a table", f"Write [{self._prefix}{key}] and its keys below")
        return Table(self._file, f"{self._prefix}{key}.", value, self._error, self._kind)

    def tables(self, key: str) -> list[Table]:
        """A list of tables, [[key]] each; none if the key is missing."""
        value = self._values.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fail(
                key, f"is {value!r}, not a list of tables", f"Write [[{self._prefix}{key}]] and keys below"
            )
        return [
            Table(self._file, f"{self._prefix}{key}[{i}].", entry, self._error, self._kind)
            for i, entry in enumerate(value)
        ]

    def texts(self, key: str, count: int) -> tuple[str, ...]:
        """A list of `count` texts."""
        value = self._take(key)
        if not isinstance(value, list) or len(value) != count or not all(isinstance(v, str) for v in value):
            example = ", ".join('"..."' for _ in range(count))
            self.fail(key, f"is {value!r}, not a list of {count} texts", f"Write {key} = [{example}]")
        return tuple(value)

    def list_of_texts(self, key: str) -> tuple[str, ...]:
        """A list of one text or more."""
        value = self._take(key)
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
            self.fail(key, f"is {value!r}, not a list of texts", f'Write {key} = ["..."]')
        return tuple(value)

    def names(self) -> tuple[str, ...]:
        """The keys that have not been taken."""
        return tuple(self._values)

    def finish(self) -> None:
        """Refuse what has not been taken."""
        for key in self._values:
            self.fail(key, f"is not a key of a {self._kind}", "Check its spelling, or remove it")


def read_toml(file: Path, error: type[InvalidInput], kind: str) -> Table:
    """The top table of `file`.

    error: what is raised if it cannot be read, and for all that is wrong in it. kind: "board file".
    """
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except OSError as problem:
        raise error(
            f"the {kind} cannot be read ({problem.strerror})", where=str(file), remedy="Check the path"
        ) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise error(f"not TOML: {problem}", where=str(file), remedy="Correct that line") from problem
    return Table(file, "", values, error, kind)
