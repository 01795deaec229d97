"""What is known of a kind of board before it is asked: `boards/NAME.toml`, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType

from mycoflux import plugins, resources
from mycoflux.errors import BoardFileError
from mycoflux.link.board_firmware import Firmware, Usb, read_firmware, read_reset, read_usb
from mycoflux.link.board_wiring import Bus, distinct, read_buses
from mycoflux.link.toml_table import Pin, Table, read_toml
from mycoflux.program.machine import KERNELS, MEASURABLE, Instructions, Machine

NO_RUNTIME = "none"  # of a kind of board that is known, and for which there is none
RUNTIMES = ("myco", "nano", NO_RUNTIME)
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
    buses: Mapping[str, Bus]
    pins: Mapping[str, Pin]
    usb: Usb | None  # how its serial port is known; None where nothing is said of it, as below
    reset: str | None  # one of board_firmware.RESETS
    firmware: Firmware | None  # how stock MicroPython gets onto it
    machine: Machine | None  # what a program costs on it; None where nothing bounds it


def read(file: Path) -> BoardFile:
    """The board that `file` describes.

    Raises:
        BoardFileError: it cannot be read, or a key is missing, unknown or wrong; names file and key.
    """
    top = read_toml(file, BoardFileError, "board file")
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
        buses=read_buses(top.table("buses")),
        pins=_pins(top.table("pins")),
        usb=read_usb(top.table("usb")),
        reset=read_reset(top.table("reset")),
        firmware=read_firmware(top.table("firmware")),
        machine=_machine(name, runtime, top.table("machine"), top.table("instructions")),
    )
    top.finish()
    if board.name != file.stem:
        top.fail("name", f"is '{board.name}'", f"It must be that of the file, '{file.stem}'")
    return board


def _emulator(table: Table) -> str | None:
    if not table.names():
        return None
    kind = table.text("kind", EMULATORS)
    table.finish()
    return kind


def _links(table: Table) -> Mapping[str, Link]:
    links: dict[str, Link] = {}
    for name in table.names():
        entry = table.table(name)
        link = Link(name, entry.whole("uart"), **distinct(entry, ("tx", "rx")))
        for other in links.values():
            if other.uart == link.uart:
                entry.fail("uart", f"is {link.uart}, that of '{other.name}'", "A UART makes one link")
        entry.finish()
        links[name] = link
    return MappingProxyType(links)


def _machine(name: str, runtime: str, table: Table, instructions: Table) -> Machine | None:
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
        usable=table.whole("usable"),
        loader=table.whole("loader"),
        slot=table.whole("slot"),
        per_us=table.number("per_us", least=0.001),
        measured=table.some_of("measured", MEASURABLE),
        kernel=instructions.text("kernel", KERNELS),
        instructions=Instructions(**{f.name: instructions.number(f.name) for f in fields(Instructions)}),
    )
    table.finish()
    instructions.finish()
    return machine


def _pins(table: Table) -> Mapping[str, Pin]:
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


def with_runtime(board: BoardFile, where: str) -> BoardFile:
    """The same board, to which programs can go.

    Raises:
        BoardFileError: there is no runtime for its kind; `where` is what named it.
    """
    if board.runtime == NO_RUNTIME:
        raise BoardFileError(
            f"there is no runtime for {board.title}",
            where=where,
            remedy="Choose another kind of board: `mycoflux boards` lists them",
        )
    return board


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
