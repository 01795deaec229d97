"""NIR graphs for tests, made of few words."""

from __future__ import annotations

import itertools
from typing import Any

import nir
import numpy as np

from mycoflux.circuit import (
    Circuit,
)
from mycoflux.circuit.parts import Population, Projection

DT = 0.001


def full(size: int | tuple[int, ...], value: float) -> np.ndarray:
    return np.full(size, value)


def lif(size: int | tuple[int, ...], tau: float = 0.02, threshold: float = 1.0, **fields: Any) -> nir.LIF:
    given = {"r": full(size, tau / DT), "v_leak": full(size, 0.0), "v_threshold": full(size, threshold)}
    return nir.LIF(tau=full(size, tau), **{**given, **fields})


def li(size: int, tau: float = 0.02) -> nir.LI:
    return nir.LI(tau=full(size, tau), r=full(size, tau / DT), v_leak=full(size, 0.0))


def graph(nodes: dict[str, Any], edges: list[tuple[str, str]], shape: tuple[int, ...] = (3,)) -> nir.NIRGraph:
    """The nodes between an Input "in" of that shape and an Output "out"."""
    size = np.array([1])
    nodes = {"in": nir.Input({"input": np.array(shape)}), **nodes, "out": nir.Output({"output": size})}
    made = nir.NIRGraph(nodes, edges, type_check=False)
    made.nodes["out"] = nir.Output(None)
    return made


def chain(*nodes: Any, shape: tuple[int, ...] = (3,)) -> nir.NIRGraph:
    names = [f"n{i}" for i in range(len(nodes))]
    ends = ["in", *names, "out"]
    pairs = list(itertools.pairwise(ends))
    return graph(dict(zip(names, nodes, strict=True)), pairs, shape)


def projections(circuit: Circuit) -> tuple[Projection, ...]:
    return circuit.of_kind(Projection)


def neuron(circuit: Circuit, name: str) -> Any:
    return next(p.neuron for p in circuit.of_kind(Population) if p.name == name)
