import pytest

from mycoflux.errors import BoardFileError
from mycoflux.link import board_file

GOOD = """
name = "mine"
title = "My board"
chip = "RP2040"
arch = "armv6m"
micropython_min = "1.19"
heap_kib = 192
ram_kib = 264
flash_kib = 2048
runtime = "myco"
url = "/dev/ttyACM0"

[links.left]
uart = 0
tx = 0
rx = "GP1"

[pins]
led = "LED"
"""


@pytest.fixture
def mine(tmp_path):
    def write(text):
        file = tmp_path / "mine.toml"
        file.write_text(text)
        return file

    return write


def test_every_board_that_comes_with_mycoflux_reads():
    names = board_file.names()
    assert set(names) >= {"sim", "virtual", "armv7", "microbit-qemu", "microbit", "pico", "esp32"}
    for name in names:
        board = board_file.load(name)
        assert board.name == name
        assert board.runtime in board_file.RUNTIMES


def test_a_whole_file(mine):
    board = board_file.read(mine(GOOD))
    assert board.micropython_min == (1, 19)
    assert board.links["left"] == board_file.Link("left", 0, 0, "GP1")
    assert board.pins == {"led": "LED"}
    assert board.emulator is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('chip = "RP2040"\n', "", "chip is missing"),
        ("heap_kib = 192", 'heap_kib = "192"', "heap_kib is '192'"),
        ("heap_kib = 192", "heap_kib = -1", "heap_kib is -1"),
        ("heap_kib = 192", "heap_kib = true", "heap_kib is True"),
        ("heap_kib = 192", "heap_kib = 192\nheap_kb = 1", "heap_kb is not a key"),
        ('arch = "armv6m"', 'arch = "z80"', "arch is 'z80'"),
        ('runtime = "myco"', 'runtime = "mega"', "runtime is 'mega'"),
        ('micropython_min = "1.19"', 'micropython_min = "new"', "micropython_min is 'new'"),
        ("uart = 0\n", "", "links.left.uart is missing"),
        ("uart = 0\n", "uart = 0\nbaud = 5\n", "links.left.baud is not a key"),
        ("[links.left]\nuart = 0\ntx = 0\n", "links = 5\n[pins2]\n", "links is 5"),
        ('led = "LED"', "led = 1.5", "pins.led is 1.5"),
        ("[pins]", '[emulator]\nkind = "magic"\n[pins]', "emulator.kind is 'magic'"),
        ("[pins]", '[emulator]\nkind = "unix-x64"\nheap = 1\n[pins]', "emulator.heap is not a key"),
        ('name = "mine"', 'name = "other"', "name is 'other'"),
        ('name = "mine"', "name = ", "not TOML"),
    ],
)
def test_mistakes_name_file_and_key(mine, old, new, says):
    assert old in GOOD
    with pytest.raises(BoardFileError) as caught:
        board_file.read(mine(GOOD.replace(old, new)))
    assert says in caught.value.what
    assert caught.value.where.endswith("mine.toml")
    assert caught.value.remedy


def test_a_board_nobody_knows_is_answered_with_those_that_are():
    with pytest.raises(BoardFileError, match="virtual"):
        board_file.load("nope")
    with pytest.raises(BoardFileError, match="cannot be read"):
        board_file.read(board_file.Path("/nonexistent/x.toml"))
