"""Weights shared by place: a two-dimensional convolution as a synapse table."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from myco import layout
from mycoflux.shapes import ConvolutionShape, Integers


def pack_shape(shape: ConvolutionShape) -> bytes:
    """The shape as layout.CONVOLUTION_FORMAT."""
    values = (*shape.inputs, *shape.outputs, shape.groups)
    pairs = (*shape.kernel, *shape.stride, *shape.padding, *shape.dilation)
    return struct.pack(layout.CONVOLUTION_FORMAT, *values, *pairs)


def unpack_shape(image: bytes, at: int) -> ConvolutionShape:
    """The shape at offset `at` of an image that passed `myco.check`."""
    f = layout.convolution(image, at)
    return ConvolutionShape(f[0:3], f[3], f[7:9], f[9:11], f[11:13], f[13:15], f[6])


@dataclass(frozen=True, eq=False)
class Convolution:
    """A shape and its integer weights (0..255), flat in the order of `weights_shape`."""

    shape: ConvolutionShape
    weights: Integers

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Convolution):
            return NotImplemented
        return self.shape == other.shape and np.array_equal(self.weights, other.weights)

    def __hash__(self) -> int:
        return hash((self.shape, self.weights.tobytes()))

    def rows(self) -> tuple[Integers, Integers, Integers]:
        """The same synapses in compressed sparse rows: row starts, targets, weights; zeros left out."""
        sources, targets, entries = self.shape.synapses()
        weights = self.weights[entries]
        keep = weights > 0
        count = int(np.prod(self.shape.inputs))
        starts = np.concatenate(([0], np.cumsum(np.bincount(sources[keep], minlength=count))))
        return starts.astype(np.int64), targets[keep], weights[keep]

    def device_order(self) -> bytes:
        """The weights as layout.CONVOLUTION_FORMAT has them: by source channel, place, target channel."""
        shape = self.shape
        out, within, rows, columns = shape.weights_shape
        grouped = self.weights.reshape(shape.groups, out // shape.groups, within, rows, columns)
        return grouped.transpose(0, 2, 3, 4, 1).astype(np.uint8).tobytes()

    @classmethod
    def from_image(cls, image: bytes, shape_at: int, weights_at: int) -> Convolution:
        """The inverse of `pack_shape` and `device_order`."""
        shape = unpack_shape(image, shape_at)
        out, within, rows, columns = shape.weights_shape
        stored = np.frombuffer(image, np.uint8, out * within * rows * columns, weights_at).astype(np.int64)
        grouped = stored.reshape(shape.groups, within, rows, columns, out // shape.groups)
        return cls(shape, grouped.transpose(0, 4, 1, 2, 3).reshape(-1))
