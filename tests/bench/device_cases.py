"""What the kernels are measured on: one population onto another, by rows of so many synapses; one population of LIF
neurons. Every case is a sound image, and the state in which it is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from myco import layout
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection
from mycoflux.program import neurons
from mycoflux.program.image import encode

SOURCES = 40


@dataclass(frozen=True)
class Rows:
    """SOURCES rows of `length` synapses onto `targets` neurons, drawn from `seed`; weights 1..255, one shift."""

    length: int
    targets: int
    shift: int = 0
    sign: int = 1
    seed: int = 1
    equal: bool = False

    def image(self) -> bytes:
        rng = np.random.default_rng(self.seed)
        rows = [np.sort(rng.choice(self.targets, self.length, replace=False)) for _ in range(SOURCES)]
        targets = np.concatenate(rows)
        weights = np.full(len(targets), 77) if self.equal else rng.integers(1, 256, len(targets))
        sources = np.repeat(np.arange(SOURCES), self.length)
        cell = neurons.Lif(du=4095, dv=0, vth=131071, bias_mant=0, bias_exp=0)
        populations = (
            IntegerPopulation("from", SOURCES, cell, 1.0, ""),
            IntegerPopulation("onto", self.targets, cell, 1.0, ""),
        )
        projection = IntegerProjection(
            "p", "from", "onto", False, self.sign, self.shift, 0, sources, targets, weights, "", 0, None
        )
        return encode(emit(IntegerCircuit("case", 1000, populations, (), (projection,), ())))


def table_of(image: bytes) -> int:
    """The format of the first projection's table."""
    return layout.projection(image, layout.Header(image), 0)[0] & layout.TABLE_MASK


def lif_image(size: int, bias: int) -> bytes:
    cell = neurons.Lif(du=500, dv=200, vth=131071, bias_mant=bias, bias_exp=0)
    population = IntegerPopulation("p", size, cell, 1.0, "")
    return encode(emit(IntegerCircuit("lif", 1000, (population,), (), (), ())))
