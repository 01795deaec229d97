"""Projections -> linear nodes: one for each delay in it, or a single convolution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mycoflux.circuit.network import written_out
from mycoflux.circuit.nir.convolutions import Kernel
from mycoflux.circuit.nir.library import nir
from mycoflux.circuit.nir.matrix import MAX_ENTRIES, Floats, Matrix
from mycoflux.circuit.nir.neurons import tidy
from mycoflux.circuit.parts import Projection
from mycoflux.circuit.patterns import Convolution
from mycoflux.errors import CircuitError


@dataclass(frozen=True, eq=False)
class Piece:
    """Synapses of one delay, which is what it takes beyond the tick that every synapse takes."""

    body: Matrix | Kernel
    delay_s: float

    @property
    def shaped(self) -> bool:
        """Whether it goes between parts of three dimensions."""
        return isinstance(self.body, Kernel)

    def scaled(self, factor: float) -> Piece:
        """With all weights times `factor`."""
        if isinstance(self.body, Kernel):
            return replace(self, body=replace(self.body, weights=self.body.weights * factor))
        return replace(self, body=replace(self.body, values=self.body.values * factor))

    def node(self, bias: Floats | None) -> Any:
        """The linear node, with a bias for each target if there is one."""
        if isinstance(self.body, Matrix):
            if bias is None:
                return nir.Linear(weight=self.body.dense())
            return nir.Affine(weight=self.body.dense(), bias=bias.copy())
        shape = self.body.shape
        by_channel = (
            np.zeros(shape.channels) if bias is None else bias.reshape(shape.channels, -1)[:, 0].copy()
        )
        return nir.Conv2d(
            input_shape=shape.inputs[1:],
            weight=self.body.weights,
            stride=shape.stride,
            padding=shape.padding,
            dilation=shape.dilation,
            groups=shape.groups,
            bias=by_channel,
        )


def pieces(p: Projection, sources: int, targets: int, dt_s: float, shaped: bool) -> Iterator[Piece]:
    """What the projection is made of; shaped: both of its ends have three dimensions.

    Raises:
        CircuitError: its pattern or its numbers do not fit.
    """
    if p.pattern.most(sources, targets) > MAX_ENTRIES:
        raise CircuitError(
            f"there are more than {MAX_ENTRIES:,} synapses", remedy="Use a sparser pattern or fewer neurons"
        )
    synapses = written_out(p, sources, targets, dt_s)
    asked = np.asarray(dt_s if p.delay_s is None else p.delay_s, np.float64).reshape(-1)
    if shaped and isinstance(p.pattern, Convolution) and len(asked) == 1:
        shape = p.pattern.shape
        given = np.asarray(p.weight_v, np.float64).reshape(-1)
        kernel = np.broadcast_to(given, (int(np.prod(shape.weights_shape)),)).copy()
        yield Piece(Kernel(shape, kernel.reshape(shape.weights_shape)), _beyond(float(asked[0]), dt_s))
        return
    rows, columns = synapses.sources, synapses.targets
    weights, delays = synapses.weights_v, synapses.delays_s
    for delay in np.unique(delays):
        here = delays == delay
        nothing = np.zeros(int(here.sum()))
        matrix = Matrix(targets, sources, columns[here], rows[here], weights[here], nothing)
        yield Piece(matrix.merged(), _beyond(float(delay), dt_s))


def bias_only(size: int, bias: Floats) -> Any:
    """A node that adds a bias and passes nothing on."""
    return nir.Affine(weight=np.zeros((size, size)), bias=bias.copy())


def _beyond(delay_s: float, dt_s: float) -> float:
    return max(0.0, tidy(delay_s - dt_s))
