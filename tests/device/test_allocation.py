"""Law 6: a tick allocates nothing. The heap is locked over ticks, on real MicroPython."""

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
