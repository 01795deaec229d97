"""What an edit of one weight costs: bytes to a board, seconds of a build. The figures of docs/incremental.md.

python -m tests.bench.bench_incremental
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from mycoflux.circuit import LIF, Circuit, Explicit
from mycoflux.compiler.memory import recall, remember
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.deploy.connect import connect
from tests.deploy.edits import dense_circuit, sparse_circuit

ROUNDS = 5


def large(weight_v: float) -> Circuit:
    """Ten populations in a ring, 10^6 synapses of random pairs; one of them has this weight."""
    rng = np.random.default_rng(5)
    circuit = Circuit("large")
    populations = [circuit.population(f"p{i}", 1000, LIF(threshold_v=1.0)) for i in range(10)]
    for i, population in enumerate(populations):
        pairs = np.sort(rng.choice(1_000_000, 100_000, replace=False))
        weights = rng.uniform(0.0001, 0.0003, len(pairs))
        if i == 5:
            weights[1000] = weight_v
        pattern = Explicit([divmod(int(pair), 1000) for pair in pairs])
        circuit.connect(population, populations[i - 9], weight_v=weights, pattern=pattern, delay_s=0.002)
    return circuit


def transfers() -> None:
    """One weight of 10,000, onto a board that runs the build before."""
    for name, make in (("dense", dense_circuit), ("sparse", sparse_circuit)):
        first = compile_circuit(make(0.001))
        second = compile_circuit(make(0.003), first.scales)
        with connect("sim:") as board:
            board.put(first.image)
            board.put(second.image)
        t = board.transfer
        print(
            f"{name}: {len(second.image):,} bytes, sent {t.sent}, {t.bytes_out} over the line "
            f"({t.bytes_out / len(second.image):.2%}), {t.bytes_in} back"
        )


def fastest(build: Callable[[], Build]) -> tuple[float, Build]:
    """Processor seconds of the fastest of some rounds, and what was built."""
    best = np.inf
    for _ in range(ROUNDS):
        start = time.process_time()  # what else the machine does is not counted
        built = build()
        best = min(best, time.process_time() - start)
    return float(best), built


def builds() -> None:
    """The whole compiler, with and without what the build before left."""
    before, after = large(0.0001), large(0.0003)
    first_s, first = fastest(lambda: compile_circuit(before))
    told = compile_circuit(before, tables={})
    file = remember(told.image, told.scales, told.digests)
    anew_s, anew = fastest(lambda: compile_circuit(after, first.scales))

    def again() -> Build:
        memory = recall(file, told.image)
        return compile_circuit(after, memory.scales, tables=memory.tables)

    again_s, edited = fastest(again)
    assert edited.image == anew.image
    print(
        f"{edited.program.synapses:,} synapses, {len(edited.digests)} tables: first {first_s:.2f} s, "
        f"edited without memory {anew_s:.2f} s, with {again_s:.2f} s "
        f"(re-emitted {len(edited.digests) - edited.reused}; the memory has {len(file):,} bytes)"
    )


if __name__ == "__main__":
    transfers()
    builds()
