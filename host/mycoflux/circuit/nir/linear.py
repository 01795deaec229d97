"""Linear nodes: what each does to what passes through it.

```
Affine  y = W x + b      Linear  y = W x      Scale  y = s x (each)      Delay  y(t) = x(t - delay)
Conv, pools: see `convolutions`            Flatten, and Input and Output of nested graphs: y = x
```
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mycoflux.circuit.nir.convolutions import Kernel, kernel_of
from mycoflux.circuit.nir.flatten import Key, shown
from mycoflux.circuit.nir.link import Link
from mycoflux.circuit.nir.matrix import Floats, Matrix
from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.circuit.nir.sizes import Shape

NEURONS = ("LIF", "CubaLIF", "LI", "CubaLI", "I", "IF", "Threshold")


@dataclass(frozen=True, eq=False)
class Operator:
    """One linear node: at most one of body, scale and delay; and what it adds."""

    body: Kernel | Matrix | None = None
    scale: Floats | None = None
    delay: Floats | None = None
    bias: Floats | None = None

    def link(self, link: Link) -> Link:
        """`link` with this node after it."""
        if self.body is not None:
            return link.into(self.body)
        if self.scale is not None:
            return link.scaled(self.scale)
        return link if self.delay is None else link.delayed(self.delay)

    def constant(self, arriving: Floats) -> Floats:
        """What leaves where constant values arrive."""
        leaving = arriving
        if self.scale is not None:
            leaving = arriving * self.scale
        elif self.body is not None and arriving.any():
            body = Matrix.of_kernel(self.body) if isinstance(self.body, Kernel) else self.body
            leaving = body.apply(arriving)
        elif self.body is not None:
            leaving = np.zeros(self.body.targets)
        return leaving if self.bias is None else leaving + self.bias


def operator(
    node: Any, key: Key, entering: Shape, leaving: Shape, time_unit_s: float, refusals: Refusals
) -> Operator:
    """What the node does; what stands against it goes to `refusals`."""
    kind, name = type(node).__name__, shown(key)
    if kind in ("Affine", "Linear"):
        weight = _finite(node.weight, name, "weight", refusals)
        bias = None
        if kind == "Affine":
            bias = spread(_finite(node.bias, name, "bias", refusals), leaving, name, "bias", refusals)
        return Operator(body=Matrix.of_dense(weight), bias=bias)
    if kind in ("Conv1d", "Conv2d", "SumPool2d", "AvgPool2d"):
        return _convolution(node, name, entering, leaving, refusals)
    if kind == "Scale":
        return Operator(
            scale=spread(_finite(node.scale, name, "scale", refusals), leaving, name, "scale", refusals)
        )
    if kind == "Delay":
        delay = spread(_finite(node.delay, name, "delay", refusals), leaving, name, "delay", refusals)
        if delay.min() < 0:
            refusals.add(name, f"has a delay of {delay.min():g}", "Give zero or more")
        return Operator(delay=delay * time_unit_s)
    return Operator()


def _convolution(node: Any, name: str, entering: Shape, leaving: Shape, refusals: Refusals) -> Operator:
    kernel = kernel_of(node, entering, name, refusals)
    bias = None
    if kernel is not None:
        _finite(kernel.weights, name, "weight", refusals)
        given = np.ravel(_finite(getattr(node, "bias", 0.0), name, "bias", refusals))
        if len(given) in (1, leaving[0]):
            bias = np.repeat(np.broadcast_to(given, leaving[:1]), math.prod(leaving[1:]))
        else:
            refusals.add(name, f"has {len(given)} biases for {leaving[0]} channels", "Give one a channel")
    return Operator(body=kernel, bias=bias)


def spread(values: Floats, shape: Shape, name: str, what: str, refusals: Refusals) -> Floats:
    """A parameter as one value for each element: given so, or for each channel, or once for all."""
    size = math.prod(shape)
    if values.size in (1, size):
        return np.broadcast_to(values.reshape(-1), (size,)).copy()
    try:
        return np.broadcast_to(values, shape).reshape(-1).copy()
    except ValueError:
        refusals.add(name, f"has {values.size} values of {what} for {size} elements", "Give one each")
        return np.ones(size)


def _finite(values: Any, name: str, what: str, refusals: Refusals) -> Floats:
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        array = np.full(1, math.nan)
    if not np.all(np.isfinite(array)):
        refusals.add(name, f"has a {what} that is not finite", "Give finite numbers")
        return np.nan_to_num(array, nan=1.0, posinf=1.0, neginf=1.0)
    return array
