"""Loading a program fragments nothing: after a hundred programs the heap is as it was after the first."""

from __future__ import annotations

import pytest

from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy import kernels, runtime
from mycoflux.link.repl import Repl
from mycoflux.link.urls import open_stream
from mycoflux.program.image import encode
from mycoflux.resources import data_folder
from tests.bench.measure_machine import driven
from tests.programs import ALL_MODELS, random_program
from tests.scripts import script

ROUNDS = 13  # of all programs; the heap is looked at in every fourth
BLOCKS = 128  # bytes: a few of the heap's smallest blocks, as objects of a load lie one higher or lower
# A program that comes second may find its small objects' places taken: 2 % of the block, and
GAP = 1 << 14  # bytes: what is smaller may find a place between the runtime's objects, or just miss it

_LOADS = """
import gc, struct, time
from array import array
from myco import wire
from myco.kernels import choose
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
    # free: bytes of the largest free block after each load: a row for programs that are alone on the board as
    # the first one is, then one for every fourth round.
    gc.threshold(-1)  # as `main.run` has it
    for i in range(len(names)):
        ask(server, wire.FORGET, 254, b'')
        load(server, names[i])
        free[i] = largest()
    for row in range(1, n):
        for i in range(len(names)):
            load(server, names[i])
            if row % 4 == 0:
                free[row // 4 * len(names) + i] = largest()

free = array('i', [0] * (4 * len(NAMES)))
server = Server(write, time, Store(), kernel=choose())
rounds(server, NAMES, ROUNDS, free)
print((list(free), server._refused, server._kernel.NAME))
"""


def images() -> list[bytes]:
    """Large, small and in between, by turns."""
    demo = compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py"))).image
    large = encode(driven(160, 3, 1.0))
    small = [encode(random_program(seed, models=ALL_MODELS)) for seed in (1, 2, 6)]
    middle = [encode(random_program(seed, models=ALL_MODELS, max_size=60)) for seed in (2, 3)]
    return [small[0], large, demo, middle[0], small[1], large, middle[1], small[2]]


@pytest.mark.parametrize("kernel", kernels.NAMES)
@pytest.mark.parametrize(
    "url",
    [
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_the_largest_free_block_is_what_it_was_after_the_first_loads(url: str, kernel: str) -> None:
    """And after a program that is alone on the board: none leaves its trace in the next one's memory."""
    programs = images()
    with open_stream(url) as stream:
        repl = Repl(stream)
        repl.enter()
        known = kernels.for_board(repl.identify(), kernel, url)
        runtime.install(repl, known.bundle(kernel))
        for i, image in enumerate(programs):
            repl.exec(f"f = open('{i}', 'wb')")
            for at in range(0, len(image), 256):
                repl.exec(f"f.write({image[at : at + 256]!r})")
            repl.exec("f.close()")
        repl.soft_reset()  # as after any installation
        names = [str(i) for i in range(len(programs))]
        loads = script(f"ROUNDS, NAMES = {ROUNDS}, {names!r}\n" + _LOADS)
        free, refused, ran = eval(repl.exec(loads, timeout_s=250))
    rows = [free[at : at + len(names)] for at in range(0, len(free), len(names))]
    assert (ROUNDS - 1) * len(names) >= 96 and len(rows) == 4 and (refused, ran) == (0, kernel)
    for row in rows[1:]:
        assert all(abs(now - first) <= BLOCKS for now, first in zip(row, rows[1], strict=True)), (
            row,
            rows[1],
        )
        for now, alone, image in zip(row, rows[0], programs, strict=True):
            allowed = BLOCKS + alone // 50 + (GAP if len(image) < GAP else 0)
            assert now >= alone - allowed, (row, rows[0])
