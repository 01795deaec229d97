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
    """One projection's synapses, sorted by source, then target, then delay; no such three twice.

    A projection may have tens of millions: indices are of 32 bits, delays of 8 (for a product of indices,
    such as source * size + target, take `astype(np.int64)` first), and a weight or delay that is one for all
    may be a read-only view of one number, with strides of 0.

    Attributes:
        sources, targets: (n,), counted from 0 within their populations.
        weights_v: (n,) volts.
        delays: (n,) whole ticks, 0..62; 0 is the next tick.
        delays_s: (n,) seconds, as asked; NaN where the author left it open.
        receptor: of the target, by name.
        shape: where the synapses are a convolution, which.
        entries: (n,) which kernel entry each synapse is, then.
        stretch: whether delays may be lengthened.
    """

    name: str
    source: str
    target: str
    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    weights_v: NDArray[np.float64]
    delays: NDArray[np.uint8]
    delays_s: NDArray[np.float64]
    origin: str
    receptor: str = ""
    shape: ConvolutionShape | None = None
    entries: NDArray[np.integer] | None = None
    stretch: bool = False


@dataclass(frozen=True)
class FlatCircuit:
    """A circuit without nesting, names or patterns left to look up; origin: of its dt_s."""

    name: str
    dt_s: float
    populations: tuple[Population, ...]
    sensors: tuple[SensorPort, ...]
    projections: tuple[Synapses, ...]
    actuators: tuple[ActuatorPort, ...]
    accept: Accept = field(default_factory=Accept)
    origin: str = ""
