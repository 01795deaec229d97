"""Programs whose tables have every format, in blocks, padded, hot: what small random ones do not reach."""

from __future__ import annotations

import dataclasses
import random

import numpy as np

from myco import layout
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection, IntegerSensor
from mycoflux.program.neurons import Graded, Lif
from mycoflux.program.tables import NAMES, table_format
from mycoflux.program.types import Program, Projection
from tests.programs import _weakened as weakened


def projection(
    name: str, ends: tuple[str, str], pairs: np.ndarray, seed: int, graded: bool = False, delay: int = 0
) -> IntegerProjection:
    """Synapses of these pairs, (sources, targets) of booleans, with drawn weights."""
    sources, targets = np.nonzero(pairs)
    weights = np.random.default_rng(seed).integers(1, 256, len(sources))
    sign = -1 if seed % 3 == 0 else 1
    return IntegerProjection(
        name, *ends, graded, sign, 10 if graded else 2, delay, sources, targets, weights, ""
    )


def table_circuit(seed: int, small: int, large: int, valued: bool = False) -> IntegerCircuit:
    """Two populations of so many neurons and sensors, joined sparsely, densely, clustered and hardly at all.

    valued: the smaller population sends values.
    """
    rng = np.random.default_rng(seed)
    busy = Lif(du=2000, dv=300, vth=300, bias_mant=60, bias_exp=3)
    populations = (
        IntegerPopulation("a", small, Graded(vth=5) if valued else busy, 1.0, ""),
        IntegerPopulation("b", large, dataclasses.replace(busy, du=4000, vth=500), 1.0, ""),
    )
    sensors = (
        IntegerSensor("level", 2, layout.ENCODE_CURRENT, 0, ""),
        IntegerSensor("touch", 3, layout.ENCODE_SPIKE, 0, ""),
    )
    clustered = rng.random((small, large)) < 0.05
    clustered[:, large - small :] = True
    # Far apart and few: what blocks would take more for.
    rare = rng.random((large, large)) < 1.2 / large
    projections = (
        projection("sparse", ("a", "b"), rng.random((small, large)) < 0.1, seed, delay=2),
        projection("clustered", ("a", "b"), clustered, seed + 1),
        projection("dense", ("b", "a"), rng.random((large, small)) < 0.9, seed + 2, delay=1),
        projection("rare", ("b", "b"), rare, seed + 3),
        projection("levels", ("level", "b"), rng.random((2, large)) < 0.4, seed + 4, graded=True),
        projection("touches", ("touch", "a"), np.ones((3, small), bool), seed + 5),
        projection("level", ("level", "a"), rng.random((2, small)) < 0.8, seed + 6, graded=True),
    )
    return weakened(IntegerCircuit(f"tables {seed}", 1000, populations, sensors, projections, ()))


def table_program(seed: int, valued: bool = False) -> Program:
    """A program of 300 to 440 neurons with tables of all formats but convolutions, some of them hot."""
    rng = random.Random(seed)
    return heated(emit(table_circuit(seed, rng.choice((33, 35, 38)), rng.randint(267, 400), valued)), rng)


def heated(program: Program, rng: random.Random) -> Program:
    """The same with the hint on some tables; a convolution has none."""
    return dataclasses.replace(program, projections=tuple(_heated(p, rng) for p in program.projections))


def _heated(p: Projection, rng: random.Random) -> Projection:
    if table_format(p) == layout.TABLE_CONVOLUTION:
        return p
    return dataclasses.replace(p, hot=rng.random() < 0.5)


def formats(program: Program) -> set[str]:
    """What its tables have: formats, and of dense ones whether rows are padded; "block", "hot"."""
    found = {NAMES[table_format(p)] for p in program.projections}
    for p in program.projections:
        if table_format(p) == layout.TABLE_DENSE and layout.stride(p.target_count) != p.target_count:
            found.add("padded")
        found |= {"block"} if p.first_target else set()
        found |= {"hot"} if p.hot else set()
    return found
