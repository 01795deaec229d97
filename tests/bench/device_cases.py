"""What the kernels are measured on: a population onto another by rows of synapses; LIF neurons.

Every case is a sound image of a small program, as the compiler lays it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myco import layout
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection
from mycoflux.program import neurons
from mycoflux.program.image import encode

SOURCES = 24
_SILENT = {"du": 500, "dv": 200, "vth": 131071, "bias_exp": 0}


@dataclass(frozen=True)
class Rows:
    """SOURCES rows of `length` synapses each onto `targets` neurons, with weights of 1..255 << shift."""

    length: int
    targets: int
    shift: int = 0

    def image(self) -> bytes:
        """The program: population 0 projects onto population 1."""
        return rows_image([self.length] * SOURCES, self.targets, self.shift)


def rows_image(lengths: Sequence[int], targets: int, shift: int = 0, sign: int = 1, seed: int = 1) -> bytes:
    """One row of each of these lengths, drawn from `seed`; there must be a synapse in all."""
    rng = np.random.default_rng(seed)
    rows = [np.sort(rng.choice(targets, n, replace=False)) for n in lengths]
    onto = np.concatenate(rows).astype(np.int64)
    by = np.repeat(np.arange(len(lengths)), lengths)
    weights = rng.integers(1, 256, len(onto))
    cell = neurons.Lif(bias_mant=0, **_SILENT)
    populations = tuple(
        IntegerPopulation(name, size, cell, 1.0, "")
        for name, size in (("from", len(lengths)), ("onto", targets))
    )
    projection = IntegerProjection("p", "from", "onto", False, sign, shift, 0, by, onto, weights, "", 0, None)
    return encode(emit(IntegerCircuit("rows", 1000, populations, (), (projection,), ())))


def lif_image(size: int, bias: int) -> bytes:
    """One population of plain LIF neurons that do not reach their threshold."""
    cell = neurons.Lif(bias_mant=bias, **_SILENT)
    return encode(
        emit(IntegerCircuit("lif", 1000, (IntegerPopulation("p", size, cell, 1.0, ""),), (), (), ()))
    )


def table_of(image: bytes) -> int:
    """The format of the only projection's table."""
    header = layout.Header(image)
    assert header.projections == 1, "the case takes several tables"
    return layout.projection(image, header, 0)[0] & layout.TABLE_MASK
