"""The host's side of the wire: replies that make no sense, and a line that loses, bends and repeats."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from myco import wire
from mycoflux.backends.board import BoardBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.errors import LinkError
from mycoflux.link.session import Session
from mycoflux.link.stream import ByteStream
from mycoflux.link.transfer import Splice
from mycoflux.program.image import encode
from tests.backends.test_equal import assert_equal
from tests.clocks import server_into
from tests.programs import ALL_MODELS, random_inputs, random_program


class Answers(ByteStream):
    """A board that answers every request with what `reply` makes of it: a type and a payload."""

    url = "answers:"

    def __init__(self, reply: Callable[[int], tuple[int, bytes]]) -> None:
        self.reply, self.decoder, self.out = reply, wire.Decoder(), bytearray()

    def write(self, data: bytes) -> None:
        for byte in data:
            if self.decoder.push(byte) > 0:
                kind, payload = self.reply(self.decoder.content[0])
                frame = bytearray(wire.MAX_FRAME)
                size = wire.encode(kind, self.decoder.content[1], payload, len(payload), frame)
                self.out += frame[:size]

    def read(self, size: int, timeout_s: float) -> bytes:
        data, self.out = bytes(self.out), bytearray()
        return data

    def close(self) -> None: ...


@pytest.mark.parametrize("size", [0, 1, 10, 22, 24, 60])
def test_a_welcome_of_another_size_is_a_link_error(size: int) -> None:
    with pytest.raises(LinkError, match=f"welcome has {size} bytes"):
        Session(Answers(lambda kind: (wire.WELCOME, bytes(size))), 0.01).hello()


@pytest.mark.parametrize("frame", [0, 9, 13, 22])
def test_a_frame_too_small_for_anything_is_a_link_error(frame: int) -> None:
    welcome = struct.pack(wire.WELCOME_FORMAT, wire.PROTOCOL, bytes(8), frame, 0, 0, 0)
    with pytest.raises(LinkError, match=f"frames of {frame} bytes"):
        Session(Answers(lambda kind: (wire.WELCOME, welcome)), 0.01).hello()


def test_the_smallest_frame_has_room_for_the_largest_step() -> None:
    asked: list[int] = []

    def reply(kind: int) -> tuple[int, bytes]:
        asked.append(kind)
        welcome = struct.pack(wire.WELCOME_FORMAT, wire.PROTOCOL, bytes(8), 23, 0, 0, 0)
        return (wire.WELCOME, welcome) if kind == wire.HELLO else (wire.ACK, b"")

    session = Session(Answers(reply), 0.01)
    session.hello()
    last = (1 << 28) - 1  # the largest number on the wire
    session.put(bytes(8), splices=(Splice(last, last - 3, b"abc"), Splice(last, last, b"d")))
    assert asked == [wire.HELLO, wire.PUT_BEGIN, wire.PUT_COPY, wire.PUT_COPY, wire.PUT_END]


def test_the_result_of_another_tick_is_a_link_error() -> None:
    stepped = struct.pack(wire.STEPPED_FORMAT, 7, 0, 0)
    session = Session(Answers(lambda kind: (wire.STEPPED, stepped)), 0.01)
    assert session.step(7, []).tick == 7
    with pytest.raises(LinkError, match="executed tick 7 where 8 was asked"):
        session.step(8, [])
    with pytest.raises(LinkError, match="has 3 bytes"):
        Session(Answers(lambda kind: (wire.STEPPED, bytes(3))), 0.01).step(0, [])


class Lossy(ByteStream):
    """A line to the runtime that drops, flips and doubles bytes, and doubles whole frames."""

    url = "lossy:"

    def __init__(self, seed: int, loss: float) -> None:
        self.rng, self.loss, self.out = random.Random(seed), loss, bytearray()
        self.server, self.spoilt = server_into(self.out), 0

    def spoil(self, data: bytes) -> bytes:
        spoilt = bytearray()
        for byte in data:
            chance = self.rng.random() / self.loss
            if chance < 1:
                continue
            spoilt.append(byte ^ 1 << self.rng.randrange(8) if chance < 2 else byte)
            if 2 <= chance < 3:
                spoilt.append(byte)
        self.spoilt += spoilt != data
        return bytes(spoilt) * (2 if self.rng.random() < 0.1 else 1)

    def write(self, data: bytes) -> None:
        for byte in self.spoil(data):
            self.server.feed(byte)

    def read(self, size: int, timeout_s: float) -> bytes:
        if not self.out:
            self.server.idle()  # silence on a board: half a frame is forgotten
            return b""
        data = self.spoil(bytes(self.out))
        self.out.clear()
        return data

    def close(self) -> None: ...


@pytest.mark.parametrize("seed", range(12))
def test_a_lossy_line_costs_time_and_nothing_else(seed: int) -> None:
    """Every request is executed exactly once: the run on the board is the reference's, tick by tick."""
    program = random_program(seed, models=ALL_MODELS)
    stream = Lossy(seed, 0.0015)
    session = Session(stream, 0.001)
    session.hello(attempts=50)
    attempts = session._request
    session._request = lambda kind, payload, expected, most=50: attempts(kind, payload, expected, most)
    session.put(encode(program))
    inputs = random_inputs(seed, program.channels, 40)
    assert_equal(PlainReference(program), BoardBackend(program, session), inputs)
    assert stream.spoilt > 10 and session.resends > 5
    health = session.health()
    assert health["requests_repeated"] > 0 and health["frames_bad"] > 0
