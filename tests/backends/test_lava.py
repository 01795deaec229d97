"""Programs on Lava: what is outside of its subset is named, and the rest runs on its own processes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mycoflux.backends.lava.backend import LavaBackend
from mycoflux.backends.lava.processes import synapse_process
from mycoflux.backends.lava.subset import outside
from mycoflux.backends.ports import Ports
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record
from mycoflux.circuit import (
    LIF,
    Circuit,
    ConstantCurrent,
    Convolution,
    ConvolutionShape,
    Explicit,
    Izhikevich,
    LeakyIntegrator,
    Potential,
    Random,
    Rate,
    Spike,
    Strongest,
    WinnerTakeAll,
)
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import InvalidInput, OutsideLoihi
from mycoflux.program.types import Program
from tests.programs import random_inputs


def same(program: Program, seed: int = 1, ticks: int = 60) -> int:
    names = tuple(p.name for p in program.populations)
    record = Record(currents=names, potentials=names)
    inputs = np.array(random_inputs(seed, program.channels, ticks)).reshape(ticks, -1)
    ours = FastReference(program).run(inputs, record)
    assert ours.same_as(LavaBackend(program).run(inputs, record))
    return len(ours.spike_ticks)


def test_everything_outside_is_listed_at_once() -> None:
    circuit = Circuit("beyond")
    circuit.population("held", 2, LIF(refractory_s=0.003))
    circuit.population("less", 2, LIF(reset="subtract"))
    circuit.population("under", 2, LIF(reset_v=-0.005))
    circuit.population("two", 2, LIF(receptors={"slow": 0.05}))
    circuit.population("quadratic", 2, Izhikevich())
    circuit.population("fine", 2, LIF())
    program = compile_circuit(circuit).program
    assert {(e.part, e.what) for e in outside(program)} == {
        ("held", "a refractory period"),
        ("less", "reset by subtraction"),
        ("under", "a reset to another value than zero"),
        ("two", "several receptors"),
        ("quadratic", "Izhikevich's quadratic neuron"),
    }
    with pytest.raises(OutsideLoihi, match="5 part") as refused:
        LavaBackend(program)
    assert refused.value.exit_code == 2 and "leave it out" in refused.value.remedy


def test_sensors_readouts_and_a_restart() -> None:
    circuit = Circuit("ports")
    rate, spike = circuit.sensor("rate", Rate(300.0), 2), circuit.sensor("spike", Spike())
    current = circuit.sensor("current", ConstantCurrent(), 2)
    cells = circuit.population(
        "cells", 5, LIF(threshold_v=0.01, restart_every_s=0.02, bias_v=[0.001] * 4 + [0.02])
    )
    readout = circuit.population("readout", 1, LeakyIntegrator(tau_m_s=0.01))
    for source in (rate, spike, current):
        circuit.connect(source, cells, weight_v=0.012, delay_s=0.003)
    circuit.connect(cells, cells, weight_v=-0.002, pattern=Random(0.5, seed=1))
    circuit.connect(cells, readout, weight_v=0.01)
    circuit.actuator("potential", readout, Potential(0.05))
    circuit.actuator("strongest", cells, Strongest())
    circuit.actuator("winner", cells, WinnerTakeAll())
    program = compile_circuit(circuit).program
    assert outside(program) == ()
    assert same(program, ticks=120) > 20


def test_a_readout_that_nothing_bounds_is_outside() -> None:
    circuit = Circuit("rising")
    circuit.population("sum", 1, LeakyIntegrator(tau_m_s=math.inf, range_v=1.0))
    assert "could reach" in outside(compile_circuit(circuit).program)[0].what


@pytest.mark.parametrize("groups", [1, 2])
def test_convolutions(groups: int) -> None:
    shape = ConvolutionShape((2, 5, 4), 4, (3, 2), stride=(2, 1), padding=(1, 0), groups=groups)
    circuit = Circuit("convolution")
    size = math.prod(shape.inputs)
    pixels = circuit.sensor("pixels", Rate(600.0), size)
    first = circuit.population("first", size, LIF(tau_syn_s=0.0, threshold_v=0.01))
    second = circuit.population("second", math.prod(shape.outputs), LIF(threshold_v=0.01))
    circuit.connect(pixels, first, weight_v=0.02, pattern=Explicit([(i, i) for i in range(size)]))
    kernel = np.random.default_rng(3).uniform(0.0001, 0.004, shape.weights_shape)
    circuit.connect(first, second, weight_v=kernel, pattern=Convolution(shape))
    program = compile_circuit(circuit).program
    q = program.projections[-1]
    process = synapse_process(q, program.populations[1].size, size, 0, graded=False)
    assert type(process).__name__ == ("Conv" if q.shift == 0 else "Sparse")
    assert same(program) > 50


def test_each_kind_of_synapse_process_is_used() -> None:
    circuit = Circuit("kinds")
    a, b = circuit.population("a", 20, LIF(bias_v=0.02)), circuit.population("b", 20, LIF())
    circuit.connect(a, b, weight_v=0.004, pattern=Random(0.1, seed=1))
    circuit.connect(a, b, weight_v=0.001)
    circuit.connect(a, b, weight_v=-0.001, delay_s=0.005)
    program = compile_circuit(circuit).program
    kinds = {type(synapse_process(q, 20, 20, 0, graded=False)).__name__ for q in program.projections}
    assert kinds == {"Sparse", "Dense", "DelayDense"}
    assert same(program) > 20


def test_ports_alone_do_what_an_executor_does() -> None:
    circuit = Circuit("alone")
    circuit.sensor("rate", Rate(333.0), 3)
    circuit.sensor("spike", Spike())
    circuit.population("p", 1, LIF())
    program = compile_circuit(circuit).program
    sent = Ports(program).encode(np.full((1000, 4), 2000))
    assert (
        sent[:, :3].sum(axis=0).tolist() == [int(2000 * program.sensors[0].rate * 1000 / (4095 * 4096))] * 3
    )
    assert sent[:, 3].all()
    with pytest.raises(InvalidInput, match="the program takes"):
        Ports(program).encode(np.zeros((3, 9)))
