"""Circuits run as programs, on the fast reference; their spikes by population."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mycoflux.backends.reference.fast import FastReference
from mycoflux.circuit import Circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.types import Program

Raster = NDArray[np.bool_]


def program_of(circuit: Circuit) -> Program:
    return compile_circuit(circuit).program


def readings(program: Program, ticks: int) -> NDArray[np.int64]:
    """(ticks, channels), all 0."""
    return np.zeros((ticks, program.channels), np.int64)


def channel(program: Program, sensor: str) -> int:
    return next(s.first for s in program.sensors if s.name == sensor)


def rasters(program: Program, inputs: NDArray[np.int64]) -> tuple[dict[str, Raster], NDArray[np.int32]]:
    """(ticks, size) by population, and the outputs."""
    run = FastReference(program).run(inputs)
    whole = np.zeros((run.ticks, program.neurons), bool)
    whole[run.spike_ticks, run.spike_neurons] = True
    return {p.name: whole[:, p.first : p.first + p.size] for p in program.populations}, run.outputs
