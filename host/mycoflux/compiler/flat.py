"""The flat circuit: every name resolved, every pattern applied; still in the author's floats."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.accept import Accept
from mycoflux.circuit.parts import ActuatorPort, Population, SensorPort
from mycoflux.shapes import ConvolutionShape


@dataclass(frozen=True, eq=False)
class Synapses:
    """One projection's synapses, sorted by source, then target; delays in whole ticks, 0 = next tick."""

    name: str
    source: str
    target: str
    sources: NDArray[np.int64]  # (n,)
    targets: NDArray[np.int64]  # (n,)
    weights_v: NDArray[np.float64]  # (n,)
    delays: NDArray[np.int64]  # (n,), 0..62
    delays_s: NDArray[np.float64]  # (n,), as asked; NaN where the author left it open
    origin: str
    receptor: str = ""  # of the target, by name
    shape: ConvolutionShape | None = None  # where the synapses are a convolution
    entries: NDArray[np.int64] | None = None  # (n,), which kernel entry each synapse is, then
    stretch: bool = False  # whether delays may be lengthened


@dataclass(frozen=True)
class FlatCircuit:
    """A circuit without nesting, names or patterns left to look up."""

    name: str
    dt_s: float
    populations: tuple[Population, ...]
    sensors: tuple[SensorPort, ...]
    projections: tuple[Synapses, ...]
    actuators: tuple[ActuatorPort, ...]
    accept: Accept = field(default_factory=Accept)
