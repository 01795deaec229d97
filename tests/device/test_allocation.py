"""Law 6: a tick allocates nothing. The heap is locked over ticks, on real MicroPython."""

from __future__ import annotations

import pytest

from myco.engine import zeros
from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy import runtime
from mycoflux.link.repl import Repl
from mycoflux.link.urls import open_stream
from mycoflux.program.image import encode
from mycoflux.resources import data_folder
from tests.programs import ALL_MODELS, random_program

_TICKS = """
import gc, micropython
from myco.engine import Engine
with open('image', 'rb') as f:
    image = bytearray(f.read())
engine = Engine(image)

def ticks(engine, n):
    # In a function: a new global name would grow its dictionary, which is no fault of the tick.
    spikes = 0
    gc.collect()
    micropython.heap_lock()
    try:
        for t in range(n):
            for c in range(engine.header.channels):
                engine.inputs[c] = (t * 37 + c * 1111) & 4095
            engine.tick()
            spikes += engine.neurons_fired()
    finally:
        micropython.heap_unlock()
    return spikes
print(ticks(engine, 200))
"""


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_ticks_with_the_heap_locked(url: str) -> None:
    images = [encode(random_program(seed, models=(model,))) for model in ALL_MODELS for seed in (3, 5, 8)]
    images.append(compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py"))).image)
    spikes = []
    with open_stream(url) as stream:
        repl = Repl(stream)
        runtime.install(repl, runtime.bundle_for("myco"))
        for image in images:
            repl.exec("f = open('image', 'wb')")
            for at in range(0, len(image), 256):
                repl.exec(f"f.write({image[at : at + 256]!r})")
            repl.exec("f.close()")
            spikes.append(int(repl.exec(_TICKS, timeout_s=60)))
    assert sum(n > 0 for n in spikes) > len(images) / 2


def test_the_lock_does_catch_an_allocation() -> None:
    with open_stream("virtual:") as stream:
        repl = Repl(stream)
        said = repl.exec(
            "import micropython\nmicropython.heap_lock()\ntry:\n    x = [1] * 9\nexcept MemoryError:\n"
            "    y = 1\nelse:\n    y = 0\nmicropython.heap_unlock()\nprint(y)"
        )
        assert said.strip() == "1"


_LARGEST = """
import gc
from myco.engine import zeros
def largest(make):
    low, high = 0, 400000
    while high - low > 64:
        size = (low + high) // 2
        gc.collect()
        try:
            make(size)
            low = size
        except MemoryError:
            high = size
    return low
gc.collect()
print([largest(bytearray)] + [largest(lambda size: zeros(kind, size)) for kind in 'ihH'])
"""


def test_a_buffer_takes_its_own_memory_and_no_more() -> None:
    with open_stream("virtual:") as stream:
        repl = Repl(stream)
        runtime.install(repl, runtime.bundle_for("myco"))
        piece, words, *halves = eval(repl.exec(_LARGEST, timeout_s=60))
    # With a copy beside it, never more than half of the largest free piece.
    assert 4 * words > 0.9 * piece
    assert min(halves) >= 65_000 or 2 * min(halves) > 0.9 * piece


@pytest.mark.parametrize("kind", "ihH")
def test_buffers_are_zeros(kind: str) -> None:
    for size in (1, 2, 65535):
        assert list(zeros(kind, size)) == [0] * size
    assert list(zeros(kind, 0)) == [0]
