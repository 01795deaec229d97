"""Loading a program fragments nothing: after hundreds of programs the heap is as it was after the first."""

from __future__ import annotations

import pytest

from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy import runtime
from mycoflux.link.repl import Repl
from mycoflux.link.urls import open_stream
from mycoflux.program.image import encode
from mycoflux.resources import data_folder
from tests.programs import ALL_MODELS, random_program

ROUNDS = 41  # of all programs; the heap is looked at in every tenth
BLOCKS = 128  # bytes: a few of the heap's smallest blocks, as objects of a load lie one higher or lower

_LOADS = """
import gc, struct, time
from array import array
from myco import wire
from myco.server import Server
from myco.store import Store

frame = bytearray(wire.MAX_FRAME)
said = bytearray(16)

def write(data, size):
    for i in range(min(16, size)):
        said[i] = data[i]

def ask(server, kind, sequence, payload):
    size = wire.encode(kind, sequence, payload, len(payload), frame)
    server.feed(0)
    for i in range(size):
        server.feed(frame[i])
    if said[2] != wire.ACK:
        raise ValueError(kind, said)

def load(server, name):
    with open(name, 'rb') as f:
        size = f.seek(0, 2)
        f.seek(0)
        ask(server, wire.PUT_BEGIN, 1, struct.pack('<II', size, 0))
        at = 0
        while at < size:
            piece = f.read(100)
            ask(server, wire.PUT_DATA, 2 + at // 100 % 200, struct.pack('<I', at) + piece)
            at += len(piece)
    ask(server, wire.PUT_END, 255, b'')
    server.engine.tick()

def largest():
    low, high = 0, 400000
    while high - low > 16:
        size = (low + high) // 2
        gc.collect()
        try:
            bytearray(size)
            low = size
        except MemoryError:
            high = size
    gc.collect()
    return low

def rounds(server, names, n, free):
    # free: bytes of the largest free block after each load, one row for every tenth round.
    gc.threshold(-1)  # as `main.run` has it
    for row in range(n):
        for i in range(len(names)):
            load(server, names[i])
            if row % 10 == 0:
                free[row // 10 * len(names) + i] = largest()

free = array('i', [0] * (5 * len(NAMES)))
server = Server(write, time, Store())
rounds(server, NAMES, ROUNDS, free)
print((list(free), server._refused))
"""


def images() -> list[bytes]:
    """Small, large and in between, each other's neighbours in every order of size."""
    programs = [
        random_program(seed, models=ALL_MODELS, max_size=size)
        for seed, size in ((1, 6), (4, 150), (2, 60), (3, 60), (5, 100), (8, 40), (6, 6))
    ]
    demo = compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py"))).image
    return [*map(encode, programs), demo]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_the_largest_free_block_is_what_it_was_after_the_first_loads(url: str) -> None:
    """And the first loads are those of a board that was just started: each program finds the heap whole."""
    programs = images()
    with open_stream(url) as stream:
        repl = Repl(stream)
        runtime.install(repl, runtime.bundle_for("myco"))
        for i, image in enumerate(programs):
            repl.exec(f"f = open('{i}', 'wb')")
            for at in range(0, len(image), 256):
                repl.exec(f"f.write({image[at : at + 256]!r})")
            repl.exec("f.close()")
        names = [str(i) for i in range(len(programs))]
        free, refused = eval(repl.exec(f"ROUNDS, NAMES = {ROUNDS}, {names!r}\n" + _LOADS, timeout_s=250))
    rows = [free[at : at + len(names)] for at in range(0, len(free), len(names))]
    assert ROUNDS * len(names) >= 300 and len(rows) == 5 and refused == 0
    for row in rows[1:]:
        assert all(abs(now - first) <= BLOCKS for now, first in zip(row, rows[0], strict=True)), (
            row,
            rows[0],
        )
    assert max(rows[0]) - min(rows[0]) > 20_000  # they do differ in what they leave
