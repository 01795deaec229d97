"""The board's side of the wire, without a board: requests that are wrong, programs that do not start."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from myco import server as server_module
from myco import transfer, wire
from myco.server import Server
from myco.store import Store
from mycoflux.program.image import encode
from tests.clocks import server_into
from tests.programs import random_program

A, B = (encode(random_program(seed)) for seed in (1, 2))
Ask = Callable[[int, bytes], bytes]


def identity(image: bytes) -> int:
    return int(struct.unpack("<I", image[-4:])[0])


def asking(server: Server, out: bytearray) -> Ask:
    """Requests to a server, each under a new sequence number; the replies' type and payload."""
    sequence = itertools.cycle(range(1, 255))
    frame = bytearray(wire.MAX_FRAME)

    def ask(kind: int, payload: bytes = b"") -> bytes:
        out.clear()
        size = wire.encode(kind, next(sequence), payload, len(payload), frame)
        for byte in b"\0" + frame[:size]:
            server.feed(byte)
        decoder = wire.Decoder()
        (found,) = [bytes(decoder.content[:n]) for n in map(decoder.push, out) if n > 0]
        return found[:1] + found[2:]

    return ask


@pytest.fixture
def ask() -> Ask:
    out = bytearray()
    return asking(server_into(out), out)


def boot(folder: Path) -> tuple[int, int]:
    """What a board with these files runs, and how many of them it found bad."""
    out = bytearray()
    ask = asking(server_into(out, Store(f"{folder}/")), out)
    welcome = struct.unpack_from(wire.WELCOME_FORMAT, ask(wire.HELLO, bytes([wire.PROTOCOL])), 1)
    health = struct.unpack(f"<{len(wire.HEALTH)}i", ask(wire.READ, bytes([wire.READ_HEALTH, 0, 0]))[1:])
    return welcome[3], health[wire.HEALTH.index("files_bad")]


@pytest.mark.parametrize("too_large", [(), (B,), (A, B)])
def test_a_program_too_large_to_start_gives_way_to_the_one_before(
    too_large: tuple[bytes, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It passed its check: only its buffers find no room, as after an update of the firmware."""
    store = Store(f"{tmp_path}/")
    store.save(A)
    store.save(B)
    engine = server_module.Engine

    def full(image: bytearray, kernel: object) -> object:
        if bytes(image) in too_large:
            raise MemoryError
        return engine(image, kernel)

    monkeypatch.setattr(server_module, "Engine", full)
    running = next((identity(image) for image in (B, A) if image not in too_large), 0)
    assert boot(tmp_path) == (running, len(too_large))


def test_a_program_that_lost_its_place_while_it_was_settled_gives_way_to_the_one_on_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot happen by the rules of the heap; if it does, the board runs what it can, and says so."""
    out = bytearray()
    Store(f"{tmp_path}/").save(A)
    server = server_into(out, Store(f"{tmp_path}/"))
    ask = asking(server, out)
    engine = server_module.Engine

    def full(image: bytearray, kernel: object = None, header: object = None) -> object:
        if header:
            raise MemoryError
        return engine(image, kernel)

    ask(wire.RUN, bytes(8))
    monkeypatch.setattr(server_module, "Engine", full)
    ask(wire.PUT_BEGIN, struct.pack(wire.PUT_BEGIN_FORMAT, len(B), identity(B)))
    for at in range(0, len(B), 64):
        ask(wire.PUT_DATA, struct.pack("<I", at) + B[at : at + 64])
    assert ask(wire.PUT_END)[:2] == bytes([wire.ERROR, wire.E_NO_MEMORY])
    assert server.engine.id == identity(A) and not server.due()
    ask(wire.FORGET)
    ask(wire.PUT_BEGIN, struct.pack(wire.PUT_BEGIN_FORMAT, len(B), identity(B)))
    for at in range(0, len(B), 64):
        ask(wire.PUT_DATA, struct.pack("<I", at) + B[at : at + 64])
    assert ask(wire.PUT_END)[:2] == bytes([wire.ERROR, wire.E_NO_MEMORY])
    assert server.engine is None and ask(wire.STEP, bytes(4))[1] == wire.E_NO_PROGRAM


def test_an_image_too_large_to_read_gives_way_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"{tmp_path}/")
    store.save(A)
    store.save(B + bytes(1))  # not read, so what is in it does not matter
    real = bytearray

    def small(size: int) -> bytearray:
        if size == len(B) + 1:
            raise MemoryError
        return real(size)

    monkeypatch.setattr("myco.store.bytearray", small, raising=False)
    assert boot(tmp_path) == (identity(A), 1)


SHORT = (
    (wire.HELLO, b""),
    (wire.PUT_BEGIN, b""),
    (wire.PUT_BEGIN, bytes(7)),
    (wire.PUT_DATA, b""),
    (wire.PUT_DATA, bytes(3)),
    (wire.SENSE, b""),
    (wire.SENSE, b"\0"),
    (wire.STEP, bytes(3)),
    (wire.STEP, bytes(5)),
    (wire.READ, b""),
    (wire.READ, bytes(2)),
    (wire.READ, bytes(4)),
)


@pytest.mark.parametrize(("kind", "payload"), SHORT)
def test_a_short_request_is_told_as_one(kind: int, payload: bytes, ask: Ask) -> None:
    ask(wire.PUT_BEGIN, struct.pack(wire.PUT_BEGIN_FORMAT, len(A), identity(A)))
    for at in range(0, len(A), 64):
        ask(wire.PUT_DATA, struct.pack("<I", at) + A[at : at + 64])
    assert ask(wire.PUT_END)[0] == wire.ACK
    assert ask(kind, payload)[:2] == bytes([wire.ERROR, wire.E_SHORT_REQUEST])


def test_no_memory_is_asked_for_an_image_beyond_all_boards(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(transfer, "bytearray", lambda n: sizes.append(n), raising=False)
    for length in (wire.MAX_IMAGE + 1, 0xFFFFFFFF):
        reply = ask(wire.PUT_BEGIN, struct.pack("<II", length, 0))
        assert reply[:2] == bytes([wire.ERROR, wire.E_NO_MEMORY]) and not sizes
    assert ask(wire.PUT_BEGIN, struct.pack("<II", wire.MAX_IMAGE, 0)) == bytes([wire.ACK])
    assert sizes == [wire.MAX_IMAGE]
