"""What making up for truncation is worth: weak currents in integers beside the same in floats.

Prints the tables of docs/quantizer.md. The scale of a population is made coarse as it is in a dense network: by
silent inputs, which the bound must hold all at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record
from mycoflux.circuit import LIF, Circuit, Spike
from mycoflux.circuit.exact import current_gain
from mycoflux.compiler import truncation
from mycoflux.compiler.membrane import membrane_factors
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve

DT_S = 0.001
TAU_M_S = 0.020
INPUTS, RATE_HZ = 20, 10.0
NEURONS, TICKS = 8, 40_000

Floats = NDArray[np.float64]


@contextmanager
def decays(chosen: Callable[..., Any]) -> Iterator[None]:
    """Quantize with another choice of decays."""
    ours, truncation.made_up = truncation.made_up, chosen
    try:
        yield
    finally:
        truncation.made_up = ours


def _nothing(factors: Any, taus_s: Any, incoming: Any, *rest: Any) -> truncation.Made:
    return truncation.Made(factors, tuple(incoming))


def circuit(
    tau_syn_s: float, weight_v: float, silent: int, size: int = 1, threshold_v: float = 0.015
) -> Circuit:
    """Neurons with weak inputs of their own, and `silent` strong ones that never come."""
    made = Circuit("weak", dt_s=DT_S)
    weak = made.sensor("weak", Spike(), INPUTS, expected_rate_hz=RATE_HZ)
    never = made.sensor("never", Spike(), 1, expected_rate_hz=0.0)
    cells = made.population("cells", size, LIF(tau_m_s=TAU_M_S, tau_syn_s=tau_syn_s, threshold_v=threshold_v))
    made.connect(weak, cells, weight_v=weight_v)
    made.connect(never, cells, weight_v=silent * weight_v)
    return made


def variants(
    tau_syn_s: float, weight_v: float, silent: int, **rest: Any
) -> Iterator[tuple[str, Circuit, bool]]:
    """Nothing done, weights stronger by what the charge lacks, and decays as the compiler chooses them."""
    plain = circuit(tau_syn_s, weight_v, silent, **rest)
    with decays(_nothing):
        got = quantize(resolve(plain))[0].populations[0]
    factor = got.decays[0] / (4096 * (1 - math.exp(-DT_S / tau_syn_s)))
    yield "nothing", plain, False
    yield "weights", circuit(tau_syn_s, weight_v * factor, silent / factor, **rest), False
    yield "decays", plain, True


def simulate(made: Circuit, compensates: bool, readings: NDArray[np.int64]) -> tuple[Any, float, float]:
    """A run in integers, volts of v a unit, and units that a weak spike adds to u."""
    with decays(truncation.made_up if compensates else _nothing):
        program = compile_circuit(made).program
        volts = quantize(resolve(made))[0].populations[0].volts_per_unit
    run = FastReference(program).run(readings, Record(("cells",), ("cells",)))
    table = program.projections[0]
    return run, volts, float(table.weights[0] << table.shift) * 64


def alone() -> Iterator[str]:
    """Height and charge of one postsynaptic potential; the threshold is out of reach."""
    yield "| tau_syn | u of a spike | steps of the threshold | nothing | weights | decays |\n|---|---|---|---|---|---|"
    ticks = 3000
    readings = np.zeros((ticks, INPUTS + 1), np.int64)
    readings[0, 0] = 1
    for tau_syn_s in (0.005, 0.020, 0.100):
        for silent in (20, 300, 3000):
            weight_v = 0.0003
            keeps, gain = _exact(tau_syn_s)
            u = gain * weight_v * keeps[0] ** np.arange(ticks)
            v = np.convolve(u, keeps[1] ** np.arange(ticks))[:ticks]
            cells, first = [], ""
            for name, made, on in variants(tau_syn_s, weight_v, silent):
                run, volts, units = simulate(made, on, readings)
                got = run.potentials["cells"][1:, 0] * volts
                charge, height = run.currents["cells"].sum() * volts / u.sum(), got.max() / v.max()
                cells.append(f"{charge - 1:+.1%} {height - 1:+.1%}")
                first = first or f"{units:,.0f} | {0.015 / volts / 64:,.0f}"
            yield f"| {tau_syn_s * 1e3:g} ms | {first} | " + " | ".join(cells) + " |"


def driven() -> Iterator[str]:
    """Rates of neurons that Poisson spikes drive, over those of the same in floats."""
    yield "| tau_syn | steps of the threshold | rate in floats | nothing | weights | decays |\n|---|---|---|---|---|---|"
    rng = np.random.default_rng(1)
    readings = np.zeros((TICKS, INPUTS + 1), np.int64)
    readings[:, :INPUTS] = rng.random((TICKS, INPUTS)) < RATE_HZ * DT_S
    arriving = readings[:, :INPUTS].sum(axis=1)
    thresholds = np.linspace(0.9, 1.3, NEURONS)
    for tau_syn_s in (0.005, 0.020, 0.100):
        weight_v = 0.015 / (INPUTS * RATE_HZ * tau_syn_s)
        asked = sum(_float_spikes(tau_syn_s, weight_v, 0.015 * t, arriving) for t in thresholds)
        for silent in (20, 300, 3000):
            cells, steps = [], 0.0
            for name, _, on in variants(tau_syn_s, weight_v, silent):
                got = 0
                for t in thresholds:
                    made = next(
                        c
                        for n, c, _ in variants(tau_syn_s, weight_v, silent, threshold_v=0.015 * t)
                        if n == name
                    )
                    run, volts, _ = simulate(made, on, readings)
                    got += len(run.spike_ticks)
                    steps = 0.015 / volts / 64
                cells.append(f"{got / asked - 1:+.1%}")
            rate = asked / NEURONS / TICKS / DT_S
            yield f"| {tau_syn_s * 1e3:g} ms | {steps:,.0f} | {rate:.1f} Hz | " + " | ".join(cells) + " |"


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
    assert membrane_factors(LIF(tau_m_s=TAU_M_S), DT_S).dv  # the tables are of leaky neurons
    for lines in (alone(), driven()):
        print("\n".join(lines), end="\n\n")


if __name__ == "__main__":
    main()
