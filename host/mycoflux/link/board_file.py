"""What is known of a kind of board before it is asked: `boards/NAME.toml`, checked and frozen."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from mycoflux import plugins, resources
from mycoflux.errors import BoardFileError

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

BOARDS_GROUP = "mycoflux.boards"  # its entry points name packages whose folders hold board files

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

    def whole(self, key: str) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fail(key, f"is {value!r}, not a whole number from 0 on", f"Write {key} = 192")
        return value

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
    board = BoardFile(
        name=top.text("name"),
        title=top.text("title"),
        chip=top.text("chip"),
        arch=top.text("arch", ARCHS),
        micropython_min=top.version("micropython_min"),
        heap_kib=top.whole("heap_kib"),
        ram_kib=top.whole("ram_kib"),
        flash_kib=top.whole("flash_kib"),
        runtime=top.text("runtime", RUNTIMES),
        url=top.text("url"),
        emulator=_emulator(top.table("emulator")),
        links=_links(top.table("links")),
        pins=_pins(top.table("pins")),
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


def _pins(table: _Table) -> Mapping[str, Pin]:
    return MappingProxyType({name: table.pin(name) for name in table.names()})


def names() -> tuple[str, ...]:
    """The boards that come with mycoflux and with installed packages, sorted.

    Raises:
        ExtensionBroken: a package registers boards that cannot be found, or two have a board of one name.
    """
    return tuple(sorted(_files()))


def load(name: str) -> BoardFile:
    """The board `name` that comes with mycoflux or an installed package.

    Raises:
        BoardFileError: there is none of that name, or its file is wrong.
        ExtensionBroken: see `names`.
    """
    files = _files()
    if name not in files:
        raise BoardFileError(
            f"no board is called '{name}'", remedy=f"Choose one of {', '.join(sorted(files))}"
        )
    return read(files[name])


def _files() -> dict[str, Path]:
    """Every board file by name: ours, and the TOML files of the packages registered under BOARDS_GROUP."""
    files = {file.stem: file for file in resources.data_folder("boards").glob("*.toml")}
    owners = dict.fromkeys(files, "mycoflux")
    for name in plugins.found(BOARDS_GROUP):
        point = plugins.entry_point(BOARDS_GROUP, name)
        package = plugins.load(point)
        owner = plugins.distribution(point)
        for folder in getattr(package, "__path__", ()):
            for file in sorted(Path(folder).glob("*.toml")):
                if file.stem in files:
                    raise plugins.broken(
                        point, f"has a board '{file.stem}', as '{owners[file.stem]}' has ({files[file.stem]})"
                    )
                files[file.stem], owners[file.stem] = file, owner
        if owner not in owners.values():
            raise plugins.broken(point, "is no package that holds board files (NAME.toml)")
    return files
