"""The float reference: right by closed forms, and aligned with the integers tick for tick, model by model."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mycoflux.backends.brian2.backend import Brian2Backend, FloatRun
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record, Run
from mycoflux.circuit import (
    LIF,
    AdaptiveLIF,
    Circuit,
    ConstantCurrent,
    Convolution,
    ConvolutionShape,
    Graded,
    Izhikevich,
    LeakyCount,
    LeakyIntegrator,
    OneToOne,
    Potential,
    Rate,
    RateToPwm,
    ResonateAndFire,
    Spike,
    Strongest,
    TernaryLIF,
    WinnerTakeAll,
)
from mycoflux.circuit.network import float_network
from mycoflux.circuit.neurons import Neuron
from mycoflux.compiler.dequantize import dequantize
from mycoflux.compiler.emit import emit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import CircuitError, InvalidInput

TICKS = 300
NEVER = math.inf
Spikes = set[tuple[int, int]]

# Model, weight of its inputs, weight of what it sends.
MODELS = {
    "plain": (LIF(), 0.01, 0.013),
    "delta": (LIF(tau_syn_s=0.0), 0.01, 0.013),
    "refractory": (LIF(refractory_s=0.004), 0.01, 0.013),
    "refractory delta": (LIF(tau_syn_s=0.0, refractory_s=0.003), 0.01, 0.013),
    "subtracts": (LIF(reset="subtract", refractory_s=0.002), 0.01, 0.013),
    "resets below": (LIF(reset_v=-0.004), 0.01, 0.013),
    "restarts": (LIF(restart_every_s=0.05, bias_v=0.012), 0.01, 0.013),
    "no leak": (LIF(tau_m_s=NEVER, refractory_s=0.002), 0.004, 0.013),
    "no leak, delta": (LIF(tau_m_s=NEVER, tau_syn_s=0.0), 0.004, 0.013),
    "equal time constants": (LIF(tau_m_s=0.01, tau_syn_s=0.01), 0.01, 0.013),
    "biases": (LIF(bias_v=[0.001, 0.004, 0.012]), 0.01, 0.013),
    "integrator": (LeakyIntegrator(), 0.01, 0.013),
    "adaptive": (AdaptiveLIF(), 0.01, 0.013),
    "ternary": (TernaryLIF(bias_v=-0.002), 0.02, 0.013),
    "resonator": (ResonateAndFire(), 0.01, 0.013),
    "resonator with reset": (ResonateAndFire(resets=True), 0.01, 0.013),
    "Izhikevich": (Izhikevich(), 4.0, 0.013),
    "graded": (Graded(threshold_v=0.005), 0.01, 1.0),
    "rectified": (Graded(threshold_v=0.005, rectified=True), 0.01, 1.0),
}


def two_stages(neuron: Neuron, weight: float, onward: float) -> Circuit:
    """Spikes and rates into three neurons of the model, which drive three delta LIF through two delays."""
    circuit = Circuit("two stages")
    pulses, rate = circuit.sensor("pulses", Spike(), 2), circuit.sensor("rate", Rate(300.0))
    cells = circuit.population("cells", 3, neuron)
    out = circuit.population("out", 3, LIF(tau_syn_s=0.0, threshold_v=0.012))
    circuit.connect(pulses, cells, weight_v=[weight] * 3 + [weight / 2] * 3)
    circuit.connect(rate, cells, weight_v=weight, delay_s=0.003)
    circuit.connect(cells, out, weight_v=onward, delay_s=0.002)
    circuit.connect(cells, out, weight_v=-onward / 6, delay_s=0.004, pattern=OneToOne())
    return circuit


def stimulus(channels: int, ticks: int = TICKS, seed: int = 0) -> np.ndarray:
    """Random pulses in the first two channels, steps of any height in the others."""
    rng = np.random.default_rng(seed)
    steps = np.repeat(rng.integers(0, 4096, (ticks // 30, channels)), 30, axis=0)
    steps[:, :2] = rng.random((ticks, 2)) < 0.1
    return steps


def three_runs(
    circuit: Circuit, inputs: np.ndarray, names: tuple[str, ...]
) -> tuple[FloatRun, FloatRun, Run]:
    flat = resolve(circuit)
    integer, _ = quantize(flat)
    asked = Brian2Backend(float_network(circuit)).run(inputs, names)
    got = Brian2Backend(dequantize(flat, integer)).run(inputs, names)
    return asked, got, FastReference(emit(integer)).run(inputs, Record(potentials=names))


def spikes_of(run: FloatRun | Run) -> Spikes:
    return {*zip(run.spike_ticks.tolist(), run.spike_neurons.tolist(), strict=True)}


def apart(run: FloatRun, ours: Spikes) -> int:
    """How many spikes of a float run are more than a tick away from any of `ours`."""
    return len(spikes_of(run) - {(tick + late, neuron) for tick, neuron in ours for late in (-1, 0, 1)})


@pytest.mark.parametrize("name", MODELS)
def test_every_model_spikes_in_the_same_ticks_in_floats_and_in_integers(name: str) -> None:
    circuit = two_stages(*MODELS[name])
    asked, got, integers = three_runs(circuit, stimulus(3), ("cells",))
    ours = spikes_of(integers)
    assert spikes_of(got) == ours, "what the integers stand for, in floats"
    assert apart(asked, ours) <= 0.1 * len(ours), "the author's own numbers"
    assert abs(len(asked.spike_ticks) - len(ours)) <= 0.1 * len(ours)
    assert len(ours) >= 20 or name == "integrator"


@pytest.mark.parametrize("name", [n for n in MODELS if n not in ("graded", "rectified")])
def test_potentials_agree_to_what_rounding_allows(name: str) -> None:
    circuit = two_stages(*MODELS[name])
    _, got, integers = three_runs(circuit, stimulus(3), ("cells",))
    unit_v = quantize(resolve(circuit))[0].populations[0].volts_per_unit
    scale = np.abs(got.potentials["cells"]).max()
    error = np.abs(integers.potentials["cells"] * unit_v - got.potentials["cells"])
    # Izhikevich's v is the steepest; it moves by 100 mV within a tick of its peak.
    assert error.max() < (0.02 if name == "Izhikevich" else 0.002) * scale
    assert scale > 0


def test_a_single_spike_gives_the_textbook_potential() -> None:
    """Rotter and Diesmann (1999): the response of v to an exponential current, in closed form."""
    tau_m, tau_s, weight = 0.02, 0.005, 0.01
    circuit = Circuit("response")
    source = circuit.sensor("in", Spike())
    circuit.population("out", 1, LIF(tau_m_s=tau_m, tau_syn_s=tau_s, threshold_v=1.0))
    circuit.connect(source, "out", weight_v=weight, delay_s=0.004)
    inputs = np.zeros((60, 1))
    inputs[5] = 1
    v = Brian2Backend(float_network(circuit)).run(inputs, ("out",)).potentials["out"][:, 0]
    t = np.maximum(np.arange(60) - 5 - 4 + 1, 0) * 0.001  # sent in tick 5, acts from the start of tick 9 on
    expected = weight * tau_s / (tau_s - tau_m) * (np.exp(-t / tau_s) - np.exp(-t / tau_m))
    np.testing.assert_allclose(v, expected, atol=1e-15)


@pytest.mark.parametrize(
    ("neuron", "weight", "expected"),
    [
        (LIF(threshold_v=1.0), 0.8, 0.4),
        (LIF(threshold_v=1.0, tau_syn_s=0.0), 0.8, 0.4),
        (LIF(threshold_v=9.0, tau_m_s=NEVER), 0.8, 0.4 * (0.6 - 0.005)),  # volts a second, less the lag
        (LIF(threshold_v=9.0, tau_m_s=NEVER, tau_syn_s=0.0), 0.8, 0.4 * 0.6),
        (LeakyIntegrator(bias_v=0.1), -0.8, -0.3),
    ],
)
def test_a_constant_current_settles_where_it_should(neuron: LIF, weight: float, expected: float) -> None:
    circuit = Circuit("current")
    light = circuit.sensor("light", ConstantCurrent())
    circuit.population("out", 1, neuron)
    circuit.connect(light, "out", weight_v=weight)
    inputs = np.full((601, 1), 4095 / 2)
    v = Brian2Backend(float_network(circuit)).run(inputs, ("out",)).potentials["out"][-1, 0]
    assert v == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("light_v", [0.0, 0.002])
def test_receptors_convolutions_and_currents(light_v: float) -> None:
    shape = ConvolutionShape((1, 4, 4), 2, (3, 3), padding=(1, 1))
    circuit = Circuit("parts")
    pixels = circuit.sensor("pixels", Spike(), 16)
    light = circuit.sensor("light", ConstantCurrent(), 2)
    cells = circuit.population("cells", 32, LIF(receptors={"slow": 0.03}))
    kernel = np.random.default_rng(1).normal(0.003, 0.003, shape.weights_shape)
    circuit.connect(pixels, cells, weight_v=kernel, pattern=Convolution(shape))
    circuit.connect(light, cells, weight_v=light_v, receptor="slow", delay_s=0.005)
    circuit.connect(cells, cells, weight_v=-0.0005, receptor="slow", pattern=OneToOne())
    rng = np.random.default_rng(2)
    inputs = np.hstack((rng.random((200, 16)) < 0.25, np.full((200, 2), 4000)))
    asked, got, integers = three_runs(circuit, inputs, ())
    ours = spikes_of(integers)
    assert len(ours) > 200
    if not light_v:
        assert spikes_of(got) == ours
    for run in (asked, got):
        assert abs(len(run.spike_ticks) - len(ours)) < 0.03 * len(ours)
        # In a program a current acts half a tick early, and what is near its threshold then moves by more.
        assert apart(run, ours) < (0.15 if light_v else 0.08) * len(ours)


def test_decoders_read_what_the_programs_read() -> None:
    circuit = Circuit("decoders")
    pulses = circuit.sensor("pulses", Spike(), 2)
    cells = circuit.population("cells", 4, LIF(tau_syn_s=0.0))
    readout = circuit.population("readout", 1, LeakyIntegrator())
    circuit.connect(pulses, cells, weight_v=[0.02, 0.012, 0.009, 0.016, 0.01, 0.017, 0.011, 0.008])
    circuit.connect(cells, readout, weight_v=0.01)
    circuit.actuator("pwm", cells, RateToPwm(200.0))
    circuit.actuator("count", cells, LeakyCount())
    circuit.actuator("winner", cells, WinnerTakeAll())
    circuit.actuator("strongest", cells, Strongest())
    circuit.actuator("potential", readout, Potential(0.05))
    _, got, integers = three_runs(circuit, stimulus(2), ())
    assert spikes_of(got) == spikes_of(integers)
    off = np.abs(got.outputs - integers.outputs).max(axis=0)
    # 12 bits of a trace's decay, over its memory; indices are the same
    assert off[0] < 0.01 * 4095 and off[1] < 0.01 * integers.outputs[:, 1].max() and off[4] < 0.01 * 4095
    assert off[2] == 0 and np.mean(got.outputs[:, 3] == integers.outputs[:, 3]) > 0.98
    assert integers.outputs.any(axis=0).all()


def test_wrong_inputs_and_unknown_names() -> None:
    circuit = two_stages(LIF(), 0.01, 0.01)
    with pytest.raises(InvalidInput, match="the circuit takes"):
        Brian2Backend(float_network(circuit)).run(np.zeros((3, 9)))
    circuit.connect("cells", "nobody", weight_v=0.1)
    with pytest.raises(CircuitError, match="'nobody'"):
        float_network(circuit)
