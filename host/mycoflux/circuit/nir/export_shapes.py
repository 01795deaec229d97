"""Which populations and sensors keep three dimensions in NIR, so that convolutions stay convolutions.

NIR flattens but does not unflatten: a part is (channels, height, width) where all convolutions that touch it
agree on that, and nothing else arrives at it. Around the others, convolutions are written out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mycoflux.circuit.nir.sizes import Shape
from mycoflux.circuit.parts import Population, Projection, SensorPort
from mycoflux.circuit.patterns import Convolution


def export_shapes(
    parts: Sequence[Population | SensorPort], projections: Sequence[Projection]
) -> dict[str, Shape]:
    """The shape of each population and sensor."""
    touching: dict[str, set[Shape]] = {part.name: set() for part in parts}
    flat = {p.name for p in parts if isinstance(p, Population) and not _bias_by_channel(p, projections)}
    for p in projections:
        if _whole(p) and isinstance(p.pattern, Convolution):
            touching[p.source].add(p.pattern.shape.inputs)
            touching[p.target].add(p.pattern.shape.outputs)
        else:
            flat.add(p.target)
    flat |= {name for name, shapes in touching.items() if len(shapes) != 1}
    while True:  # a convolution that is written out makes its target flat, too
        more = {p.target for p in projections if p.source in flat and p.target not in flat}
        if not more:
            break
        flat |= more
    return {p.name: (p.size,) if p.name in flat else next(iter(touching[p.name])) for p in parts}


def _whole(p: Projection) -> bool:
    """Whether its synapses all have one delay."""
    return np.size(0 if p.delay_s is None else p.delay_s) == 1


def _bias_by_channel(part: Population, projections: Sequence[Projection]) -> bool:
    """Whether there is no bias, or a convolution's bias, one a channel, can give it."""
    biases = np.ravel(getattr(part.neuron, "bias_v", 0.0))
    if not biases.any():
        return True
    into = [
        p.pattern.shape
        for p in projections
        if p.target == part.name and isinstance(p.pattern, Convolution) and _whole(p)
    ]
    if not into or len(biases) not in (1, math.prod(into[0].outputs)):
        return False
    by_channel = np.broadcast_to(biases, (math.prod(into[0].outputs),)).reshape(into[0].channels, -1)
    return bool(np.all(by_channel == by_channel[:, :1]))
