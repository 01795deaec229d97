"""What a board file says of how a computer gets at the board: USB ids, reset, how firmware is flashed.

Nothing here opens a port or flashes anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from mycoflux.link.toml_table import Table

RESETS = ("repl", "dtr-rts")  # over the prompt; by the lines that ESP32 boards wire to their reset
_USB_ID = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
_WRITE_ID = 'Write two times four hexadecimal digits, small letters: "2e8a:0005"'
_WORD = 0xFFFFFFFF  # addresses and family ids have 32 bits


@dataclass(frozen=True)
class Usb:
    """How the board's serial port is known on USB."""

    ids: tuple[str, ...]  # "vendor:product", four lower-case hexadecimal digits each
    product: str | None  # part of the product's name, where other boards have the same ids


@dataclass(frozen=True)
class Uf2:
    """A file is copied onto the drive that the board is in its bootloader."""

    route: ClassVar[str] = "uf2"
    download: str  # the board's name on micropython.org
    family: int  # of UF2 files for this chip
    volume: str  # the drive's label


@dataclass(frozen=True)
class Esptool:
    """Espressif's esptool writes it over the serial port."""

    route: ClassVar[str] = "esptool"
    download: str
    chip: str  # as esptool names it
    offset: int  # in flash


@dataclass(frozen=True)
class Dfu:
    """A DFU tool writes it to the chip's USB bootloader."""

    route: ClassVar[str] = "dfu"
    download: str
    id: str  # "vendor:product" of that bootloader


@dataclass(frozen=True)
class StLink:
    """The programmer on the board writes it: st-flash, or a copy onto its drive."""

    route: ClassVar[str] = "stlink"
    download: str
    address: int  # where the image begins
    volume: str


@dataclass(frozen=True)
class TeensyLoader:
    """PJRC's Teensy Loader writes it."""

    route: ClassVar[str] = "teensy"
    download: str
    mcu: str  # as the loader names it


@dataclass(frozen=True)
class Uflash:
    """A .hex file is copied onto the micro:bit's drive."""

    route: ClassVar[str] = "uflash"
    volume: str


Firmware = Uf2 | Esptool | Dfu | StLink | TeensyLoader | Uflash


def _uf2(table: Table) -> Firmware:
    return Uf2(table.text("download"), table.whole("family", most=_WORD), table.text("volume"))


def _esptool(table: Table) -> Firmware:
    return Esptool(table.text("download"), table.text("chip"), table.whole("offset", most=_WORD))


def _dfu(table: Table) -> Firmware:
    return Dfu(table.text("download"), _usb_id(table, "id"))


def _stlink(table: Table) -> Firmware:
    return StLink(table.text("download"), table.whole("address", most=_WORD), table.text("volume"))


def _teensy(table: Table) -> Firmware:
    return TeensyLoader(table.text("download"), table.text("mcu"))


def _uflash(table: Table) -> Firmware:
    return Uflash(table.text("volume"))


ROUTES: Mapping[str, Callable[[Table], Firmware]] = MappingProxyType(
    {
        Uf2.route: _uf2,
        Esptool.route: _esptool,
        Dfu.route: _dfu,
        StLink.route: _stlink,
        TeensyLoader.route: _teensy,
        Uflash.route: _uflash,
    }
)


def read_usb(table: Table) -> Usb | None:
    """`[usb]`; None if there is no such table.

    Raises:
        BoardFileError: a key is missing, unknown or wrong.
    """
    if not table.names():
        return None
    ids = table.list_of_texts("ids")
    for wrong in (text for text in ids if not _USB_ID.fullmatch(text)):
        table.fail("ids", f"has '{wrong}', no USB id", _WRITE_ID)
    if len(set(ids)) < len(ids):
        table.fail("ids", "has an id twice", "Remove one of them")
    product = table.text("product") if "product" in table.names() else None
    table.finish()
    return Usb(ids, product)


def read_reset(table: Table) -> str | None:
    """`[reset]`: one of RESETS; None if there is no such table.

    Raises:
        BoardFileError: a key is missing, unknown or wrong.
    """
    if not table.names():
        return None
    how = table.text("how", RESETS)
    table.finish()
    return how


def read_firmware(table: Table) -> Firmware | None:
    """`[firmware]`, with what its route needs; None if there is no such table.

    Raises:
        BoardFileError: a key is missing, unknown or wrong.
    """
    if not table.names():
        return None
    firmware = ROUTES[table.text("route", tuple(ROUTES))](table)
    table.finish()
    return firmware


def _usb_id(table: Table, key: str) -> str:
    text = table.text(key)
    if not _USB_ID.fullmatch(text):
        table.fail(key, f"is '{text}', no USB id", _WRITE_ID)
    return text
