"""Which rounding moves a network: CUBA in floats, with one of the compiler's roundings after the other.

Prints the second table of docs/networks.md. All runs have the same synapses and stimulus; what differs from
"floats" is only what is named. Deviations are means over seeds of differences seed by seed, with standard
errors of these means.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from examples import cuba
from numpy.typing import NDArray

from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from tests.networks.compare import SETTLED_S
from tests.networks.floats import Bundle, FloatNetwork, float_network
from tests.networks.statistics import MEASURES, measure

SECONDS = 2.2


@dataclass(frozen=True)
class Variant:
    """decays: those of the integers. units: of v a volt, at which u and v are truncated; 0 for never."""

    decays: bool
    units: float


def variants(units: float) -> dict[str, Variant]:
    """units: what the compiler chose."""
    return {
        "floats": Variant(False, 0),
        "decays in 1/4096": Variant(True, 0),
        "truncation alone": Variant(False, units),
        "decays and truncation": Variant(True, units),
        "the same, 16 times finer": Variant(True, 16 * units),
    }


@numba.njit
def _send(table: Any, sources: Any, arriving: Any) -> None:
    rows, targets, receptors, drives = table
    for source in sources:
        for j in range(rows[source], rows[source + 1]):
            arriving[receptors[j], targets[j]] += drives[j]


@numba.njit
def _run(
    ticks: Any, channels: Any, size: int, world: Any, network: Any, keeps: Any, bias: float, threshold: float,
    held_ticks: int, truncates: bool, spike_ticks: Any, spikes: Any,
) -> int:  # fmt: skip
    """world, network: (row starts, targets, receptors, what a spike adds to u). Returns how many spikes."""
    u, arriving, v = np.zeros((2, size)), np.zeros((2, size)), np.zeros(size)
    held = np.zeros(size, np.int64)
    count = begin = 0
    for tick in range(len(ticks) - 1):
        for i in range(size):
            x = v[i] * keeps[2]
            if truncates:
                x = np.trunc(x)
            for r in range(2):
                left = u[r, i] * keeps[r]
                u[r, i] = (np.trunc(left) if truncates else left) + arriving[r, i]
                arriving[r, i] = 0.0
                x += u[r, i]
            if held[i]:
                held[i] -= 1
                continue
            v[i] = x + bias
            if v[i] > threshold:
                v[i], held[i] = 0.0, held_ticks
                spike_ticks[count], spikes[count] = tick, i
                count += 1
        _send(network, spikes[begin:count], arriving)
        _send(world, channels[ticks[tick] : ticks[tick + 1]], arriving)
        begin = count
    return count


def _rows(bundles: list[Bundle], sources: int, gains: NDArray[np.float64]) -> tuple[Any, ...]:
    """Compressed sparse rows of several bundles."""
    source = np.concatenate([b.sources for b in bundles])
    order = np.argsort(source, kind="stable")
    receptor = np.concatenate([np.full(len(b.sources), b.receptor) for b in bundles])[order]
    weights = np.concatenate([np.full(len(b.sources), b.weight_v) for b in bundles])[order]
    targets = np.concatenate([b.targets for b in bundles])[order]
    rows = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=sources))))
    return rows, targets, receptor, weights * gains[receptor]


def simulate(network: FloatNetwork, stimulus: NDArray[np.int64], variant: Variant) -> tuple[Any, Any]:
    """Times in seconds and neurons of all spikes."""
    n, dt_s = network.neuron, network.dt_s
    taus_s = np.array([*n.taus_syn_s, n.tau_m_s])
    exact = np.exp(-dt_s / taus_s)
    keeps = 1 - np.rint(4096 * (1 - exact)) / 4096 if variant.decays else exact
    # Rotter and Diesmann (1999), as in compiler/membrane.py: what a volt of u adds to v in one tick.
    gains = taus_s[:2] / (taus_s[:2] - n.tau_m_s) * (exact[:2] - exact[2])
    units = variant.units or 1.0
    ticks, channels = np.nonzero(stimulus)
    starts = np.concatenate(([0], np.cumsum(np.bincount(ticks, minlength=len(stimulus)))))
    sides = [[b for b in network.bundles if b.from_sensors is side] for side in (True, False)]
    world = _rows(sides[0], network.channels, gains * units)
    inside = _rows(sides[1], network.size, gains * units)
    bias = n.biases_v[0] * (1 - keeps[2]) * units
    found = np.zeros((2, network.size * len(stimulus) // 100), np.int64)
    count = _run(
        starts, channels, network.size, world, inside, keeps, bias, n.threshold_v * units,
        round(n.refractory_s / dt_s), variant.units > 0, found[0], found[1],
    )  # fmt: skip
    return found[0, :count] * dt_s, found[1, :count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(1, parser.parse_args().seeds + 1)
    values: dict[str, list[list[float]]] = {}
    for seed in seeds:
        circuit = cuba.Cuba(seed=seed)
        flat = resolve(circuit)
        stimulus = cuba.stimulus(circuit, round(SECONDS / circuit.dt_s), seed)
        units = 1 / quantize(flat)[0].populations[0].volts_per_unit
        network = float_network(flat)
        for name, variant in variants(units).items():
            spikes = simulate(network, stimulus, variant)
            found = measure(*spikes, network.size, SETTLED_S, SECONDS)
            values.setdefault(name, []).append([getattr(found, m) for m in MEASURES])
    print("| run | " + " | ".join(MEASURES) + " |\n|---|---|---|---|")
    base = np.array(values["floats"])
    for name, rows in values.items():
        differences = np.array(rows) - base
        errors = differences.std(axis=0, ddof=1) / len(seeds) ** 0.5
        cells = [
            f"{value:.3f} ({apart:+.3f} ± {error:.3f})"
            for value, apart, error in zip(np.mean(rows, 0), differences.mean(0), errors, strict=True)
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
