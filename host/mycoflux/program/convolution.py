"""Weights shared by place: a two-dimensional convolution as a synapse table."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myco import layout

Integers = NDArray[np.int64]
Pair = tuple[int, int]


@dataclass(frozen=True)
class ConvolutionShape:
    """Which source reaches which target by which kernel entry; pairs are (down, across).

    Sources and targets are numbered channel by channel, row by row; zeros pad all sides alike.
    A one-dimensional convolution has a height of 1.
    """

    inputs: tuple[int, int, int]  # channels, height, width
    channels: int  # of the targets
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    @property
    def outputs(self) -> tuple[int, int, int]:
        """Channels, height and width of the targets; below 1 where the kernel does not fit."""
        height, width = (
            (self.inputs[1 + i] + 2 * self.padding[i] - self.dilation[i] * (self.kernel[i] - 1) - 1)
            // self.stride[i]
            + 1
            for i in (0, 1)
        )
        return self.channels, height, width

    @property
    def weights_shape(self) -> tuple[int, int, int, int]:
        """(target channels, source channels of a group, kernel rows, kernel columns), as torch has it."""
        return self.channels, self.inputs[0] // self.groups, *self.kernel

    def synapses(self) -> tuple[Integers, Integers, Integers]:
        """Sources, targets, and indices into the flat weights; three int64 arrays of one length.

        Sorted by source, then target. Each (source, target) pair has at most one kernel entry.
        """
        _, height, width = self.inputs
        channels, out_height, out_width = self.outputs
        per_source = self.inputs[0] // self.groups
        per_target = channels // self.groups
        target, within, row, column = np.meshgrid(
            np.arange(channels * out_height * out_width),
            np.arange(per_source),
            np.arange(self.kernel[0]),
            np.arange(self.kernel[1]),
            indexing="ij",
        )
        channel, place = np.divmod(target, out_height * out_width)
        y, x = np.divmod(place, out_width)
        y = y * self.stride[0] + row * self.dilation[0] - self.padding[0]
        x = x * self.stride[1] + column * self.dilation[1] - self.padding[1]
        source = ((channel // per_target * per_source + within) * height + y) * width + x
        weight = ((channel * per_source + within) * self.kernel[0] + row) * self.kernel[1] + column
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        source, target, weight = source[inside], target[inside], weight[inside]
        order = np.lexsort((target, source))
        return source[order], target[order], weight[order]

    def pack(self) -> bytes:
        """The shape as layout.CONVOLUTION_FORMAT."""
        values = (*self.inputs, *self.outputs, self.groups)
        pairs = (*self.kernel, *self.stride, *self.padding, *self.dilation)
        return struct.pack(layout.CONVOLUTION_FORMAT, *values, *pairs)

    @classmethod
    def unpack(cls, image: bytes, at: int) -> ConvolutionShape:
        """The shape at offset `at` of an image that passed `myco.check`."""
        f = layout.convolution(image, at)
        return cls(f[0:3], f[3], f[7:9], f[9:11], f[11:13], f[13:15], f[6])


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
        """The inverse of `pack` and `device_order`."""
        shape = ConvolutionShape.unpack(image, shape_at)
        out, within, rows, columns = shape.weights_shape
        stored = np.frombuffer(image, np.uint8, out * within * rows * columns, weights_at).astype(np.int64)
        grouped = stored.reshape(shape.groups, within, rows, columns, out // shape.groups)
        return cls(shape, grouped.transpose(0, 4, 1, 2, 3).reshape(-1))
