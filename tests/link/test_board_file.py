from dataclasses import fields

import pytest

from mycoflux.errors import BoardFileError
from mycoflux.link import board_file
from mycoflux.program.machine import Instructions
from tests.link.board_texts import HEAD

GOOD = (
    HEAD
    + """
[links.left]
uart = 0
tx = 0
rx = "GP1"

[pins]
led = "LED"
"""
)

FIGURES = """
[machine]
heap = 1000
block = 16
word = 4
runtime = 100
largest = 800
usable = 850
loader = 0
slot = 0
per_us = 12.5
measured = ["memory"]

[instructions]
kernel = "viper"
""" + "".join(f"{f.name} = {i}\n" for i, f in enumerate(fields(Instructions)))


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


def test_figures_are_read_for_the_runtime_of_the_board(mine):
    assert board_file.read(mine(GOOD)).machine is None
    machine = board_file.read(mine(GOOD + FIGURES)).machine
    assert (machine.name, machine.engine, machine.heap, machine.per_us) == ("mine", "myco", 1000, 12.5)
    assert machine.measured == {"memory"}
    names = [f.name for f in fields(Instructions)]
    assert [getattr(machine.instructions, name) for name in names] == list(range(len(names)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("block = 16", "block = 0", "machine.block is 0, not a whole number from 1"),
        ("per_us = 12.5", "per_us = 0", "machine.per_us is 0, not a number from 0.001"),
        ("per_us = 12.5", "per_us = inf", "machine.per_us is inf"),
        ("per_us = 12.5", 'per_us = "fast"', "machine.per_us is 'fast'"),
        ("heap = 1000\n", "", "machine.heap is missing"),
        ("loader = 0", "loader = 0\nspeed = 3", "machine.speed is not a key"),
        ('["memory"]', '["weight"]', "machine.measured is ['weight']"),
        ('["memory"]', "true", "machine.measured is True"),
        ("tick = 0\n", "", "instructions.tick is missing"),
        ("tick = 0", "tick = -1", "instructions.tick is -1, not a number from 0"),
        ("tick = 0", "tick = 0\ntock = 0", "instructions.tock is not a key"),
    ],
)
def test_mistakes_in_figures_name_the_key(mine, old, new, says):
    assert old in FIGURES
    with pytest.raises(BoardFileError) as caught:
        board_file.read(mine(GOOD + FIGURES.replace(old, new)))
    assert says in caught.value.what and caught.value.remedy
