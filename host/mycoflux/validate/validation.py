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

from myco import layout
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
from mycoflux.program.types import Actuator, Program
from mycoflux.validate.comparison import Comparison, Observed, PopulationDifference, compare

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
    not_compared: tuple[str, ...]  # populations whose potentials were too many
    failures: tuple[str, ...]
    asked: Observed
    got: Observed
    program: Observed

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Total first, then its two parts."""
        return self.total, self.quantization, self.arithmetic


def validate(circuit: Circuit, inputs: NDArray[np.int64], described: str = "given") -> Validation:
    """Run `circuit` three ways and compare.

    Args:
        circuit: any that compiles.
        inputs: readings, (ticks, channels); `stimulus` makes some where there are none.
        described: where the inputs come from, for the report.

    Raises:
        CircuitError, QuantizeError, BoundError, ImageError: it does not compile.
        InvalidInput: `inputs` has another number of channels.
    """
    compile_circuit(circuit)  # what it refuses is refused here
    flat = resolve(circuit)
    integer, _ = quantize(flat)
    program = emit(integer)
    names, left = _kept(program, len(inputs))
    codegen = "numpy" if program.synapses < _LARGE else "auto"
    network, dequantized = float_network(circuit), dequantize(flat, integer)
    asked = _float_run(network, Brian2Backend(network, codegen).run(inputs, names))
    got = _float_run(dequantized, Brian2Backend(dequantized, codegen).run(inputs, names))
    run = FastReference(program).run(inputs, Record(potentials=names))
    ours = _integer_run(program, integer, run)
    scales_v = {p.name: _scale_v(p.neuron, asked.potentials.get(p.name)) for p in network.populations}
    full_scales = {a.name: _full_scale(a) for a in program.actuators}
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
        left,
        tuple(failures(comparisons[0], circuit.accept, left)),
        asked,
        got,
        ours,
    )


def failures(total: Comparison, accept: Accept, not_compared: tuple[str, ...] = ()) -> Iterator[str]:
    """A sentence for everything in `total` that is beyond the limits, or could not be held against them."""
    for p in total.populations:
        yield from _population_failures(p, accept)
        if p.population in not_compared and accept.potential_error is not None:
            yield f"population '{p.population}': too many values of v to compare; take less time"
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


def _kept(program: Program, ticks: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Populations whose potentials are compared, as far as memory allows, and those for which it does not."""
    kept, left, values = [], [], 0
    for p in program.populations:
        if p.neuron.graded and p.neuron.model != layout.MODEL_TERNARY_LIF:
            continue  # they have none
        if values + p.size * ticks > _POTENTIALS_MOST:
            left.append(p.name)
        else:
            values += p.size * ticks
            kept.append(p.name)
    return tuple(kept), tuple(left)


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


def _full_scale(actuator: Actuator) -> float:
    """The full scale of an actuator's values; 0 where they name a neuron."""
    names_one = actuator.decoder in (layout.DECODE_WINNER, layout.DECODE_STRONGEST)
    return 0.0 if names_one else float(actuator.ceiling)
