"""Random meshes, for tests that cut programs."""

from __future__ import annotations

import random

from mycoflux.compiler.integer import IntegerCircuit
from mycoflux.compiler.mesh import Edge, Mesh, Node


def random_mesh(rng: random.Random, boards: int, circuit: IntegerCircuit | None = None) -> Mesh:
    """A tree with some more links; some of the circuit's ports pinned, the work balanced now and then."""
    names = [f"b{i}" for i in range(boards)]
    pairs = {(names[rng.randrange(i)], names[i]) for i in range(1, boards)}
    for _ in range(rng.randint(0, boards) if boards > 2 else 0):
        a, b = sorted(rng.sample(range(boards), 2))
        pairs.add((names[a], names[b]))
    ports = {}
    for sensor in circuit.sensors if circuit else ():
        if rng.random() < 0.5:
            ports[sensor.name] = rng.choice(names)
    return Mesh(
        tuple(Node(name, "sim", 0) for name in names),
        tuple(Edge(a, b, rng.choice((115_200, 921_600))) for a, b in sorted(pairs)),
        ports,
        rng.choice((0.0, 1.0, 1.5)),
    )
