"""The tables of a board file that say how it is wired, and how a computer gets at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mycoflux.deploy import kernels
from mycoflux.deploy.mesh_file import load_mesh
from mycoflux.errors import BoardFileError
from mycoflux.link import board_file
from mycoflux.link.board_file import BoardFile
from mycoflux.link.board_firmware import ROUTES, Dfu, Esptool, StLink, TeensyLoader, Uf2, Uflash, Usb
from mycoflux.link.toml_table import Pin
from mycoflux.link.urls import board_file_for
from tests.link.board_texts import HEAD

WRITE = Callable[[str], Path]
GOOD = (
    HEAD
    + """
[links.left]
uart = 0
tx = 0
rx = 1

[links.right]
uart = 1
tx = 4
rx = 5

[buses.sensors]
kind = "i2c"
number = 0
sda = 20
scl = 21

[buses.leds]
kind = "spi"
number = 0
sck = 18
mosi = 19
miso = 16

[usb]
ids = ["2e8a:0005", "2e8a:000a"]
product = "Board in FS mode"

[reset]
how = "repl"
"""
)
UF2 = """
[firmware]
route = "uf2"
download = "RPI_PICO"
family = 0xe48bff56
volume = "RPI-RP2"
"""
ROUTE_TABLES = {
    "uf2": (UF2, Uf2("RPI_PICO", 0xE48BFF56, "RPI-RP2")),
    "esptool": ('download = "X"\nchip = "esp32"\noffset = 0x1000', Esptool("X", "esp32", 4096)),
    "dfu": ('download = "X"\nid = "0483:df11"', Dfu("X", "0483:df11")),
    "stlink": ('download = "X"\naddress = 0x08000000\nvolume = "N"', StLink("X", 0x08000000, "N")),
    "teensy": ('download = "X"\nmcu = "imxrt1062"', TeensyLoader("X", "imxrt1062")),
    "uflash": ('volume = "MICROBIT"', Uflash("MICROBIT")),
}
TOO_NEW = "microbit-v2"  # for the runtime of the v1; its firmware has no place for the other one
PHYSICAL = [b for b in map(board_file.load, board_file.names()) if b.emulator is None]


def test_wiring_and_access_are_read(mine: WRITE) -> None:
    board = board_file.read(mine(GOOD + UF2))
    i2c, spi = board.buses["sensors"], board.buses["leds"]
    assert (i2c.kind, i2c.number, dict(i2c.pins)) == ("i2c", 0, {"sda": 20, "scl": 21})
    assert (spi.kind, spi.number, dict(spi.pins)) == ("spi", 0, {"sck": 18, "mosi": 19, "miso": 16})
    assert board.usb == Usb(("2e8a:0005", "2e8a:000a"), "Board in FS mode")
    assert board.reset == "repl"


def test_all_of_it_may_be_left_out(mine: WRITE) -> None:
    board = board_file.read(mine(HEAD))
    assert (dict(board.buses), board.usb, board.reset, board.firmware) == ({}, None, None, None)


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_read(mine: WRITE, route: str) -> None:
    table, firmware = ROUTE_TABLES[route]
    text = table if "[firmware]" in table else f'[firmware]\nroute = "{route}"\n{table}\n'
    assert board_file.read(mine(GOOD + text)).firmware == firmware
    assert firmware.route == route


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rx = 1\n", "rx = 0\n", "links.left.rx is 0, the pin of another signal"),
        ("uart = 1\n", "uart = 0\n", "links.right.uart is 0, that of 'left'"),
        ('kind = "i2c"', 'kind = "can"', "buses.sensors.kind is 'can'"),
        ('kind = "i2c"\nnumber = 0', 'kind = "i2c"\nnumber = -1', "buses.sensors.number is -1"),
        ("sda = 20\n", "", "buses.sensors.sda is missing"),
        ("scl = 21", "scl = 20", "buses.sensors.scl is 20, the pin of another signal"),
        ("scl = 21", "scl = 21\nsck = 3", "buses.sensors.sck is not a key"),
        ("miso = 16", "miso = 1.5", "buses.leds.miso is 1.5"),
        (
            "[buses.leds]",
            '[buses.b]\nkind = "i2c"\nnumber = 0\nsda = 8\nscl = 9\n[buses.leds]',
            "buses.b is the bus",
        ),
        ('ids = ["2e8a:0005", "2e8a:000a"]\n', "", "usb.ids is missing"),
        ('["2e8a:0005", "2e8a:000a"]', "[]", "usb.ids is []"),
        ('["2e8a:0005", "2e8a:000a"]', '"2e8a:0005"', "usb.ids is '2e8a:0005'"),
        ("2e8a:000a", "2E8A:000A", "usb.ids has '2E8A:000A', no USB id"),
        ("2e8a:000a", "2e8a:a", "usb.ids has '2e8a:a'"),
        ("2e8a:000a", "2e8a:0005", "usb.ids has an id twice"),
        ('product = "Board in FS mode"', "product = 5", "usb.product is 5"),
        ('product = "Board in FS mode"', 'vendor = "x"', "usb.vendor is not a key"),
        ('how = "repl"', 'how = "hammer"', "reset.how is 'hammer'"),
        ('how = "repl"', 'how = "repl"\npin = 3', "reset.pin is not a key"),
        ('route = "uf2"', 'route = "smoke"', "firmware.route is 'smoke'"),
        ('route = "uf2"\n', "", "firmware.route is missing"),
        ('route = "uf2"', 'route = "dfu"', "firmware.id is missing"),
        ('route = "uf2"', 'route = "uflash"', "firmware.download is not a key"),
        ('download = "RPI_PICO"\n', "", "firmware.download is missing"),
        ("0xe48bff56", '"0xe48bff56"', "firmware.family is '0xe48bff56'"),
        ("0xe48bff56", "0x1e48bff56", "firmware.family is 0x1e48bff56, more than 0xffffffff"),
        ('volume = "RPI-RP2"', 'volume = ""', "firmware.volume is ''"),
        (UF2, '[firmware]\nroute = "dfu"\ndownload = "X"\nid = "df11"\n', "firmware.id is 'df11', no USB id"),
    ],
)
def test_mistakes_name_file_and_key(mine: WRITE, old: str, new: str, says: str) -> None:
    text = GOOD + UF2
    assert text.count(old) == 1
    with pytest.raises(BoardFileError) as caught:
        board_file.read(mine(text.replace(old, new)))
    assert says in caught.value.what
    assert str(caught.value.where).endswith("mine.toml")
    assert caught.value.remedy


def wires(board: BoardFile) -> list[Pin]:
    """The pins of all links and buses."""
    links = [pin for link in board.links.values() for pin in (link.tx, link.rx)]
    return links + [pin for bus in board.buses.values() for pin in bus.pins.values()]


def test_the_physical_boards_are_those_that_are_promised() -> None:
    assert {b.name for b in PHYSICAL} >= {
        *("pico", "pico-w", "pico2", "pico2-riscv", "esp32", "esp32-s3", "esp32-c3"),
        *("nucleo-f446re", "pyboard", "teensy41", "microbit", "microbit-v2"),
    }


@pytest.mark.parametrize("board", PHYSICAL, ids=lambda b: b.name)
def test_what_is_said_of_a_physical_board_agrees(board: BoardFile) -> None:
    assert len(set(wires(board))) == len(wires(board)), "links and buses can all be used at once"
    assert {type(pin) for pin in (*wires(board), *board.pins.values())} <= {int, str}
    assert board.buses and board.pins and board.usb and board.reset and board.firmware
    assert 0 < board.heap_kib < board.ram_kib < board.flash_kib
    assert board.url.endswith(f"?board={board.name}")
    assert board.arch in kernels.BUILT_FOR
    chip, firmware = board.chip.lower().replace("-", ""), board.firmware
    if isinstance(firmware, Esptool):
        assert firmware.chip == chip and board.reset == "dtr-rts"
    assert board.links or board.runtime != "myco"


def test_every_uf2_family_is_of_one_processor() -> None:
    processors: dict[int, set[tuple[str, str]]] = {}
    for board in PHYSICAL:
        if isinstance(board.firmware, Uf2):
            processors.setdefault(board.firmware.family, set()).add((board.chip, board.arch))
    assert len(processors) == 3 and all(len(found) == 1 for found in processors.values())


def test_emulated_boards_are_on_no_usb() -> None:
    for board in map(board_file.load, board_file.names()):
        if board.emulator is not None:
            assert board.usb is None and board.firmware is None


def test_no_program_goes_to_a_board_without_a_runtime() -> None:
    for name in (f"/dev/ttyACM0?board={TOO_NEW}", f"COM7?board={TOO_NEW}"):
        with pytest.raises(BoardFileError, match="there is no runtime for BBC micro:bit v2") as caught:
            board_file_for(name)
        assert caught.value.exit_code == 2
    with pytest.raises(BoardFileError, match="there is no runtime"):
        load_mesh(f"2x{TOO_NEW}")
