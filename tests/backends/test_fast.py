"""The fast reference is the plain one, bit for bit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.fast_narrow import is_narrow
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.backends.run import Record
from mycoflux.errors import InvalidInput
from mycoflux.program.types import Program
from tests.backends.test_equal import assert_equal
from tests.equivalence import by_steps
from tests.programs import ALL_MODELS, random_inputs, random_program


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), proven=st.booleans())
def test_tick_by_tick(seed: int, proven: bool) -> None:
    program = random_program(seed, models=ALL_MODELS, proven=proven)
    inputs = random_inputs(seed, program.channels, 60)
    assert_equal(PlainReference(program), FastReference(program), inputs)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 150))
def test_whole_runs_with_traces(seed: int, size: int) -> None:
    program = random_program(seed, max_size=size, models=ALL_MODELS)
    names = tuple(p.name for p in program.populations)
    record = Record(currents=names[::2], potentials=names[::-1])
    inputs = random_inputs(seed, program.channels, 40)
    fast = FastReference(program)
    first = fast.run(np.array(inputs, np.int64).reshape(40, program.channels), record)
    assert first.same_as(by_steps(PlainReference(program), inputs, record))
    fast.reset()
    assert first.same_as(fast.run(np.array(inputs).reshape(40, program.channels), record))


def test_a_large_sparse_network_sleeps_and_wakes() -> None:
    """Silence lets blocks of neurons rest; a spike wakes those that it reaches, and no result changes."""
    from mycoflux.circuit import LIF, Circuit, Random, Rate
    from mycoflux.compiler.pipeline import compile_circuit

    circuit = Circuit("sparse")
    source = circuit.sensor("in", Rate(500.0), 5)
    layers = [circuit.population(f"l{i}", 5000, LIF(refractory_s=0.002, threshold_v=0.01)) for i in range(2)]
    circuit.connect(source, layers[0], weight_v=0.2, pattern=Random(0.002, seed=1))
    circuit.connect(*layers, weight_v=0.2, pattern=Random(0.0004, seed=2), delay_s=0.003)
    program = compile_circuit(circuit).program
    silent, active = np.zeros((1000, 5), np.int64), np.full((30, 5), 4095)
    inputs = np.concatenate((active, silent, active))
    fast = FastReference(program)
    run = fast.run(inputs)
    assert fast.neuron_updates < 0.5 * program.neurons * len(inputs)
    assert run.same_as(by_steps(PlainReference(program), inputs.tolist(), Record()))
    assert (run.spike_ticks > 1030).any()


def test_more_spikes_than_there_was_room_for() -> None:
    """All neurons spike in all ticks: the buffers of a run are grown on the way."""
    program = constant_spiking(500)
    run = FastReference(program).run(np.zeros((400, 0), np.int64))
    assert len(run.spike_ticks) == 500 * 400
    assert (run.spike_ticks == np.repeat(np.arange(400), 500)).all()


def constant_spiking(size: int) -> Program:
    from mycoflux.circuit import LIF, Circuit
    from mycoflux.compiler.pipeline import compile_circuit

    circuit = Circuit("always")
    circuit.population("all", size, LIF(tau_m_s=0.0013, bias_v=1.0, threshold_v=0.1))
    return compile_circuit(circuit).program


def test_wrong_inputs_are_refused() -> None:
    program = random_program(3)
    fast = FastReference(program)
    with pytest.raises(InvalidInput, match="the program takes"):
        fast.run(np.zeros((5, program.channels + 1), np.int64))
    with pytest.raises(InvalidInput, match="no population 'nobody'"):
        fast.run(np.zeros((5, program.channels), np.int64), Record(potentials=("nobody",)))


def test_a_difference_is_a_difference() -> None:
    """`same_as` can fail: one bit of one trace is enough."""
    program = random_program(5, models=ALL_MODELS)
    name = program.populations[0].name
    run = FastReference(program).run(np.zeros((20, program.channels), np.int64), Record(potentials=(name,)))
    other = dataclasses.replace(run, potentials={name: run.potentials[name] ^ np.eye(20, 1, dtype=np.int32)})
    assert run.same_as(run) and not run.same_as(other)


def test_random_programs_have_narrow_and_wide_populations() -> None:
    """The equality tests above see LIF in 32 bits and in float64."""
    found = set()
    for program in map(_any, range(200)):
        for i, population in enumerate(program.populations):
            found.add((type(population.neuron).__name__, is_narrow(program, i)))
    assert {("Lif", True), ("Lif", False), ("GeneralLif", True), ("GeneralLif", False)} <= found


def _any(seed: int) -> Program:
    return random_program(seed, models=ALL_MODELS, proven=seed % 2 == 0)


def test_threads_change_no_bit() -> None:
    """Populations of several blocks, asleep and awake, with receptors, held and restarted."""
    from mycoflux.circuit import LIF, Circuit, Random, Rate
    from mycoflux.compiler.pipeline import compile_circuit

    circuit = Circuit("threads")
    source = circuit.sensor("in", Rate(500.0), 5)
    quick = LIF(refractory_s=0.002, threshold_v=0.01, receptors={"slow": 0.02})
    layers = [
        circuit.population("held", 5000, quick),
        circuit.population("again", 4500, LIF(restart_every_s=0.02, threshold_v=0.01)),
        circuit.population("biased", 3000, LIF(bias_v=0.02)),
    ]
    circuit.connect(source, layers[0], weight_v=0.2, pattern=Random(0.01, seed=1))
    circuit.connect(layers[0], layers[1], weight_v=0.2, pattern=Random(0.0004, seed=2), delay_s=0.003)
    circuit.connect(layers[2], layers[0], weight_v=-0.02, pattern=Random(0.0004, seed=3), receptor="slow")
    program = compile_circuit(circuit).program
    assert all(is_narrow(program, i) for i in range(3))
    inputs = np.array(random_inputs(7, 5, 300)).reshape(300, 5)
    record = Record(currents=("held",), potentials=("held", "again", "biased"))
    one, two = FastReference(program), FastReference(program, threads=2)
    run = one.run(inputs, record)
    assert run.same_as(two.run(inputs, record)) and len(run.spike_ticks) > 1000
    assert (one.neuron_updates, one.synaptic_events) == (two.neuron_updates, two.synaptic_events)


def test_more_threads_than_there_are_are_refused() -> None:
    with pytest.raises(InvalidInput, match="1000 threads were asked for"):
        FastReference(random_program(3), threads=1000)
    with pytest.raises(InvalidInput, match="0 threads"):
        FastReference(random_program(3), threads=0)
