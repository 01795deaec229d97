"""`make bench-simulators`: one core, one network, several simulators, in one run.

The network is CUBA (examples/cuba.py: 4,000 neurons, 340,000 synapses, dt = 0.1 ms), one simulated second,
every spike recorded. All get the same synapses and the same stimulus. What is timed is the simulation alone:
no making of the network, no compiling, and of brian2 not what each `run` does before its first tick. Each
simulator has a process of its own, with one thread, and the best run counts, of five or
of as many as fit into three seconds: the machine may have other work, and the short are hit hardest.

Lava's fixed-point models know neither refractoriness nor two receptors, so Lava runs CUBA without the first
and with one synaptic time constant, over fewer ticks; it is compared with our own time for that network.

A simulator that is not installed, or fails, is listed with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from examples import cuba
from numpy.typing import NDArray

from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.resolve import resolve
from tests.networks.floats import FloatNetwork, float_network

TICKS = 10_000
RUNS, AT_LEAST_S = 5, 3.0
LAVA_TICKS = (20, 220)  # two lengths, so that what Lava does before and after a run falls out
SEED = 1


@dataclass(frozen=True)
class Measured:
    """Wall seconds for a simulated second, and what was done in it."""

    wall_s: float
    updates: int
    events: int
    spikes: int


def full() -> cuba.Cuba:
    """The network of the benchmark."""
    return cuba.Cuba(seed=SEED)


def for_lava() -> cuba.Cuba:
    """What of it is within Lava's subset."""
    return cuba.Cuba(seed=SEED, refractory_s=0.0, tau_inh_s=0.005)


def ours(circuit: cuba.Cuba | None = None) -> Measured:
    from mycoflux.backends.reference.fast import FastReference

    circuit = circuit or full()
    backend = FastReference(compile_circuit(circuit).program)
    stimulus = cuba.stimulus(circuit, TICKS, SEED)
    backend.run(stimulus)

    def wall() -> float:
        backend.reset()
        start = time.perf_counter()
        backend.run(stimulus)
        return time.perf_counter() - start

    best = _best(wall)
    backend.reset()
    spikes = len(backend.run(stimulus).spike_ticks)
    return Measured(best, backend.neuron_updates, backend.synaptic_events, spikes)


def brian2_cython(whole: bool = False) -> Measured:
    """whole: with what `run` does before its first tick (it generates code anew, and finds it compiled)."""
    import brian2 as b2

    from tests.networks import in_brian2

    b2.prefs.codegen.target = "cython"
    network, stimulus = _floats()
    built, monitor = in_brian2.build(network, stimulus)
    built.store()
    tick_s = network.dt_s * b2.second

    def wall(duration: Any) -> float:
        built.restore()
        start = time.perf_counter()
        built.run(duration)
        return time.perf_counter() - start

    wall(tick_s)
    before = _best(lambda: wall(tick_s))
    best = _best(lambda: wall(TICKS * tick_s))
    return _measured(best if whole else best - before, network, stimulus, np.asarray(monitor.i))


def brian2_standalone() -> Measured:
    import brian2 as b2

    from tests.networks import in_brian2

    with tempfile.TemporaryDirectory() as folder:
        b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
        network, stimulus = _floats()
        built, monitor = in_brian2.build(network, stimulus)
        built.run(TICKS * network.dt_s * b2.second)
        b2.device.build(directory=folder, run=False, compile=True, with_output=False)

        def wall() -> float:
            b2.device.run(directory=folder, with_output=False)
            return float(b2.device._last_run_time)

        return _measured(_best(wall), network, stimulus, np.asarray(monitor.i))


def nest_psc_exp() -> Measured:
    import nest

    from tests.networks import in_nest

    network, stimulus = _floats()
    recorders = []

    def wall() -> float:
        recorders.append(in_nest.build(network, stimulus))
        nest.Prepare()
        start = time.perf_counter()
        nest.Run(TICKS * network.dt_s * 1e3)
        seconds = time.perf_counter() - start
        nest.Cleanup()
        return seconds

    best = _best(wall)
    return _measured(best, network, stimulus, np.asarray(recorders[-1].get("events")["senders"]) - 1)


def lava_cpu() -> Measured:
    from mycoflux.backends.lava.backend import LavaBackend
    from mycoflux.backends.run import Record

    circuit = for_lava()
    backend = LavaBackend(compile_circuit(circuit).program)
    walls = []
    for ticks in LAVA_TICKS:
        stimulus = cuba.stimulus(circuit, ticks, SEED)
        start = time.perf_counter()
        run = backend.run(stimulus, Record())
        walls.append(time.perf_counter() - start)
    more = TICKS / (LAVA_TICKS[1] - LAVA_TICKS[0])
    network = float_network(resolve(circuit))
    done = _measured(0.0, network, stimulus, run.spike_neurons.astype(np.int64))
    share = TICKS / LAVA_TICKS[1]
    return Measured((walls[1] - walls[0]) * more, TICKS * network.size, int(done.events * share), done.spikes)


def _best(wall: Callable[[], float]) -> float:
    """The shortest of RUNS runs, or of as many as AT_LEAST_S seconds hold."""
    walls: list[float] = []
    begin = time.perf_counter()
    while len(walls) < RUNS or time.perf_counter() - begin < AT_LEAST_S:
        walls.append(wall())
    return min(walls)


def _floats() -> tuple[FloatNetwork, NDArray[np.int64]]:
    circuit = full()
    return float_network(resolve(circuit)), cuba.stimulus(circuit, TICKS, SEED)


def _measured(
    wall_s: float, network: FloatNetwork, stimulus: NDArray[np.int64], spikes: NDArray[np.int64]
) -> Measured:
    """Counts events by the spikes there were: each is one event in each of its synapses."""
    sent = {False: np.bincount(spikes, minlength=network.size), True: stimulus.sum(axis=0)}
    events = sum(int(sent[b.from_sensors][b.sources].sum()) for b in network.bundles)
    return Measured(wall_s, len(stimulus) * network.size, events, len(spikes))


SIMULATORS: dict[str, Callable[[], Measured]] = {
    "mycoflux, fast reference": ours,
    "brian2, C++ standalone": brian2_standalone,
    "NEST, iaf_psc_exp": nest_psc_exp,
    "brian2, cython": brian2_cython,
    "brian2, cython, all of run()": lambda: brian2_cython(whole=True),
    "mycoflux, network for Lava": lambda: ours(for_lava()),
    "Lava, CPU, fixed point": lava_cpu,
}


def measure(name: str) -> Measured | str:
    """Run one simulator in a process of its own; the reason where it cannot."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_simulators", "--one", name],
        capture_output=True,
        text=True,
        env={**os.environ, **threads},
    )
    if done.returncode == 0:
        return Measured(**json.loads(done.stdout.strip().splitlines()[-1]))
    lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
    return lines[-1] if lines else f"ended with {done.returncode}"


def table(results: dict[str, Measured | str]) -> str:
    """The results in Markdown; ratios are to ours on the same network."""
    lines = [
        "| simulator | s a simulated s | neuron updates/s | synaptic events/s | spikes | time, ours = 1 |",
        "|---|---|---|---|---|---|",
    ]
    own = None
    for name, result in results.items():
        if isinstance(result, str):
            lines.append(f"| {name} | not measured: {result} | | | | |")
            continue
        if name.startswith("mycoflux"):
            own = result.wall_s
        ratio = f"{result.wall_s / own:.1f}" if own else "?"
        lines.append(
            f"| {name} | {result.wall_s:.3f} | {result.updates / result.wall_s / 1e6:,.1f} M | "
            f"{result.events / result.wall_s / 1e6:,.2f} M | {result.spikes:,} | {ratio} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--one", choices=SIMULATORS, help="measure one, here, and print it as JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(SIMULATORS[options.one]())))
        return
    print(table({name: measure(name) for name in SIMULATORS}))


if __name__ == "__main__":
    main()
