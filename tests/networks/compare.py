"""`make networks`: two networks from the literature, ours in integers beside brian2's in floats.

Both run the same synapses and the same input for each seed; the networks are chaotic, so that only statistics
can agree. Prints the table of docs/networks.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from examples import brunel, cuba
from numpy.typing import NDArray

from mycoflux.backends.reference.fast import FastReference
from mycoflux.circuit import Circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.resolve import resolve
from tests.networks import in_brian2
from tests.networks.floats import float_network
from tests.networks.statistics import MEASURES, Statistics, measure

SETTLED_S = 0.2  # what a network has forgotten of its start: many times each time constant


@dataclass(frozen=True)
class Comparison:
    """One measure of one population: ours and brian2's, one value a seed."""

    network: str
    population: str
    measure: str
    ours: NDArray[np.float64]
    theirs: NDArray[np.float64]

    @property
    def deviation(self) -> float:
        """How far our mean is from brian2's, in standard deviations over brian2's seeds."""
        spread = float(self.theirs.std(ddof=1))
        return float(self.ours.mean() - self.theirs.mean()) / spread if spread else 0.0

    @property
    def standard_errors(self) -> float:
        """The mean of the differences seed by seed, in standard errors of that mean."""
        differences = self.ours - self.theirs
        error = float(differences.std(ddof=1)) / len(differences) ** 0.5
        return float(differences.mean()) / error if error else 0.0

    @property
    def inside(self) -> bool:
        """Whether our mean is within the values that brian2 has over its seeds."""
        return bool(self.theirs.min() <= self.ours.mean() <= self.theirs.max())


def networks(seed: int) -> list[tuple[Circuit, Any]]:
    """The circuits with their stimuli (a function of ticks) for one seed."""
    c, b = cuba.Cuba(seed=seed), brunel.Brunel(seed=seed)
    return [
        (c, lambda ticks: cuba.stimulus(c, ticks, seed)),
        (b, lambda ticks: brunel.stimulus(b, ticks, seed)),
    ]


def compare(seeds: Sequence[int], seconds: float, only: str = "") -> list[Comparison]:
    """Run both simulators for every seed, `seconds` of which the first SETTLED_S are not measured."""
    found: dict[tuple[str, str, str], tuple[list[float], list[float]]] = {}
    for seed in seeds:
        for circuit, stimulus in networks(seed):
            if only in ("", circuit.name):
                for population, ours, theirs in _both(circuit, stimulus(round(seconds / circuit.dt_s))):
                    for name in MEASURES:
                        lists = found.setdefault((circuit.name, population, name), ([], []))
                        lists[0].append(getattr(ours, name))
                        lists[1].append(getattr(theirs, name))
    return [Comparison(*key, np.array(ours), np.array(theirs)) for key, (ours, theirs) in found.items()]


def _both(circuit: Circuit, stimulus: NDArray[np.int64]) -> list[tuple[str, Statistics, Statistics]]:
    """Name, our statistics and brian2's of each population."""
    network = float_network(resolve(circuit))
    run = FastReference(compile_circuit(circuit).program).run(stimulus)
    ours = (run.spike_ticks * circuit.dt_s, run.spike_neurons.astype(np.int64))
    theirs = in_brian2.simulate(network, stimulus)
    end_s = len(stimulus) * circuit.dt_s
    return [
        (name, _of(ours, neurons, end_s), _of(theirs, neurons, end_s))
        for name, neurons in network.ranges.items()
    ]


def _of(spikes: tuple[NDArray[np.float64], NDArray[np.int64]], neurons: range, end_s: float) -> Statistics:
    times_s, numbers = spikes
    own = (numbers >= neurons.start) & (numbers < neurons.stop)
    return measure(times_s[own], numbers[own] - neurons.start, len(neurons), SETTLED_S, end_s)


def table(comparisons: Sequence[Comparison]) -> str:
    """The comparisons in Markdown."""
    lines = [
        "| network | population | measure | ours | brian2 | brian2's range | apart (sd) | (s.e.) | inside |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for c in comparisons:
        lines.append(
            f"| {c.network} | {c.population} | {c.measure} | "
            f"{c.ours.mean():.3f} ± {c.ours.std(ddof=1):.3f} | "
            f"{c.theirs.mean():.3f} ± {c.theirs.std(ddof=1):.3f} | {c.theirs.min():.3f} .. "
            f"{c.theirs.max():.3f} | {c.deviation:+.2f} | {c.standard_errors:+.1f} | "
            f"{'yes' if c.inside else 'NO'} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2.2)
    options = parser.parse_args()
    print(table(compare(range(1, options.seeds + 1), options.seconds)))


if __name__ == "__main__":
    main()
