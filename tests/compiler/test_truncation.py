"""What truncation takes and what gives it back, held against sums of the asked exponentials."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import arith
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record
from mycoflux.circuit import LIF, Circuit, ConstantCurrent, Spike
from mycoflux.compiler import truncation
from mycoflux.compiler.pipeline import Build, compile_circuit

TICKS = 4000


@given(units=st.lists(st.integers(1, 1 << 20), min_size=1, max_size=5), decay=st.integers(20, 4096))
def test_the_charge_of_a_lone_spike_is_that_of_the_integers(units: list[int], decay: int) -> None:
    charge, ticks = truncation.alone(np.array(units, np.float64), decay)
    for i, x in enumerate(units):
        total = lasted = 0
        while x:
            total, lasted, x = total + x, lasted + 1, arith.decay(x, decay)
        assert (charge[i], ticks[i]) == (total, lasted)


@settings(max_examples=50, deadline=None)
@given(units=st.integers(64, 1 << 18), decay=st.integers(20, 4000), rate=st.floats(0.0, 10.0))
def test_truncation_makes_a_decay_faster_and_less_so_where_spikes_overlap(
    units: int, decay: int, rate: float
) -> None:
    one = np.array([float(units)]), np.ones(1)
    alone = truncation.effective(truncation.Arrivals(*one, 0.0), decay)
    shared = truncation.effective(truncation.Arrivals(*one, rate), decay)
    assert decay - 1e-9 <= shared <= alone + 1e-9


def weak(tau_syn_s: float, silent: float, tau_m_s: float = 0.020) -> Build:
    """A weak spike into a population whose scale a strong input, which never comes, makes coarse."""
    circuit = Circuit("weak")
    spike = circuit.sensor("spike", Spike(), expected_rate_hz=0.01)
    never = circuit.sensor("never", Spike(), expected_rate_hz=0.0)
    cell = circuit.population("cell", 1, LIF(tau_m_s=tau_m_s, tau_syn_s=tau_syn_s, threshold_v=0.02))
    circuit.connect(spike, cell, weight_v=0.001)
    circuit.connect(never, cell, weight_v=0.001 * silent)
    return compile_circuit(circuit)


@pytest.mark.parametrize("tau_syn_s", [0.0053, 0.020, 0.0503])
@pytest.mark.parametrize("silent", [20, 100])
def test_a_weak_spike_brings_the_charge_that_was_asked(tau_syn_s: float, silent: float) -> None:
    """The integral of v is weight * tau_syn: that of u, which a leak of 1 / tau_m hands on."""
    build = weak(tau_syn_s, silent)
    readings = np.zeros((TICKS, 2), np.int64)
    readings[0, 0] = 1
    run = FastReference(build.program).run(readings, Record(potentials=("cell",)))
    got = float(run.potentials["cell"].sum()) / build.scales.units["cell"] * 0.001
    # What is left is that `a` is whole.
    assert got == pytest.approx(0.001 * tau_syn_s, rel=0.03)


def test_a_decay_that_was_asked_as_an_integer_is_kept() -> None:
    """Circuits from Loihi mean their integers: 4096 * (1 - exp(-dt / tau)) = 81 is du = 80."""
    whole = -0.001 / math.log(1 - 81 / 4096)
    build = weak(whole, 100)
    assert build.program.populations[0].neuron.du == 80
    assert all(not e.note for e in build.quantization.entries if e.parameter == "tau_syn_s")
    assert weak(whole * 1.001, 100).program.populations[0].neuron.du < 80


def test_what_is_left_of_a_time_constant_is_told() -> None:
    """Where a current is too weak to be mended, `got` is what its charge is worth."""
    build = weak(-0.001 / math.log(1 - 41 / 4096), 1000)
    entry = next(e for e in build.quantization.entries if e.parameter == "tau_syn_s")
    assert entry.got < 0.9 * entry.asked
    assert any(w.kind == "time constant" and "tau_syn_s" in w.what for w in build.quantization.warnings)


def test_a_receptor_of_constant_currents_keeps_the_nearest_decay() -> None:
    circuit = Circuit("steady")
    cell = circuit.population("cell", 1, LIF(tau_syn_s=0.05))
    circuit.connect(circuit.sensor("hand", ConstantCurrent()), cell, weight_v=0.01)
    circuit.connect(circuit.sensor("spike", Spike()), cell, weight_v=0.00001)
    decay = compile_circuit(circuit).program.populations[0].neuron.du + 1
    assert decay == round(4096 * (1 - math.exp(-1 / 50)))
