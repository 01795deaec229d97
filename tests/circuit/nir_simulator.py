"""NIR graphs by the book: forward Euler in floats, node by node; knows nothing of circuits.

Every way from a neuron or Input to a neuron takes one step more than its Delays, as everywhere in mycoflux.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def convolve(x: np.ndarray, weight: np.ndarray, stride: Any, padding: Any, groups: int) -> np.ndarray:
    """A two-dimensional cross-correlation, one output at a time."""
    (down, across), (top, left) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    x = np.pad(x, ((0, 0), (top, top), (left, left)))
    channels, per_group, rows, columns = weight.shape
    height = (x.shape[1] - rows) // down + 1
    width = (x.shape[2] - columns) // across + 1
    y = np.zeros((channels, height, width))
    for o in range(channels):
        first = o // (channels // groups) * per_group
        for i in range(height):
            for j in range(width):
                seen = x[
                    first : first + per_group,
                    i * down : i * down + rows,
                    j * across : j * across + columns,
                ]
                y[o, i, j] = np.sum(seen * weight[o])
    return y


def _pool(node: Any, x: np.ndarray) -> np.ndarray:
    kernel = np.ones((len(x), 1, *np.broadcast_to(node.kernel_size, 2)))
    y = convolve(x, kernel, node.stride, node.padding, len(x))
    return y / kernel[0].size if type(node).__name__ == "AvgPool2d" else y


def _conv1d(node: Any, x: np.ndarray) -> np.ndarray:
    y = convolve(x[:, None], node.weight[:, :, None], (1, node.stride), (0, node.padding), node.groups)
    return y[:, 0] + node.bias[:, None]


LINEAR: dict[str, Callable[[Any, np.ndarray], np.ndarray]] = {
    "Affine": lambda n, x: n.weight @ x.ravel() + n.bias,
    "Linear": lambda n, x: n.weight @ x.ravel(),
    "Scale": lambda n, x: n.scale * x,
    "Conv2d": lambda n, x: convolve(x, n.weight, n.stride, n.padding, n.groups) + n.bias[:, None, None],
    "Conv1d": _conv1d,
    "SumPool2d": _pool,
    "AvgPool2d": _pool,
    "Flatten": lambda n, x: x.ravel(),
    "Output": lambda n, x: x,
}


class Simulator:
    """Steps a graph without nested graphs; `spikes` counts, `v` has the last potentials."""

    def __init__(self, graph: Any, dt: float, subtract: bool = False) -> None:
        self.nodes = graph.nodes
        self.feeds = {k: [a for a, b in graph.edges if b == k] for k in graph.nodes}
        self.dt = dt
        self.subtract = subtract
        self.sent: dict[str, np.ndarray] = {}
        self.v: dict[str, np.ndarray] = {}
        self.current: dict[str, np.ndarray] = {}
        self.spikes: dict[str, np.ndarray] = {}
        self.held: dict[str, list[np.ndarray]] = {}

    def run(self, inputs: dict[str, np.ndarray]) -> None:
        """Inputs: (steps, ...) for each Input."""
        steps = len(next(iter(inputs.values())))
        self.sent = {k: np.zeros_like(x[0]) for k, x in inputs.items()}
        for t in range(steps):
            now: dict[str, np.ndarray] = {}
            neurons = [
                k for k, n in self.nodes.items() if type(n).__name__ not in (*LINEAR, "Input", "Delay")
            ]
            for key in neurons:
                now[key] = sum(self._value(source, now, t) for source in self.feeds[key])
            sent = {key: self._neuron(key, np.asarray(now[key], float)) for key in neurons}
            self.sent = {**sent, **{k: np.asarray(x[t], float) for k, x in inputs.items()}}

    def _value(self, key: str, now: dict[str, np.ndarray], t: int) -> np.ndarray:
        node, kind = self.nodes[key], type(self.nodes[key]).__name__
        if kind not in LINEAR and kind != "Delay":
            return self.sent[key] if key in self.sent else np.zeros(self._shape(node))
        memo = f"value {key}"
        if memo not in now:
            x = sum(self._value(source, now, t) for source in self.feeds[key])
            now[memo] = (
                self._delayed(key, node, x, t) if kind == "Delay" else LINEAR[kind](node, np.asarray(x))
            )
        return now[memo]

    def _shape(self, node: Any) -> tuple[int, ...]:
        shapes = (getattr(node, name, None) for name in ("v_threshold", "threshold", "r"))
        return next(np.shape(shape) for shape in shapes if shape is not None)

    def _delayed(self, key: str, node: Any, x: Any, t: int) -> np.ndarray:
        history = self.held.setdefault(key, [])
        history.append(np.asarray(x, float))
        steps = np.rint(np.broadcast_to(node.delay, history[-1].shape) / self.dt).astype(int)
        past = [history[t - d][i] if t >= d else 0.0 for i, d in enumerate(steps)]
        return np.array(past)

    def _neuron(self, key: str, arriving: np.ndarray) -> np.ndarray:
        n, kind, dt = self.nodes[key], type(self.nodes[key]).__name__, self.dt
        if kind == "Threshold":
            return self._count(key, arriving > n.threshold)
        leak = getattr(n, "v_leak", 0.0)
        v = self.v.get(key, np.zeros(arriving.shape) + leak)
        if kind.startswith("Cuba"):
            current = self.current.get(key, np.zeros(arriving.shape))
            current = current + dt / n.tau_syn * (n.w_in * arriving - current)
            self.current[key] = arriving = current
        if kind in ("I", "IF"):
            v = v + dt * n.r * arriving
        else:
            tau = n.tau_mem if kind.startswith("Cuba") else n.tau
            v = v + dt / tau * (leak - v + n.r * arriving)
        if not kind.endswith("F"):
            self.v[key] = v
            return v
        fired = v > n.v_threshold
        self.v[key] = np.where(fired, v - n.v_threshold if self.subtract else n.v_reset, v)
        return self._count(key, fired)

    def _count(self, key: str, fired: np.ndarray) -> np.ndarray:
        self.spikes[key] = self.spikes.get(key, np.zeros(fired.shape)) + fired
        return fired.astype(float)
