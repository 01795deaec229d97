"""What lies between a source and a node: linear nodes in a row, kept as compact as they allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mycoflux.circuit.nir.convolutions import Kernel
from mycoflux.circuit.nir.matrix import Floats, Matrix


@dataclass(frozen=True, eq=False)
class Link:
    """`gain` times one to one (body None), a convolution, or a matrix; `delay` later.

    A matrix' entries may have delays of their own beyond that.
    """

    size: int  # of what comes out
    body: Kernel | Matrix | None = None
    gain: float = 1.0
    delay: float = 0.0

    @property
    def nothing(self) -> bool:
        """Whether all its weights are zero."""
        return self.gain == 0 or (isinstance(self.body, Matrix) and not self.body.values.any())

    def matrix(self) -> Matrix:
        """The body written out, without gain and delay."""
        if isinstance(self.body, Kernel):
            return Matrix.of_kernel(self.body)
        return Matrix.identity(self.size) if self.body is None else self.body

    def into(self, body: Kernel | Matrix) -> Link:
        """With a convolution or a matrix after it."""
        if self.body is None:
            return replace(self, size=body.targets, body=body)
        last = Matrix.of_kernel(body) if isinstance(body, Kernel) else body
        return replace(self, size=body.targets, body=last.after(self.matrix()))

    def scaled(self, factors: Floats) -> Link:
        """With what comes out times `factors`, one each."""
        if np.all(factors == factors[0]):
            return replace(self, gain=self.gain * float(factors[0]))
        if isinstance(self.body, Kernel):
            by_channel = factors.reshape(self.body.shape.channels, -1)
            if np.all(by_channel == by_channel[:, :1]):
                weights = self.body.weights * by_channel[:, 0].reshape(-1, 1, 1, 1)
                return replace(self, body=replace(self.body, weights=weights))
        return replace(self, body=self.matrix().scaled(factors))

    def delayed(self, delays: Floats) -> Link:
        """With what comes out later by `delays`, one each."""
        if np.all(delays == delays[0]):
            return replace(self, delay=self.delay + float(delays[0]))
        return replace(self, body=self.matrix().delayed(delays))

    def plus(self, other: Link) -> Link:
        """Two links from one source to one node, added up."""
        parts = []
        for link in (self, other):
            scaled = link.matrix().scaled(np.full(link.size, link.gain))
            parts.append(scaled.delayed(np.full(link.size, link.delay)))
        return Link(self.size, parts[0].plus(parts[1]))
