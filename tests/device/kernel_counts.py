"""Instructions of a kernel's loops on 32-bit ARM, counted: for a synaptic event, a neuron, a call."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mycoflux import resources
from mycoflux.circuit import LIF, AllToAll, Circuit, FixedOutDegree, Spike
from mycoflux.circuit.patterns.base import Pattern
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy import kernels
from tests.instructions import counts

_SOURCES = 40

_SCRIPT = """
import gc, sys
sys.path[:0] = {folders!r}
from myco.engine import Engine
import {kernel} as kernel

gc.threshold(-1)  # as `myco.main` does: no collection is counted as work

def delivered(engine, sources):
    base = engine.header.neurons
    group = engine.header.populations
    for k in range(sources):
        engine.fired[k] = base + k
    engine.segments[group + 1] = sources
    mark()
    kernel.propagate(0, 1, engine)
    mark()

def integrated(engine, busy):
    for n in range(engine.header.neurons):
        engine.u[n] = (n * 97 - 5000) if busy else 0
        engine.v[n] = (n * 131 - 9000) if busy else 0
    mark()
    kernel.integrate(0, 0, engine)
    mark()

mark()
mark()
for name in {names!r}:
    with open(name, 'rb') as f:
        engine = Engine(bytearray(f.read()), kernel)
    if name.startswith('lif'):
        integrated(engine, True)
        integrated(engine, False)
    else:
        delivered(engine, 0)
        delivered(engine, {sources} // 2)
        delivered(engine, {sources})
"""


@dataclass(frozen=True)
class Counts:
    """Instructions: of an event in rows of 25 and 100 targets, packed and dense; of a neuron; of calls."""

    packed_25: float
    packed_100: float
    wide_100: float
    dense_25: float
    dense_100: float
    row: float  # of a row beyond its events: packed
    call: float  # of propagate, nothing to deliver
    neuron: float  # an LIF neuron that is not at rest
    quiet: float  # one that is


def _table(targets: int, pattern: Pattern) -> bytes:
    circuit = Circuit("table")
    source = circuit.sensor("in", Spike(), _SOURCES)
    circuit.connect(source, circuit.population("out", targets, LIF()), weight_v=0.001, pattern=pattern)
    return compile_circuit(circuit).image


def _neurons(size: int) -> bytes:
    circuit = Circuit("neurons")
    circuit.population("cells", size, LIF(tau_syn_s=0.005))
    return compile_circuit(circuit).image


def measured(kernel: str, arch: str) -> Counts:
    """Counts of a kernel, built for an architecture that an ARMv7 processor runs."""
    images = {
        "packed25": _table(200, FixedOutDegree(25, seed=1)),
        "packed100": _table(250, FixedOutDegree(100, seed=1)),
        "wide100": _table(20_000, FixedOutDegree(100, seed=1)),
        "dense25": _table(25, AllToAll()),
        "dense100": _table(100, AllToAll()),
        "lif20": _neurons(20),
        "lif60": _neurons(60),
    }
    built = kernels.built(kernel, arch)
    assert built is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"{kernel}.mpy").write_bytes(built)
        for file, image in images.items():
            (folder / file).write_bytes(image)
        folders = [str(resources.package_folder(package).parent) for package in ("myco", "myco_hal")]
        script = _SCRIPT.format(folders=folders, kernel=kernel, names=list(images), sources=_SOURCES)
        marking, *between = counts(script, folder)
    taken = [count - marking for count in between[1::2]]
    place = iter(taken)
    rows = {name: [next(place) for _ in range(2 if name.startswith("lif") else 3)] for name in images}

    def slope(name: str) -> float:
        _, half, whole = rows[name]
        return (whole - half) / (_SOURCES // 2)

    event = (slope("packed100") - slope("packed25")) / 75
    few, many = rows["lif20"], rows["lif60"]
    return Counts(
        packed_25=slope("packed25") / 25,
        packed_100=slope("packed100") / 100,
        wide_100=slope("wide100") / 100,
        dense_25=slope("dense25") / 25,
        dense_100=slope("dense100") / 100,
        row=slope("packed25") - 25 * event,
        call=rows["packed25"][0],
        neuron=(many[0] - few[0]) / 40,
        quiet=(many[1] - few[1]) / 40,
    )


def main() -> None:
    """Print the counts of the viper kernel as built."""
    for arch in ("armv6m", "armv7emsp"):
        print(arch, measured("viper", arch))


if __name__ == "__main__":
    main()
