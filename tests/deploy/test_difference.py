"""Only what changed is sent: any image comes to be from any other, on any line."""

from __future__ import annotations

import dataclasses
import itertools
import random
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import layout, wire
from myco.server import Server
from mycoflux.circuit import Circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy.connect import Connected, Transfer, connect, connect_stream
from mycoflux.deploy.difference import difference
from mycoflux.errors import LinkError
from mycoflux.link.refusal import Refusal
from mycoflux.link.session import Session
from mycoflux.link.stream import ByteStream
from mycoflux.link.transfer import Splice
from mycoflux.link.urls import board_file_for, open_stream
from mycoflux.program import sections
from mycoflux.program.image import encode
from mycoflux.program.types import Program
from tests.deploy.edits import (
    dense,
    dense_circuit,
    edited,
    sparse,
    sparse_circuit,
    with_population_first,
    with_weight,
    without_synapse,
)
from tests.link.test_session import Lossy
from tests.programs import ALL_MODELS, random_program


def identity(image: bytes) -> int:
    return int.from_bytes(image[-4:], "little")


def asking(old: bytes) -> Callable[[int, int, int], tuple[int, ...] | None]:
    """What a board that runs `old` answers."""

    def ask(at: int, total: int, size: int) -> tuple[int, ...] | None:
        if at + total > len(old):
            return None
        pieces = [old[start : min(start + size, at + total)] for start in range(at, at + total, size)]
        if size == 4:
            return tuple(int.from_bytes(piece, "little") for piece in pieces)
        return tuple(map(zlib.crc32, pieces))

    return ask


def applied(splices: tuple[Splice, ...], old: bytes) -> bytes:
    return b"".join(old[splice.source : splice.source + splice.size] + splice.fresh for splice in splices)


def sent(splices: tuple[Splice, ...]) -> int:
    return sum(len(splice.fresh) for splice in splices)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.integers(0, 4))
def test_any_image_comes_to_be_from_any_other(seed: int, other: int, edits: int) -> None:
    rng = random.Random(seed)
    first = random_program(seed % 1000, max_size=rng.choice((5, 40)), models=ALL_MODELS)
    second = first if edits else random_program(other % 1000, max_size=40, models=ALL_MODELS)
    for _ in range(edits):
        second = edited(second, rng)
    old, new = encode(first), encode(second)
    splices = difference(new, identity(old), asking(old))
    assert not splices or applied(splices, old) == new


EDITS: dict[str, tuple[Callable[[], Program], Callable[[Program], Program], int]] = {
    "one weight": (dense, lambda p: with_weight(p, 5050, 255), 9),
    "a weight far from another": (dense, lambda p: with_weight(with_weight(p, 50, 255), 9000, 255), 90),
    "one of many weights": (sparse, lambda p: with_weight(p, 5050, 255), 9),
    "a synapse less": (sparse, lambda p: without_synapse(p, 5050), 900),
    "a new population": (sparse, lambda p: with_population_first(p, 7), 260),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_small_edit_is_a_small_difference(name: str) -> None:
    make, edit, most = EDITS[name]
    old, new = encode(make()), encode(edit(make()))
    splices = difference(new, identity(old), asking(old))
    assert applied(splices, old) == new and sent(splices) <= most


def test_tables_are_found_wherever_they_lie() -> None:
    """In another order, behind a new population: only what is small is sent."""
    program = random_program(7, max_size=40)
    turned = dataclasses.replace(program, projections=program.projections[1:] + program.projections[:1])
    old, new = encode(program), encode(with_population_first(turned, 3))
    small = sum(section.size for section in sections.read(new)[: layout.SECTIONS])
    splices = difference(new, identity(old), asking(old))
    assert len(program.projections) > 2 and applied(splices, old) == new
    assert sent(splices) <= small + sections.directory_size(len(program.projections)) + 4 < len(new) / 2


def test_what_has_nothing_in_common_is_not_asked_about_for_long() -> None:
    """A weight in each piece that is asked about is another; so nothing is found, and all of it sent."""
    asked: list[tuple[int, int, int]] = []
    changed = dense()
    for synapse in range(0, 10_000, 100):
        changed = with_weight(changed, synapse, 255)
    old, new = encode(dense()), encode(changed)
    answer = asking(old)
    splices = difference(new, identity(old), lambda *request: asked.append(request) or answer(*request))
    assert applied(splices, old) == new
    assert len(asked) == 2 and 10_000 <= sent(splices) < len(new)


# --- on boards -------------------------------------------------------------------------------------


class Counting(ByteStream):
    """A stream that counts what goes to the board: every byte of every frame."""

    def __init__(self, inner: ByteStream) -> None:
        self.inner, self.url, self.has_repl, self.out = inner, inner.url, inner.has_repl, 0

    def read(self, size: int, timeout_s: float) -> bytes:
        return self.inner.read(size, timeout_s)

    def write(self, data: bytes) -> None:
        self.out += len(data)
        self.inner.write(data)

    def interrupt(self) -> None:
        self.inner.interrupt()

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("make", [dense_circuit, sparse_circuit])
@pytest.mark.parametrize(
    "url",
    [
        "sim:",
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_one_weight_of_10_000_costs_less_than_a_hundredth_of_the_image(
    make: Callable[[float], Circuit], url: str
) -> None:
    """From the circuit to the board, which is connected to anew; greetings count too."""
    first = compile_circuit(make(0.001))
    second = compile_circuit(make(0.003), first.scales)
    assert first.program.synapses == second.program.synapses == 10_000
    with Counting(open_stream(url)) as stream:
        assert connect_stream(stream, board_file_for(url)).put(first.image)
        before = stream.out
        board = connect_stream(stream, board_file_for(url))
        assert board.put(second.image)
        assert board.welcome.program == identity(second.image)
        assert 0 < stream.out - before < len(second.image) / 100
        assert board.transfer.sent + board.transfer.copied == len(second.image)
        assert board.put(second.image) is False and board.transfer == Transfer()


@pytest.mark.parametrize("seed", range(8))
def test_a_lossy_line_changes_nothing_of_it(seed: int) -> None:
    stream = Lossy(seed, 0.001)
    session = Session(stream, 0.001)
    requests = session._request
    session._request = lambda kind, payload, expected, most=60: requests(kind, payload, expected, most)
    board = Connected(session, session.hello())
    rng, program = random.Random(seed), sparse(100, 2000)
    for _ in range(12):
        image = encode(program)
        board.put(image)
        assert bytes(stream.server.engine.image) == image
        program = edited(program, rng)
    assert stream.spoilt > 3 and session.resends > 3


def test_a_wrong_guess_is_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks like one changed byte may be several; the image's own checksum tells."""
    program = dense()
    old, new = encode(program), encode(with_weight(with_weight(program, 7, 255), 9000, 255))
    monkeypatch.setattr("mycoflux.deploy.difference.changed_byte", lambda crc, ours: len(ours) // 2)
    with connect("sim:") as board:
        board.put(old)
        assert board.put(new)
        assert board.session.hello().program == identity(new)
        assert board.session.health()["programs_refused"] == 1
        assert (board.transfer.sent, board.transfer.copied) == (len(new), 0)


def test_a_runtime_without_checksums_is_sent_all(monkeypatch: pytest.MonkeyPatch) -> None:
    execute = Server._execute_rare

    def small(server: Server, kind: int, payload: memoryview) -> int:
        if kind in (wire.CHECKSUMS, wire.PUT_COPY):
            raise wire.Refused(wire.E_UNKNOWN_REQUEST, kind)
        return int(execute(server, kind, payload))

    monkeypatch.setattr(Server, "_execute_rare", small)
    old, new = encode(sparse()), encode(with_weight(sparse(), 1, 255))
    with connect("sim:") as board:
        board.put(old)
        assert board.put(new) and board.transfer.sent == len(new)
        assert board.session.hello().program == identity(new)


def test_a_difference_that_breaks_off_anywhere_leaves_the_old_program() -> None:
    program = sparse(100, 2000)
    old, new = encode(program), encode(without_synapse(program, 1000))
    outcomes = []
    with connect("sim:") as board:
        requests = board.session._request
        for frames in itertools.count(1):
            board.put(old)
            left = itertools.chain(range(frames), [None])

            def request(*arguments: Any, left: Iterator[int | None] = left) -> bytes:
                if next(left) is None:
                    raise LinkError("the cable came off", where="here", remedy="Plug it in")
                return requests(*arguments)

            board.session._request = request
            try:
                board.put(new)
                break
            except LinkError:
                board.session._request = requests
                board.welcome = board.session.hello()
                outcomes.append(board.welcome.program)
    # The last frame asks what runs after all is done.
    assert outcomes == [identity(old)] * (len(outcomes) - 1) + [identity(new)] and len(outcomes) > 5


def test_progress_counts_what_the_board_has_of_the_image() -> None:
    old, new = encode(sparse()), encode(with_population_first(sparse(), 7))
    told: list[tuple[int, int]] = []
    with connect("sim:") as board:
        board.put(old)
        board.put(new, lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1] == (len(new), len(new)) and len(told) > 1


@pytest.mark.parametrize("image", [b"MYCO" + bytes(30), encode(dense())[:-40], bytes(300)])
def test_what_is_no_image_is_refused_by_the_board(image: bytes) -> None:
    with connect("sim:") as board:
        board.put(encode(sparse()))
        with pytest.raises(Refusal):
            board.put(image)
        assert board.session.hello().program == identity(encode(sparse()))
