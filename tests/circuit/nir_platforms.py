"""The table in docs/nir.md: when each platform's recording of one LIF neuron spikes, and when mycoflux does.

`python -m tests.circuit.nir_platforms FOLDER`, with FOLDER the CSV files of neuromorphs/NIR, `paper/01_lif`:
one row a step, with the input spike, the membrane voltage and the output spike.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit.nir import import_nir
from mycoflux.compiler.pipeline import compile_circuit
from tests.circuit.test_silicon import DT_S, SPIKES_IN, graph, stepped


def rows(folder: Path) -> list[tuple[str, list[int]]]:
    """(name, steps that spike) of each recording, then ours."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        recorded = np.loadtxt(path, delimiter=",")
        if np.flatnonzero(recorded[:, 0]).tolist() != list(SPIKES_IN):
            raise ValueError(f"{path} was made with other inputs")
        found.append((path.stem, np.flatnonzero(recorded[:, 2]).tolist()))
    for method in ("euler", "exact"):
        program = compile_circuit(import_nir(graph(), dt_s=DT_S, method=method)).program
        found.append((f"mycoflux, method={method!r}", stepped(PlainReference(program))))
    return found


def main() -> None:
    """The command line."""
    print("| recording | output spikes at steps |")
    print("|---|---|")
    for name, steps in rows(Path(sys.argv[1])):
        print(f"| {name} | {', '.join(map(str, steps))} |")


if __name__ == "__main__":
    main()
