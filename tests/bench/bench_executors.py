"""Ticks a second of each executor of the demo circuit, in one run; ratios travel, absolutes do not."""

from __future__ import annotations

import time

from mycoflux.backends.base import Backend
from mycoflux.backends.board import BoardBackend
from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy.connect import connect
from mycoflux.resources import data_folder

TICKS = 3000


def rate(backend: Backend) -> float:
    start = time.perf_counter()
    for _ in range(TICKS):
        backend.step([1500, 1500, 0])
    return TICKS / (time.perf_counter() - start)


def main() -> None:
    build = compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py")))
    rates = {"reference": rate(PlainReference(build.program)), "engine": rate(EngineBackend(build.program))}
    for url in ("sim:", "virtual:"):
        with connect(url) as connected:
            connected.put(build.image)
            rates[url] = rate(BoardBackend(build.program, connected.session))
    for name, value in rates.items():
        print(f"{name:<10} {value:8.0f} ticks/s  {value / rates['reference']:.2f} x reference")


if __name__ == "__main__":
    main()
