"""A circuit in floats, its dequantized network in floats, and its program in integers, on the same inputs.

total = quantization + arithmetic: what the author's numbers became (circuit against dequantized network, both
on brian2), and what rounding in every tick adds (dequantized network against program). Distances do not add
up; they say which of the two is at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myco import arith, layout
from mycoflux.backends.brian2.backend import Brian2Backend, FloatRun
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record, Run
from mycoflux.circuit import neurons
from mycoflux.circuit.accept import Accept
from mycoflux.circuit.circuit import Circuit
from mycoflux.circuit.network import FloatNetwork, float_network
from mycoflux.compiler.dequantize import dequantize
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.program.types import Program
from mycoflux.validate.comparison import Comparison, Observed, PopulationDifference, compare
from mycoflux.validate.stimulus import random_stimulus

_ALWAYS_ACCEPTED = 2  # spikes
_LARGE = 20_000  # synapses from which compiling brian2's code pays
_POTENTIALS_MOST = 20_000_000  # of one run, values: 160 MB


@dataclass(frozen=True, eq=False)
class Validation:
    """The three runs of one circuit, compared; `failures` says what is beyond the author's limits."""

    circuit: str
    dt_s: float
    ticks: int
    inputs: str
    accept: Accept
    total: Comparison
    quantization: Comparison
    arithmetic: Comparison
    failures: tuple[str, ...]
    asked: Observed
    got: Observed
    program: Observed

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Total first, then its two parts."""
        return self.total, self.quantization, self.arithmetic


def validate(
    circuit: Circuit, seconds: float = 1.0, seed: int = 0, inputs: NDArray[np.int64] | None = None
) -> Validation:
    """Run `circuit` three ways and compare.

    Args:
        circuit: any that compiles.
        seconds: simulated time; with `inputs`, as many ticks as they have rows.
        seed: of the random inputs that stand in where `inputs` is None (see `random_stimulus`).
        inputs: readings, (ticks, channels).

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: it does not compile.
        InvalidInput: `inputs` has another number of channels.
    """
    compile_circuit(circuit)  # what it refuses is refused here
    flat = resolve(circuit)
    integer, _ = quantize(flat)
    program = emit(integer)
    described = "given"
    if inputs is None:
        inputs = random_stimulus(program, max(1, round(seconds / circuit.dt_s)), seed)
        described = f"random, seed {seed}"
    names = _kept(program, len(inputs))
    codegen = "numpy" if program.synapses < _LARGE else "auto"
    network, dequantized = float_network(circuit), dequantize(flat, integer)
    asked = _float_run(network, Brian2Backend(network, codegen).run(inputs, names))
    got = _float_run(dequantized, Brian2Backend(dequantized, codegen).run(inputs, names))
    run = FastReference(program).run(inputs, Record(potentials=names))
    ours = _integer_run(program, integer, run)
    scales_v = {p.name: _scale_v(p.neuron, asked.potentials.get(p.name)) for p in network.populations}
    full_scales = {a.name: _full_scale(a.decoder) for a in program.actuators}
    comparisons = [
        compare(name, *runs, scales_v, full_scales)
        for name, runs in (
            ("total", (asked, ours)),
            ("quantization", (asked, got)),
            ("arithmetic", (got, ours)),
        )
    ]
    return Validation(
        circuit.name,
        circuit.dt_s,
        len(inputs),
        described,
        circuit.accept,
        comparisons[0],
        comparisons[1],
        comparisons[2],
        tuple(failures(comparisons[0], circuit.accept)),
        asked,
        got,
        ours,
    )


def failures(total: Comparison, accept: Accept) -> Iterator[str]:
    """A sentence for everything in `total` that is beyond the limits."""
    for p in total.populations:
        yield from _population_failures(p, accept)
    for o in total.outputs:
        if accept.output_error is not None and o.mean > accept.output_error:
            yield f"actuator '{o.actuator}': off by {o.mean:.1%}, the limit is {accept.output_error:.1%}"


def _population_failures(p: PopulationDifference, accept: Accept) -> Iterator[str]:
    of = f"population '{p.population}'"
    apart = abs(p.spikes[1] - p.spikes[0])
    if accept.rate_error is not None and apart > max(accept.rate_error * p.spikes[0], _ALWAYS_ACCEPTED):
        yield (
            f"{of}: {p.spikes[1]:,} spikes instead of {p.spikes[0]:,} ({p.rate_error:+.1%}), "
            f"the limit is {accept.rate_error:.1%}"
        )
    if accept.coincidence is not None and p.spikes[0] and p.coincidence < accept.coincidence:
        yield f"{of}: coincidence factor {p.coincidence:.2f}, the limit is {accept.coincidence:.2f}"
    if accept.potential_error is not None and p.potential_error > accept.potential_error:
        yield f"{of}: v is off by {p.potential_error:.1%}, the limit is {accept.potential_error:.1%}"


def _kept(program: Program, ticks: int) -> tuple[str, ...]:
    """Populations whose potentials are compared: those that have any, as far as memory allows."""
    kept, values = [], 0
    for p in program.populations:
        values += p.size * ticks
        if not p.neuron.graded or p.neuron.model == layout.MODEL_TERNARY_LIF:
            if values > _POTENTIALS_MOST:
                break
            kept.append(p.name)
    return tuple(kept)


def _float_run(network: FloatNetwork, run: FloatRun) -> Observed:
    sizes = {p.name: (network.first(p.name), p.size) for p in network.populations}
    outputs = {a.name: run.outputs[:, i] for i, a in enumerate(network.actuators)}
    return Observed(network.dt_s, _rasters(run, sizes), run.potentials, outputs)


def _integer_run(program: Program, integer: IntegerCircuit, run: Run) -> Observed:
    sizes = {p.name: (p.first, p.size) for p in program.populations}
    units_v = {p.name: p.volts_per_unit for p in integer.populations}
    potentials = {name: v.astype(np.float64) * units_v[name] for name, v in run.potentials.items()}
    outputs = {a.name: run.outputs[:, i].astype(np.float64) for i, a in enumerate(program.actuators)}
    return Observed(program.dt_us * 1e-6, _rasters(run, sizes), potentials, outputs)


def _rasters(run: FloatRun | Run, sizes: dict[str, tuple[int, int]]) -> dict[str, NDArray[np.bool_]]:
    rasters = {}
    for name, (first, size) in sizes.items():
        mine = (run.spike_neurons >= first) & (run.spike_neurons < first + size)
        raster = np.zeros((run.ticks, size), np.bool_)
        raster[run.spike_ticks[mine], run.spike_neurons[mine] - first] = True
        rasters[name] = raster
    return rasters


def _scale_v(neuron: neurons.Neuron, potentials: NDArray[np.float64] | None) -> float:
    """What errors of v are a share of: the threshold, or how far v went."""
    if isinstance(neuron, neurons.Izhikevich):
        return neuron.peak_v - neuron.reset_v
    threshold = float(getattr(neuron, "threshold_v", 0.0))
    reached = 0.0 if potentials is None else float(np.abs(potentials).max(initial=0.0))
    return threshold or reached or 1.0


def _full_scale(decoder: int) -> float:
    """The full scale of an actuator's values; 0 where they name a neuron."""
    return 0.0 if decoder in (layout.DECODE_WINNER, layout.DECODE_STRONGEST) else float(arith.SENSOR_MAX)
