"""Sparse matrices whose entries each have a delay: what linear nodes in a row amount to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.nir.convolutions import Kernel
from mycoflux.errors import CircuitError

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
MAX_ENTRIES = 50_000_000


@dataclass(frozen=True, eq=False)
class Matrix:
    """`y[target] = sum of values * x[source](t - delay)`; a place may have several entries."""

    targets: int
    sources: int
    rows: Indices  # (n,), targets
    columns: Indices  # (n,), sources
    values: Floats  # (n,)
    delays: Floats  # (n,), in the unit of whoever made it

    @classmethod
    def of_dense(cls, weight: Floats) -> Matrix:
        """From an array (..., targets, sources); leading dimensions are blocks side by side."""
        blocks = weight.reshape(-1, *weight.shape[-2:])
        block, row, column = np.nonzero(blocks)
        return cls(
            len(blocks) * blocks.shape[1],
            len(blocks) * blocks.shape[2],
            block * blocks.shape[1] + row,
            block * blocks.shape[2] + column,
            blocks[block, row, column],
            np.zeros(len(row)),
        )

    @classmethod
    def of_kernel(cls, kernel: Kernel) -> Matrix:
        """A convolution written out."""
        columns, rows, entries = kernel.shape.synapses()
        values = kernel.weights.reshape(-1)[entries]
        return cls(kernel.targets, kernel.sources, rows, columns, values, np.zeros(len(rows)))

    @classmethod
    def identity(cls, size: int) -> Matrix:
        """Each to itself."""
        each = np.arange(size)
        return cls(size, size, each, each, np.ones(size), np.zeros(size))

    def scaled(self, factors: Floats) -> Matrix:
        """With what arrives at target i times factors[i]."""
        return replace(self, values=self.values * factors[self.rows])

    def delayed(self, delays: Floats) -> Matrix:
        """With what arrives at target i later by delays[i]."""
        return replace(self, delays=self.delays + delays[self.rows])

    def apply(self, values: Floats) -> Floats:
        """Its product with constant values, which delays do not change."""
        weighted = self.values * values[self.columns]
        return np.asarray(np.bincount(self.rows, weighted, self.targets), np.float64)

    def plus(self, other: Matrix) -> Matrix:
        """The sum of two of one shape."""
        fields = {
            name: np.concatenate((getattr(self, name), getattr(other, name)))
            for name in ("rows", "columns", "values", "delays")
        }
        return replace(self, **fields).merged()

    def merged(self) -> Matrix:
        """With one entry for each place and delay, sorted by source, target, delay; zeros left out."""
        order = np.lexsort((self.delays, self.rows, self.columns))
        columns, rows, delays = self.columns[order], self.rows[order], self.delays[order]
        if not len(order):
            return self
        same = (np.diff(columns) == 0) & (np.diff(rows) == 0) & (np.diff(delays) == 0)
        firsts = np.flatnonzero(np.concatenate(([True], ~same)))
        values = np.add.reduceat(self.values[order], firsts)
        firsts, values = firsts[values != 0], values[values != 0]
        return Matrix(self.targets, self.sources, rows[firsts], columns[firsts], values, delays[firsts])

    def after(self, first: Matrix) -> Matrix:
        """The matrix of doing `first`, then this one (which has no delays)."""
        starts, order = self._by_column()
        count = np.diff(starts)[first.rows]
        pairs = int(count.sum())
        if pairs > self.targets * first.sources and first._undelayed():
            return self._dense_after(first)
        if pairs > MAX_ENTRIES:
            raise CircuitError(
                f"two linear nodes in a row make {pairs:,} products",
                remedy=f"{MAX_ENTRIES:,} is the most; put neurons between them, or multiply them beforehand",
            )
        entry = np.repeat(np.arange(len(first.rows)), count)
        within = np.arange(pairs) - np.repeat(np.cumsum(count) - count, count)
        mine = order[starts[first.rows[entry]] + within]
        return Matrix(
            self.targets,
            first.sources,
            self.rows[mine],
            first.columns[entry],
            self.values[mine] * first.values[entry],
            first.delays[entry],
        ).merged()

    def _by_column(self) -> tuple[Indices, Indices]:
        order = np.argsort(self.columns, kind="stable")
        counts = np.bincount(self.columns, minlength=self.sources)
        return np.concatenate(([0], np.cumsum(counts))).astype(np.int64), order

    def _undelayed(self) -> bool:
        return not self.delays.any()

    def _dense_after(self, first: Matrix) -> Matrix:
        return Matrix.of_dense(self.dense() @ first.dense())

    def dense(self) -> Floats:
        """As an array (targets, sources)."""
        if self.targets * self.sources > MAX_ENTRIES:
            raise CircuitError(
                f"linear nodes amount to a matrix of {self.targets:,} x {self.sources:,}",
                remedy=f"{MAX_ENTRIES:,} entries is the most; put neurons between them",
            )
        array = np.zeros((self.targets, self.sources))
        np.add.at(array, (self.rows, self.columns), self.values)
        return array
