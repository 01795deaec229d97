"""The board's side of a difference: checksums of what runs, and copies of it."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myco import wire
from myco.server import Server
from mycoflux.link.transfer import numbers
from mycoflux.program.image import encode
from tests.clocks import sender, server_into
from tests.device.test_server import Ask, asking, identity
from tests.programs import random_program

OLD, NEW = (encode(random_program(seed, max_size=20)) for seed in (1, 2))
WRONG_OFFSET, OUTSIDE, SHORT, NO_PROGRAM = (
    bytes([wire.ERROR, error])
    for error in (wire.E_WRONG_OFFSET, wire.E_OUTSIDE, wire.E_SHORT_REQUEST, wire.E_NO_PROGRAM)
)
ACK = bytes([wire.ACK])


@pytest.fixture
def server() -> Server:
    return server_into(bytearray())


@pytest.fixture
def ask(server: Server) -> Ask:
    """Requests to a board that runs OLD."""
    out = bytearray()
    server._write = sender(out)
    ask = asking(server, out)
    begin(ask, OLD)
    for at in range(0, len(OLD), 64):
        ask(wire.PUT_DATA, struct.pack("<I", at) + OLD[at : at + 64])
    assert ask(wire.PUT_END) == ACK
    return ask


def begin(ask: Ask, image: bytes) -> None:
    assert ask(wire.PUT_BEGIN, struct.pack(wire.PUT_BEGIN_FORMAT, len(image), identity(image))) == ACK


@given(st.integers(0, 2**28 - 1))
def test_numbers_come_back(value: int) -> None:
    assert wire.number(numbers(5, value), 1) == (value, 1 + len(numbers(value)))


@pytest.mark.parametrize(
    ("payload", "error"), [(b"", IndexError), (b"\x80", IndexError), (b"\xff" * 5, ValueError)]
)
def test_numbers_that_do_not_end_are_refused(payload: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        wire.number(payload, 0)


@pytest.mark.parametrize("size", [1, 3, 5, 64, 300])
def test_checksums_are_those_of_the_running_image(ask: Ask, size: int) -> None:
    total = min(size * 29 - 1, len(OLD) - 8)
    reply = ask(wire.CHECKSUMS, numbers(8, total, size))
    pieces = [OLD[at : min(at + size, 8 + total)] for at in range(8, 8 + total, size)]
    assert reply == bytes([wire.SUMS]) + b"".join(struct.pack("<I", zlib.crc32(piece)) for piece in pieces)


def test_pieces_of_four_bytes_come_as_they_are(ask: Ask) -> None:
    assert ask(wire.CHECKSUMS, numbers(len(OLD) - 100, 100, 4)) == bytes([wire.SUMS]) + OLD[-100:]


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (numbers(0, 100), SHORT),
        (numbers(0, 100, 0), SHORT),
        (numbers(0, 100, 2), SHORT),  # 50 pieces are no frame
        (numbers(0, 100, 50) + b"\0", SHORT),
        (numbers(0, wire.MAX_SUMMED + 1, wire.MAX_SUMMED + 1), SHORT),
        (numbers(0, len(OLD) + 1, 100_000), OUTSIDE),
        (numbers(len(OLD), 1, 1), OUTSIDE),
    ],
)
def test_checksums_of_what_is_not_there_are_refused(ask: Ask, payload: bytes, says: bytes) -> None:
    reply = ask(wire.CHECKSUMS, payload)
    assert reply[:2] == says
    if says == OUTSIDE:
        assert struct.unpack("<I", reply[2:])[0] == len(OLD)


def test_without_a_program_there_is_nothing_to_copy() -> None:
    out = bytearray()
    ask = asking(server_into(out), out)
    assert ask(wire.CHECKSUMS, numbers(0, 4, 4))[:2] == NO_PROGRAM
    begin(ask, NEW)
    assert ask(wire.PUT_COPY, numbers(0, 0, 4, 0))[:2] == NO_PROGRAM


def test_an_image_is_made_of_copies_and_of_what_is_sent(ask: Ask, server: Server) -> None:
    begin(ask, NEW)
    middle = NEW[100:110]
    assert ask(wire.PUT_COPY, numbers(0)) == ACK  # nothing, which is no error
    assert ask(wire.PUT_DATA, struct.pack("<I", 0) + NEW[:100]) == ACK
    # What is copied is wrong here, so it shows which bytes are whose.
    assert ask(wire.PUT_COPY, numbers(100, 0, 0, 10) + middle + numbers(50, 20, 3) + b"abc") == ACK
    received = bytes(server._transfer._image[:133])
    assert received == NEW[:110] + OLD[50:70] + b"abc"
    assert ask(wire.PUT_COPY, numbers(132, 0, 1, 0))[:2] == WRONG_OFFSET
    assert ask(wire.PUT_END)[:2] == WRONG_OFFSET


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (numbers(0, 4), SHORT),
        (numbers(0, 4, 3) + b"ab", SHORT),
        (numbers(0, 4, 0, 7) + b"\x80", SHORT),
        (numbers(len(OLD) - 3, 4, 0), OUTSIDE),
        (numbers(0, len(OLD), 0), WRONG_OFFSET),
        (numbers(0, 8, 0) + numbers(0, len(NEW) - 7, 0), WRONG_OFFSET),
    ],
)
def test_a_copy_that_is_refused_changes_nothing(ask: Ask, server: Server, steps: bytes, says: bytes) -> None:
    assert len(OLD) > len(NEW)
    begin(ask, NEW)
    assert ask(wire.PUT_COPY, numbers(0) + steps)[:2] == says
    for at in range(0, len(NEW), 64):
        assert ask(wire.PUT_COPY, numbers(at, 0, 0, len(NEW[at : at + 64])) + NEW[at : at + 64]) == ACK
    assert ask(wire.PUT_END) == ACK
    assert bytes(server.engine.image) == NEW
