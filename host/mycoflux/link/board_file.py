"""What is known of a kind of board before it is asked: `boards/NAME.toml`, checked and frozen."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from mycoflux import resources
from mycoflux.errors import BoardFileError
from mycoflux.program.machine import MEASURABLE, Instructions, Machine

RUNTIMES = ("myco", "nano")
ARCHS = (
    "host",
    "x64",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
)
EMULATORS = ("in-process", "unix-x64", "unix-armv7", "qemu-microbit")

Pin = int | str


@dataclass(frozen=True)
class Link:
    """A serial port that can join the board to another one."""

    name: str
    uart: int  # its number in machine.UART(...)
    tx: Pin
    rx: Pin


@dataclass(frozen=True)
class BoardFile:
    """One kind of board."""

    name: str
    title: str
    chip: str
    arch: str  # one of ARCHS: what native code must be built for
    micropython_min: tuple[int, int]  # the oldest stock MicroPython the runtime works on
    heap_kib: int  # what a program may count on; 0 where there is no bound
    ram_kib: int
    flash_kib: int
    runtime: str  # one of RUNTIMES
    url: str  # an example of a URL that opens one
    emulator: str | None  # one of EMULATORS: how it starts; None for a physical board
    links: Mapping[str, Link]
    pins: Mapping[str, Pin]
    machine: Machine | None  # what a program costs on it; None where nothing bounds it


class _Table:
    """A TOML table that is taken apart key by key; what is left at the end is a mistake."""

    def __init__(self, file: Path, prefix: str, values: Mapping[str, Any]) -> None:
        self._file, self._prefix, self._values = file, prefix, dict(values)

    def fail(self, key: str, what: str, remedy: str) -> NoReturn:
        raise BoardFileError(f"{self._prefix}{key} {what}", where=str(self._file), remedy=remedy)

    def _take(self, key: str) -> Any:
        if key not in self._values:
            self.fail(key, "is missing", f"Add a line {self._prefix}{key} = ...")
        return self._values.pop(key)

    def text(self, key: str, choices: tuple[str, ...] = ()) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value:
            self.fail(key, f"is {value!r}, not a text", f'Write {key} = "..."')
        if choices and value not in choices:
            self.fail(key, f"is '{value}'", f"Choose one of {', '.join(choices)}")
        return value

    def whole(self, key: str, least: int = 0) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.fail(key, f"is {value!r}, not a whole number from {least} on", f"Write {key} = 192")
        return value

    def number(self, key: str, least: float = 0.0) -> float:
        value = self._take(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value < math.inf:
            self.fail(key, f"is {value!r}, not a number from {least:g} on", f"Write {key} = 120")
        return float(value)

    def some_of(self, key: str, choices: tuple[str, ...]) -> frozenset[str]:
        value = self._take(key)
        if not isinstance(value, list) or any(v not in choices for v in value):
            self.fail(key, f"is {value!r}", f"Write a list of some of {', '.join(choices)}, or []")
        return frozenset(value)

    def pin(self, key: str) -> Pin:
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int | str):
            self.fail(key, f"is {value!r}, not a pin", f'Write {key} = 25 or {key} = "LED"')
        return value

    def version(self, key: str) -> tuple[int, int]:
        value = self.text(key)
        numbers = re.fullmatch(r"(\d+)\.(\d+)", value)
        if numbers is None:
            self.fail(key, f"is '{value}', not a version", f'Write {key} = "1.19"')
        return int(numbers[1]), int(numbers[2])

    def table(self, key: str) -> _Table:
        value = self._values.pop(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"is {value!r}, not a table", f"Write [{self._prefix}{key}] and its keys below")
        return _Table(self._file, f"{self._prefix}{key}.", value)

    def names(self) -> tuple[str, ...]:
        return tuple(self._values)

    def finish(self) -> None:
        for key in self._values:
            self.fail(key, "is not a key of a board file", "Check its spelling, or remove it")


def read(file: Path) -> BoardFile:
    """The board that `file` describes.

    Raises:
        BoardFileError: it cannot be read, or a key is missing, unknown or wrong; names file and key.
    """
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BoardFileError(
            f"the board file cannot be read ({error.strerror})", where=str(file), remedy="Check the path"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BoardFileError(f"not TOML: {error}", where=str(file), remedy="Correct that line") from error
    top = _Table(file, "", values)
    name, runtime = top.text("name"), top.text("runtime", RUNTIMES)
    board = BoardFile(
        name=name,
        title=top.text("title"),
        chip=top.text("chip"),
        arch=top.text("arch", ARCHS),
        micropython_min=top.version("micropython_min"),
        heap_kib=top.whole("heap_kib"),
        ram_kib=top.whole("ram_kib"),
        flash_kib=top.whole("flash_kib"),
        runtime=runtime,
        url=top.text("url"),
        emulator=_emulator(top.table("emulator")),
        links=_links(top.table("links")),
        pins=_pins(top.table("pins")),
        machine=_machine(name, runtime, top.table("machine"), top.table("instructions")),
    )
    top.finish()
    if board.name != file.stem:
        top.fail("name", f"is '{board.name}'", f"It must be that of the file, '{file.stem}'")
    return board


def _emulator(table: _Table) -> str | None:
    if not table.names():
        return None
    kind = table.text("kind", EMULATORS)
    table.finish()
    return kind


def _links(table: _Table) -> Mapping[str, Link]:
    links = {}
    for name in table.names():
        entry = table.table(name)
        links[name] = Link(name, entry.whole("uart"), entry.pin("tx"), entry.pin("rx"))
        entry.finish()
    return MappingProxyType(links)


def _machine(name: str, runtime: str, table: _Table, instructions: _Table) -> Machine | None:
    if not table.names() and not instructions.names():
        return None
    machine = Machine(
        name=name,
        engine=runtime,
        heap=table.whole("heap"),
        block=table.whole("block", least=1),
        word=table.whole("word", least=1),
        runtime=table.whole("runtime"),
        largest=table.whole("largest"),
        loader=table.whole("loader"),
        per_us=table.number("per_us", least=0.001),
        measured=table.some_of("measured", MEASURABLE),
        instructions=Instructions(**{f.name: instructions.number(f.name) for f in fields(Instructions)}),
    )
    table.finish()
    instructions.finish()
    return machine


def _pins(table: _Table) -> Mapping[str, Pin]:
    return MappingProxyType({name: table.pin(name) for name in table.names()})


def names() -> tuple[str, ...]:
    """The boards that come with mycoflux, sorted."""
    return tuple(sorted(file.stem for file in resources.data_folder("boards").glob("*.toml")))


def load(name: str) -> BoardFile:
    """The board `name` that comes with mycoflux.

    Raises:
        BoardFileError: there is none of that name, or its file is wrong.
    """
    if name not in names():
        raise BoardFileError(f"no board is called '{name}'", remedy=f"Choose one of {', '.join(names())}")
    return read(resources.data_folder("boards") / f"{name}.toml")
