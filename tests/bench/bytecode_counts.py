"""Instructions of the bytecode kernel's inner work on 32-bit ARM MicroPython (tests/instructions.py).

As the kernels' in machine code are: what more spikes take, by their synapses, and more neurons.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from mycoflux import resources
from tests.bench.device_cases import SOURCES, Rows, lif_image
from tests.instructions import counts

_SPIKES = (SOURCES // 4, SOURCES // 2)
_NEURONS = (10, 20)
_SCRIPT = """
import gc, sys
sys.path[:0] = {folders!r}
from myco import kernel, layout
from myco.engine import Engine

gc.threshold(-1)  # as `myco.main` does: no collection is counted as work

def load(name):
    with open(name, 'rb') as f:
        image = bytearray(f.read())
    return Engine(image, kernel, layout.Header(image))  # it need not be checked

def deliver(name, spikes):
    engine = load(name)
    for k in range(spikes):
        engine.fired[k] = k
    engine.segments[1] = engine.segments[2] = spikes
    mark()
    kernel.propagate(0, 1, engine)
    mark()

def integrate(name, state, drive):
    engine = load(name)
    for n in range(engine.header.neurons):
        engine.u[n] = engine.v[n] = state
        engine.drive[n] = drive
    mark()
    kernel.integrate(0, 0, engine)
    mark()

mark()
mark()
for name, *arguments in {work!r}:
    (deliver if len(arguments) == 1 else integrate)(name, *arguments)
"""
Work = tuple[str, *tuple[int, ...]]  # an image, and how many spikes, or each neuron's state and drive


def instructions(rows: Sequence[Rows], neurons: Sequence[tuple[int, int]]) -> tuple[list[float], list[float]]:
    """Instructions a synaptic event of each of `rows`, an LIF update of each state and drive of `neurons`."""
    images = {str(i): case.image() for i, case in enumerate(rows)}
    images |= {f"lif {size}": lif_image(size, 0) for size in _NEURONS}
    work: list[Work] = [(str(i), spikes) for i in range(len(rows)) for spikes in _SPIKES]
    work += [(f"lif {size}", *state) for state in neurons for size in _NEURONS]
    folders = [str(resources.package_folder(package).parent) for package in ("myco", "myco_hal")]
    with tempfile.TemporaryDirectory() as name:
        for file, image in images.items():
            (Path(name) / file).write_bytes(image)
        found = counts(_SCRIPT.format(folders=folders, work=work), Path(name))[2::2]
    grown = [many - few for few, many in zip(found[::2], found[1::2], strict=True)]
    spikes, size = _SPIKES[1] - _SPIKES[0], _NEURONS[1] - _NEURONS[0]
    events = [took / (spikes * case.length) for took, case in zip(grown, rows, strict=False)]
    return events, [took / size for took in grown[len(rows) :]]
