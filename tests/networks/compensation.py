"""What making up for truncation is worth: weak currents in integers beside the same in floats.

Prints the tables of docs/quantizer.md. The scale of a population is made coarse as it is in a dense network:
by silent inputs, which the bound must hold all at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record, Run
from mycoflux.circuit import LIF, Circuit, Spike
from mycoflux.circuit.exact import current_gain
from mycoflux.compiler import truncation
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve

DT_S = 0.001
TAU_M_S = 0.020
TAUS_SYN_S = (0.005, 0.020, 0.100)
SILENT = (20, 100, 300)
INPUTS, RATE_HZ = 20, 10.0
THRESHOLD_V = 0.015
THRESHOLDS_V = THRESHOLD_V * np.linspace(0.9, 1.3, 8)
TICKS = 40_000


@contextmanager
def _made(chosen: Callable[..., Any]) -> Iterator[None]:
    """Quantize with another way to make up for truncation."""
    ours, truncation.made_up = truncation.made_up, chosen
    try:
        yield
    finally:
        truncation.made_up = ours


def _nothing(factors: Any, taus_s: Any, incoming: Any, *rest: Any) -> truncation.Made:
    return truncation.Made(factors, tuple(incoming))


def circuit(tau_syn_s: float, weight_v: float, silent: float, rate_hz: float, threshold_v: float) -> Circuit:
    """A neuron with weak inputs, and one as strong as `silent` of them that never comes."""
    made = Circuit("weak", dt_s=DT_S)
    weak = made.sensor("weak", Spike(), INPUTS, expected_rate_hz=rate_hz)
    never = made.sensor("never", Spike(), 1, expected_rate_hz=0.0)
    cell = made.population("cell", 1, LIF(tau_m_s=TAU_M_S, tau_syn_s=tau_syn_s, threshold_v=threshold_v))
    made.connect(weak, cell, weight_v=weight_v)
    made.connect(never, cell, weight_v=silent * weight_v)
    return made


def runs(
    tau_syn_s: float,
    weight_v: float,
    silent: float,
    readings: NDArray[np.int64],
    rate_hz: float = RATE_HZ,
    threshold_v: float = THRESHOLD_V,
) -> list[tuple[Run, float]]:
    """Runs and volts of v a unit: with nothing made up for, by stronger weights, as the compiler does."""
    plain = circuit(tau_syn_s, weight_v, silent, rate_hz, threshold_v)
    with _made(_nothing):
        entries = quantize(resolve(plain))[1].entries
        got_s = next(e.got for e in entries if e.parameter == "tau_syn_s")
        factor = (1 - math.exp(-DT_S / got_s)) / (1 - math.exp(-DT_S / tau_syn_s))
        stronger = circuit(tau_syn_s, weight_v * factor, silent / factor, rate_hz, threshold_v)
        found = [_run(plain, readings), _run(stronger, readings)]
    return [*found, _run(plain, readings)]


def _run(made: Circuit, readings: NDArray[np.int64]) -> tuple[Run, float]:
    build = compile_circuit(made)
    run = FastReference(build.program).run(readings, Record(("cell",), ("cell",)))
    return run, 1 / build.scales.units["cell"]


def _row(tau_syn_s: float, volts: float, *cells: str) -> str:
    return "| " + " | ".join((f"{tau_syn_s * 1e3:g} ms", f"{THRESHOLD_V / volts / 64:,.0f}", *cells)) + " |"


def alone() -> Iterator[str]:
    """Charge and height of one postsynaptic potential."""
    yield (
        "| tau_syn | steps of the threshold | nothing | weights | decays and weights |\n|---|---|---|---|---|"
    )
    ticks = 3000
    readings = np.zeros((ticks, INPUTS + 1), np.int64)
    readings[0, 0] = 1
    weight_v = THRESHOLD_V / 50
    for tau_syn_s in TAUS_SYN_S:
        (keep_u, keep_v), gain = _exact(tau_syn_s)
        u = gain * weight_v * keep_u ** np.arange(ticks)
        v = np.convolve(u, keep_v ** np.arange(ticks))[:ticks]
        for silent in SILENT:
            found = runs(tau_syn_s, weight_v, silent, readings, rate_hz=0.01)
            cells = []
            for run, volts in found:
                charge = run.currents["cell"].sum() * volts / u.sum()
                height = run.potentials["cell"].max() * volts / v.max()
                cells.append(f"{charge - 1:+.1%}, {height - 1:+.1%}")
            yield _row(tau_syn_s, found[0][1], *cells)


def driven() -> Iterator[str]:
    """Rates of neurons that Poisson spikes drive, beside those of the same in floats."""
    yield (
        "| tau_syn | steps of the threshold | rate in floats | nothing | weights | decays and weights |\n"
        "|---|---|---|---|---|---|"
    )
    readings = np.zeros((TICKS, INPUTS + 1), np.int64)
    readings[:, :INPUTS] = np.random.default_rng(1).random((TICKS, INPUTS)) < RATE_HZ * DT_S
    arriving = readings[:, :INPUTS].sum(axis=1)
    for tau_syn_s in TAUS_SYN_S:
        weight_v = THRESHOLD_V / (INPUTS * RATE_HZ * tau_syn_s)
        asked = sum(_float_spikes(tau_syn_s, weight_v, at, arriving) for at in THRESHOLDS_V)
        for silent in SILENT:
            spikes = np.zeros(3)
            volts = 0.0
            for at in THRESHOLDS_V:
                found = runs(tau_syn_s, weight_v, silent, readings, threshold_v=at)
                spikes += [len(run.spike_ticks) for run, _ in found]
                volts = found[0][1]
            rate_hz = asked / len(THRESHOLDS_V) / TICKS / DT_S
            yield _row(tau_syn_s, volts, f"{rate_hz:.1f} Hz", *(f"{n / asked - 1:+.1%}" for n in spikes))


def _exact(tau_syn_s: float) -> tuple[tuple[float, float], float]:
    keeps = math.exp(-DT_S / tau_syn_s), math.exp(-DT_S / TAU_M_S)
    return keeps, current_gain(TAU_M_S, tau_syn_s, DT_S)


def _float_spikes(tau_syn_s: float, weight_v: float, threshold_v: float, arriving: NDArray[np.int64]) -> int:
    (keep_u, keep_v), gain = _exact(tau_syn_s)
    u = v = 0.0
    spikes = 0
    for count in [0, *arriving[:-1].tolist()]:
        u = u * keep_u + gain * weight_v * count
        v = v * keep_v + u
        if v > threshold_v:
            v, spikes = 0.0, spikes + 1
    return spikes


def main() -> None:
    for lines in (alone(), driven()):
        print("\n".join(lines), end="\n\n")


if __name__ == "__main__":
    main()
