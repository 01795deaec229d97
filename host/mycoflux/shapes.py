"""Index geometry that circuits and programs share: which source of a convolution reaches which target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

    @property
    def small(self) -> bool:
        """Whether every number of the shape fits an image's record: pairs into 8 bits, sizes into 16."""
        pairs = (*self.kernel, *self.stride, *self.padding, *self.dilation)
        return max(pairs) <= 0xFF and max(*self.inputs, *self.outputs, self.groups) <= 0xFFFF

    @property
    def most(self) -> int:
        """The synapses that there would be if no padding were needed: what `synapses` has to look at."""
        return math.prod(self.outputs) * math.prod(self.weights_shape[1:])

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
