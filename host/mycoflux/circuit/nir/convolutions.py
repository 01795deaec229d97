"""Convolutions and pools of NIR as one kernel and its shape.

```
Conv1d, Conv2d   y[o] = sum over c of w[o, c] * x[c] + b[o]       (cross-correlation, as torch has it)
SumPool2d        a convolution of each channel alone, weights 1
AvgPool2d        likewise, weights 1 / (kernel height * kernel width); padding counts as zeros
```
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.shapes import ConvolutionShape, Pair

Floats = NDArray[np.float64]
MAX_SYNAPSES = 50_000_000
_LARGEST = 1_000_000_000  # of any of a convolution's numbers; more is a slip, and no index


@dataclass(frozen=True, eq=False)
class Kernel:
    """A convolution: its shape, and weights of the shape's `weights_shape`."""

    shape: ConvolutionShape
    weights: Floats

    @property
    def sources(self) -> int:
        """How many values it takes."""
        return math.prod(self.shape.inputs)

    @property
    def targets(self) -> int:
        """How many values it gives."""
        return math.prod(self.shape.outputs)


def wanted_channels(node: Any) -> int | None:
    """The channels that a convolution takes; None for a pool, which takes any."""
    weight = getattr(node, "weight", None)
    return None if weight is None else int(np.shape(weight)[1]) * int(node.groups)


def output_shape(node: Any, entering: tuple[int, ...]) -> tuple[int, ...] | None:
    """What leaves a convolution, in as many dimensions as what enters; None where it does not fit."""
    kernel = _kernel(node, entering)
    if kernel is None or min(kernel.shape.outputs) < 1:
        return None
    channels, height, width = kernel.shape.outputs
    return (channels, height, width) if len(entering) == 3 else (channels, width)


def kernel_of(node: Any, entering: tuple[int, ...], name: str, refusals: Refusals) -> Kernel | None:
    """The kernel of a convolution or pool; what stands against it goes to `refusals`."""
    kernel = _kernel(node, entering)
    if kernel is None:
        refusals.add(name, "is no sound convolution", "See NIR's documentation of the node")
    elif kernel.targets * math.prod(kernel.weights.shape[1:]) > MAX_SYNAPSES:
        refusals.add(name, f"has more than {MAX_SYNAPSES:,} synapses", "Use a smaller convolution")
    else:
        return kernel
    return None


def _kernel(node: Any, entering: tuple[int, ...]) -> Kernel | None:
    inputs = (entering[0], *((1,) if len(entering) == 2 else ()), *entering[1:])
    pool = not hasattr(node, "weight")
    if pool:
        size = _pair(node.kernel_size)
        value = 1.0 if type(node).__name__ == "SumPool2d" else 1.0 / max(1, math.prod(size))
        weights = np.full((inputs[0], 1, *size), value)
        dilation, groups = (1, 1), inputs[0]
    else:
        weights = np.asarray(node.weight, np.float64)
        if weights.ndim == 3:
            weights = weights[:, :, np.newaxis, :]
        dilation, groups = _pair(node.dilation, len(entering)), int(node.groups)
    stride = _pair(node.stride, len(entering))
    padded = _padding(node.padding, weights, stride, dilation, len(entering))
    if padded is None or weights.ndim != 4 or len(inputs) != 3:
        return None
    padding, weights = padded
    kernel = (weights.shape[2], weights.shape[3])
    shape = ConvolutionShape(
        (inputs[0], inputs[1], inputs[2]), len(weights), kernel, stride, padding, dilation, groups
    )
    return Kernel(shape, weights) if _sound(shape, weights) else None


def _sound(shape: ConvolutionShape, weights: Floats) -> bool:
    counts = (*shape.inputs, shape.channels, *shape.kernel, *shape.stride, *shape.dilation, shape.groups)
    if min(counts) < 1 or min(shape.padding) < 0 or max(*counts, *shape.padding) > _LARGEST:
        return False
    divides = shape.inputs[0] % shape.groups == 0 and shape.channels % shape.groups == 0
    return divides and weights.shape == shape.weights_shape


def _pair(value: Any, rank: int = 3) -> Pair:
    """One number or two, as (down, across); down is nothing special where there is one dimension."""
    numbers = [int(n) for n in np.atleast_1d(value)]
    if rank == 2:
        return 1, numbers[-1]
    return numbers[0], numbers[-1]


def _padding(
    value: Any, weights: Floats, stride: Pair, dilation: Pair, rank: int
) -> tuple[Pair, Floats] | None:
    """The padding in numbers, and the weights, which "same" may have to fill up to an odd size."""
    if not isinstance(value, str):
        down, across = _pair(value, rank)
        return (0 if rank == 2 else down, across), weights
    if value == "valid":
        return (0, 0), weights
    if value != "same" or stride != (1, 1) or weights.ndim != 4:
        return None
    sizes = weights.shape[2:]
    if any(size % 2 == 0 and step > 1 for size, step in zip(sizes, dilation, strict=True)):
        return None
    # torch pads one more after than before; a zero put before an even kernel makes both sides alike.
    filled = np.pad(weights, ((0, 0), (0, 0), *((1 - size % 2, 0) for size in sizes)))
    down, across = (step * (size - 1) // 2 for size, step in zip(filled.shape[2:], dilation, strict=True))
    return (down, across), filled
