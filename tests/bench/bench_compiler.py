"""Circuits to boards: time and memory by synapses, and traffic beside that of other placements.

`make bench-compiler` draws the growth to docs/compiler-growth.png and prints the tables of
docs/partition.md; the last line is of the largest circuit. Each size is compiled in a process of its own, for
its peak of memory.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import resource
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from mycoflux.circuit import LIF, Circuit
from mycoflux.circuit.generators import BalancedNetwork
from mycoflux.circuit.patterns import DistanceDependent, GaussianField, SmallWorld
from mycoflux.compiler.bound import bound
from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.compiler.mesh_pipeline import compile_for_mesh
from mycoflux.compiler.nets import traffic
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.compiler.spread import Options, spread
from mycoflux.files import write_bytes
from mycoflux.validate.drawing import draw

SIZES = (10_000, 31_600, 100_000, 316_000, 1_000_000, 3_160_000, 10_000_000)
EACH = 100  # synapses a neuron
HEAP = 2 << 20  # bytes: a module with external RAM
BAUD = 5_000_000  # the fastest that an ESP32's UART is specified for
DOCS = Path(__file__).parents[2] / "docs"


def grid(width: int, height: int) -> Mesh:
    """Boards joined to the next in each direction, the work balanced."""
    name = "board {}.{}".format
    nodes = tuple(Node(name(x, y), "esp32", HEAP) for y in range(height) for x in range(width))
    across = [Edge(name(x, y), name(x + 1, y), BAUD) for y in range(height) for x in range(width - 1)]
    down = [Edge(name(x, y), name(x, y + 1), BAUD) for y in range(height - 1) for x in range(width)]
    return Mesh(nodes, (*across, *down), balance=1.1)


def boards(synapses: int) -> tuple[int, int]:
    """A mesh for a circuit of that size: 64 boards from a million synapses on."""
    side = 8 if synapses >= 1_000_000 else 4 if synapses >= 100_000 else 2
    return side, side


def sheet(synapses: int) -> Circuit:
    """A map of neurons, each joined to some 80 around it, which excite, and to 20 nearer, which inhibit."""
    side = round(math.sqrt(synapses / EACH))
    circuit = Circuit("sheet")
    cells = circuit.population("map", side * side, LIF(), expected_rate_hz=10.0)
    for name, width, probability, weight_v in (("far", 4.0, 0.82, 0.0005), ("near", 2.0, 0.85, -0.001)):
        circuit.connect(
            cells,
            cells,
            name=name,
            weight_v=weight_v,
            delay_s=0.002,
            pattern=DistanceDependent(
                (side, side), width=width, probability=probability, delay_s_per_unit=0.0003, seed=1
            ),
            stretch=True,
        )
    return circuit


def small_world() -> Circuit:
    """A ring of 20,000, each joined to its 50 nearest; one synapse in fifty leads elsewhere."""
    circuit = Circuit("small world")
    ring = circuit.population("ring", 20_000, LIF(), expected_rate_hz=10.0)
    circuit.connect(ring, ring, weight_v=0.0005, pattern=SmallWorld(50, 0.02, seed=1), stretch=True)
    return circuit


def layers() -> Circuit:
    """Four maps of 5,184, each looking at the one before through Gaussian fields."""
    circuit = Circuit("layers")
    shape = (72, 72)
    maps = [
        circuit.population(f"map {i}", shape[0] * shape[1], LIF(), expected_rate_hz=10.0) for i in range(4)
    ]
    for before, after in pairwise(maps):
        circuit.connect(before, after, weight_v=0.0005, pattern=GaussianField(shape, width=1.5), stretch=True)
    return circuit


def balanced() -> Circuit:
    """10,000 neurons joined at random: nothing is near anything, and no placement can help much."""
    circuit = BalancedNetwork(neurons=10_000, inputs=50)
    for name in ("exc>exc", "exc>inh", "inh>exc", "inh>inh"):
        circuit.change(name, stretch=True)
    return circuit


CUT = {"2D map": lambda: sheet(1_000_000), "small world": small_world, "layers": layers, "random": balanced}


def one(synapses: int) -> dict[str, Any]:
    """Compile one size in this process."""
    width, height = boards(synapses)
    start = time.perf_counter()
    build = compile_for_mesh(sheet(synapses), grid(width, height))
    took = time.perf_counter() - start
    return {
        "synapses": build.spread.program.whole.synapses,
        "neurons": build.spread.program.whole.neurons,
        "boards": len(build.images),
        "s": took,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "image_bytes": sum(map(len, build.images.values())),
    }


def growth(sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Compile each size in a process of its own."""
    results = []
    for size in sizes:
        command = [sys.executable, "-m", "tests.bench.bench_compiler", "--one", str(size)]
        results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(f"  {size:,} done", file=sys.stderr)
    return results


def cuts(only: tuple[str, ...] = tuple(CUT)) -> list[tuple[str, float, float, float]]:
    """Spikes a tick times links on 16 boards: as placed, round-robin, and at random with a seed."""
    rows = []
    for name in only:
        integer, _ = quantize(resolve(CUT[name]()))
        bound(integer)
        mesh = grid(4, 4)
        # Links are as fast as it takes: this is about the cut alone.
        fast = Mesh(mesh.nodes, tuple(Edge(e.a, e.b, 200_000_000) for e in mesh.edges), balance=mesh.balance)
        made = spread(integer, fast, Options(stretch=True))
        units = made.numbers.units
        others = np.arange(units) % 16, np.random.default_rng(1).integers(0, 16, units)
        rows.append(
            (name, *(traffic(integer, made.numbers, where, mesh.hops) for where in (made.board_of, *others)))
        )
    return rows


def drawn(results: list[dict[str, Any]], figure: Any) -> None:
    """Time and memory by synapses, both axes logarithmic, and a line of what linear is."""
    left, right = figure.subplots(1, 2)
    synapses = np.array([r["synapses"] for r in results], float)
    for axes, key, label in ((left, "s", "time (s)"), (right, "mib", "peak memory (MiB)")):
        values = np.array([r[key] for r in results])
        axes.loglog(synapses, values, "o-")
        axes.loglog(synapses, values[-1] * synapses / synapses[-1], "--", color="0.6", label="linear")
        axes.set(xlabel="synapses", ylabel=label)
        axes.grid(alpha=0.3)
        axes.legend()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=int, help="compile this many synapses and print figures as JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(arguments.one)))
        return
    # First: a process begins with the peak of memory that its parent had.
    results = growth(SIZES)
    print("| circuit | as placed | round-robin | random | gain over the better |\n|---|---|---|---|---|")
    for name, ours, rest, random in cuts():
        print(f"| {name} | {ours:,.1f} | {rest:,.1f} | {random:,.1f} | {min(rest, random) / ours:.1f} |")
    print("\n| synapses | neurons | boards | s | MiB | bytes of images |\n|---|---|---|---|---|---|")
    for r in results:
        print(
            f"| {r['synapses']:,} | {r['neurons']:,} | {r['boards']} | {r['s']:.1f} | {r['mib']:,.0f} | "
            f"{r['image_bytes']:,} |"
        )
    picture = io.BytesIO()
    draw(lambda figure: drawn(results, figure), (8.0, 3.2), picture)
    write_bytes(DOCS / "compiler-growth.png", picture.getvalue(), "the picture")
    last = results[-1]
    print(
        f"compiled {last['synapses']} synapses to {last['boards']} boards in {last['s']:.1f} s, "
        f"peak {last['mib']:.0f} MiB"
    )


if __name__ == "__main__":
    main()
