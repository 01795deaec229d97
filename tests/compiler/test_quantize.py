from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco_hal.encoders import rate_step
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.backends.run import Record
from mycoflux.circuit import (
    LIF,
    Circuit,
    ConstantCurrent,
    Graded,
    LeakyCount,
    LeakyIntegrator,
    Rate,
    RateToPwm,
    TernaryLIF,
    WinnerTakeAll,
)
from mycoflux.compiler.bound import bound
from mycoflux.compiler.current import settled
from mycoflux.compiler.integer import IntegerSensor
from mycoflux.compiler.intervals import least_interval
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import BoundError, MycofluxError, QuantizeError


def one_neuron(neuron: LIF, weights: list[float] | float = 0.002, dt_s: float = 0.001) -> Circuit:
    circuit = Circuit("one", dt_s=dt_s)
    source = circuit.sensor("in", Rate(1 / dt_s), channels=len(weights) if isinstance(weights, list) else 1)
    target = circuit.population("out", 1, neuron)
    circuit.connect(source, target, weight_v=weights)
    return circuit


@settings(max_examples=100, deadline=None)
@given(
    tau_m=st.floats(0.003, 0.2),
    tau_syn=st.one_of(st.just(0.0), st.floats(0.002, 0.1)),
    threshold=st.floats(1e-3, 10.0),
    relative_weight=st.floats(0.01, 0.5),
    bias=st.floats(-0.9, 0.9),
)
def test_one_tick_factors_reproduce_the_differential_equations(
    tau_m: float, tau_syn: float, threshold: float, relative_weight: float, bias: float
) -> None:
    """A single input spike and a bias: v in integers stays close to the closed-form solution."""
    weight = relative_weight * threshold
    neuron = LIF(tau_m_s=tau_m, tau_syn_s=tau_syn, threshold_v=threshold, bias_v=bias * threshold * 0.5)
    build = compile_circuit(one_neuron(neuron, weight))
    reference = PlainReference(build.program)
    volts = quantize(resolve(one_neuron(neuron, weight)))[0].populations[0].volts_per_unit
    dt = 0.001
    for tick in range(60):
        result = reference.step([4095 if tick == 0 else 0])
        assert result.spikes == ()
        t = (tick + 1) * dt
        v = neuron.bias_v * (1 - math.exp(-t / tau_m))
        # The spike of tick 0 acts from the beginning of tick 1 on.
        v += weight * _response(t - dt, tau_m, tau_syn, dt)
        error = abs(reference.state()[1][0] * volts - v) / threshold
        assert error < 0.02, f"tick {tick}: {error:.3f} of the threshold"


def _response(t: float, tau_m: float, tau_syn: float, dt: float) -> float:
    if t < dt / 2:
        return 0.0
    if tau_syn == 0:
        return math.exp(-(t - dt) / tau_m)
    if math.isclose(tau_m, tau_syn, rel_tol=1e-6):
        return t / tau_m * math.exp(-t / tau_m)
    return tau_syn / (tau_syn - tau_m) * (math.exp(-t / tau_syn) - math.exp(-t / tau_m))


def test_a_constant_current_settles_like_a_bias() -> None:
    circuit = Circuit("c")
    sensor = circuit.sensor("light", ConstantCurrent())
    out = circuit.population("out", 1, LIF(threshold_v=1.0))
    circuit.connect(sensor, out, weight_v=0.8)
    build = compile_circuit(circuit)
    volts = quantize(resolve(circuit))[0].populations[0].volts_per_unit
    reference = PlainReference(build.program)
    for reading, expected in ((4095, 0.8), (2048, 0.4), (0, 0.0)):
        for _ in range(300):
            reference.step([reading])
        assert reference.state()[1][0] * volts == pytest.approx(expected, abs=0.01)


def test_what_lasts_settles_where_it_was_asked_to_though_the_decays_are_rounded() -> None:
    """At 0.1 ms 20 ms is a decay of 20.4 / 4096, got as 20: 2 % that must not reach the potential."""
    circuit = Circuit("c")
    circuit.dt_s = 0.0001
    sensor = circuit.sensor("light", ConstantCurrent())
    out = circuit.population("out", 1, LIF(tau_syn_s=0.0, threshold_v=1.0, bias_v=0.5))
    circuit.connect(sensor, out, weight_v=0.3)
    program = compile_circuit(circuit).program
    volts = quantize(resolve(circuit))[0].populations[0].volts_per_unit
    reference = PlainReference(program)
    for reading, expected in ((0, 0.5), (4095, 0.8)):
        for _ in range(3000):
            reference.step([reading])
        # Weights and biases have 8 and 12 bits; what truncation loses is far below that.
        assert reference.state()[1][0] * volts == pytest.approx(expected, rel=0.003)


def test_a_level_decoder_gives_full_duty_at_full_rate() -> None:
    circuit = Circuit("c")
    sensor = circuit.sensor("in", Rate(500.0))
    out = circuit.population("out", 3, LIF(tau_syn_s=0.0, threshold_v=1.0))
    circuit.connect(sensor, out, weight_v=2.0)
    circuit.actuator("half", out, RateToPwm(500.0))
    circuit.actuator("over", out, RateToPwm(100.0))
    circuit.actuator("count", out, LeakyCount(0.1))
    circuit.actuator("winner", out, WinnerTakeAll())
    reference = PlainReference(compile_circuit(circuit).program)
    outputs = [reference.step([2048]).outputs for _ in range(1000)][200:]
    half, over, count, winner = (np.mean(column) for column in zip(*outputs, strict=True))
    assert half == pytest.approx(4095 / 2, rel=0.02)
    assert over == 4095
    # 250 spikes a second of 3 neurons, each remembered for 0.1 s on average, in 1/256
    assert count == pytest.approx(250 * 3 * 0.1 * 256, rel=0.02)
    assert winner == 0


def test_the_report_says_what_was_asked_and_what_was_got() -> None:
    build = compile_circuit(one_neuron(LIF(bias_v=0.001), [0.002, -0.003, 1e-9]))
    entries = {(e.part, e.parameter, e.note): e for e in build.quantization.entries}
    kinds = {(part, parameter) for part, parameter, _ in entries}
    assert {("out", "tau_m_s"), ("out", "tau_syn_s"), ("out", "threshold_v"), ("out", "bias_v")} <= kinds
    assert any(note == "1 of 2 weights became 0" for _, _, note in entries)
    tau = next(e for e in build.quantization.entries if e.parameter == "tau_m_s")
    assert tau.asked == 0.020 and tau.got == pytest.approx(0.020, rel=0.01) and tau.got != tau.asked


def test_all_zero_weights_make_no_table() -> None:
    assert compile_circuit(one_neuron(LIF(), 0.0)).program.projections == ()


@settings(max_examples=60, deadline=None)
@given(
    weights=st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=40),
    tau_syn=st.one_of(st.just(0.0), st.floats(0.0005, 0.1)),
    threshold=st.floats(0.01, 1.0),
)
def test_what_bound_proves_holds_under_the_worst_drive(
    weights: list[float], tau_syn: float, threshold: float
) -> None:
    try:
        build = compile_circuit(one_neuron(LIF(tau_syn_s=tau_syn, threshold_v=threshold), weights))
    except (QuantizeError, BoundError):
        return
    limits = build.bounds[0]
    for sign in (1, -1):
        reference = PlainReference(build.program)
        for _ in range(200):
            reference.step([4095 if w * sign > 0 else 0 for w in weights])
            u, v = reference.state()
            assert limits.u[0][0] <= u[0] <= limits.u[0][1]
            assert limits.v[0] <= v[0] <= limits.v[1]


@settings(max_examples=60, deadline=None)
@given(
    refractory=st.integers(0, 40),
    tau_syn=st.floats(0.002, 0.2),
    rate_hz=st.floats(5.0, 1000.0),
    weights=st.lists(st.floats(-1.0, 1.0).filter(lambda w: abs(w) > 0.01), min_size=1, max_size=6),
)
def test_bounds_hold_for_sources_that_spike_as_often_as_they_can(
    refractory: int, tau_syn: float, rate_hz: float, weights: list[float]
) -> None:
    """A neuron's refractory period and an encoder's rate give u less to sum up; never too little."""
    circuit = Circuit("worst")
    rate = circuit.sensor("rate", Rate(rate_hz))
    fast = circuit.population("fast", len(weights), LIF(refractory_s=refractory / 1000, bias_v=1.0))
    out = circuit.population("out", 1, LIF(tau_syn_s=tau_syn, threshold_v=0.5))
    circuit.connect(rate, out, weight_v=weights[0])
    circuit.connect(fast, out, weight_v=weights)
    try:
        build = compile_circuit(circuit)
    except (QuantizeError, BoundError):
        return
    low, high = build.bounds[1].u[0]
    reference = FastReference(build.program)
    u = reference.run(np.full((600, 1), 4095), Record(currents=("out",))).currents["out"]
    assert low <= u.min() and u.max() <= high
    if all(w > 0 for w in weights) and refractory:
        assert u.max() > 0.3 * high, "not far from what is reached"


def test_a_refractory_period_buys_resolution() -> None:
    """A slow current of many neurons limits the scale; held for 5 ms, they are fewer in its memory."""

    def threshold_steps(refractory_s: float) -> int:
        circuit = Circuit("dense", dt_s=0.0001)
        neuron = LIF(refractory_s=refractory_s, tau_syn_s=0.010)
        cells = circuit.population("cells", 100, neuron)
        circuit.connect(cells, cells, weight_v=0.002)
        return compile_circuit(circuit).program.populations[0].neuron.vth

    assert threshold_steps(0.005) > 4 * threshold_steps(0.0)


@given(drive=st.integers(0, 1 << 23), decay=st.integers(1, 4096))
def test_settled_is_an_invariant_bound(drive: int, decay: int) -> None:
    from myco import arith

    x = settled(drive, decay)
    assert arith.decay(x, decay) + drive <= x if x < 1 << 30 else True


def test_bound_names_the_population_and_by_how_much() -> None:
    from dataclasses import replace

    integer, _ = quantize(resolve(one_neuron(LIF(), 0.5)))
    too_strong = replace(integer, projections=(replace(integer.projections[0], shift=20),))
    with pytest.raises(
        BoundError, match=r"population 'out': all its excitation .* through 'in>out'"
    ) as error:
        bound(too_strong)
    assert "test_quantize.py:" in error.value.where


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: one_neuron(LIF(tau_m_s=60.0)), "tau_m_s = 60 s is too long for a tick of 0.001 s"),
        (lambda: one_neuron(LIF(tau_syn_s=60.0)), "tau_syn_s = 60 s is too long"),
        (lambda: one_neuron(LIF(tau_syn_s=0.00005)), "tau_syn_s = 5e-05 s is too short"),
        (lambda: one_neuron(LIF(tau_m_s=0.00005)), "tau_m_s = 5e-05 s is too short"),
        (lambda: one_neuron(LIF(threshold_v=1e-7), 5.0), "so much stronger than its threshold"),
        (lambda: one_neuron(LIF(), dt_s=0.0000001), "dt_s is 1e-07"),
        (lambda: _with_sensor(Rate(2000.0)), "max_rate_hz = 2000 is more than one spike a tick"),
        (lambda: _with_actuator(LeakyCount(60.0)), "tau_s = 60 s is too long"),
        (lambda: _with_actuator(RateToPwm(1e-6, 0.0001)), "full_rate_hz = 1e-06 cannot be scaled"),
        (lambda: _with_actuator(RateToPwm(1e9)), "full_rate_hz = 1e+09 is more than one a tick"),
    ],
)
def test_what_has_no_integer_is_refused(make, says: str) -> None:
    with pytest.raises(MycofluxError) as refused:
        compile_circuit(make())
    assert says in str(refused.value)
    assert refused.value.exit_code == 2
    assert refused.value.remedy


def _with_sensor(encoder: Rate) -> Circuit:
    circuit = one_neuron(LIF())
    circuit.sensor("more", encoder)
    return circuit


def _with_actuator(decoder: RateToPwm | LeakyCount) -> Circuit:
    circuit = one_neuron(LIF())
    circuit.actuator("act", "out", decoder)
    return circuit


def test_what_a_constant_current_loses_is_in_the_report() -> None:
    circuit = Circuit("weak")
    light = circuit.sensor("light", ConstantCurrent())
    readout = circuit.population("readout", 1, LeakyIntegrator(tau_m_s=math.inf, range_v=10.0))
    circuit.connect(light, readout, weight_v=3.0)
    build = compile_circuit(circuit)
    at_quarter = next(e for e in build.quantization.entries if "whole units" in e.note)
    assert 0.001 < at_quarter.error < 0.5
    run = FastReference(build.program).run(np.full((1000, 1), 1021), Record(potentials=("readout",)))
    volts = quantize(resolve(circuit))[0].populations[0].volts_per_unit
    got = (run.potentials["readout"][-1, 0] - run.potentials["readout"][499, 0]) * volts / 0.5
    assert got == pytest.approx(at_quarter.got * 1021 / 4095, rel=0.02)


@pytest.mark.parametrize(
    ("between", "tau_syn_s"),
    [
        (TernaryLIF(), 0.005),
        (TernaryLIF(), 0.5),
        (Graded(), 0.005),
        (Graded(), 0.05),
        (Graded(rectified=True), 0.05),
    ],
)
def test_sources_of_both_signs_leave_room_for_both(between: TernaryLIF | Graded, tau_syn_s: float) -> None:
    """A weight of either sign meets values of either sign; the scale knows it as the bound does."""
    circuit = Circuit("both")
    source = circuit.sensor("in", Rate(300.0), 2)
    cells = circuit.population("cells", 4, between)
    out = circuit.population("out", 1, LIF(tau_syn_s=tau_syn_s))
    readout = circuit.population("readout", 1, LeakyIntegrator())
    circuit.connect(source, cells, weight_v=[0.5, 0.5, -0.5, -0.5] * 2)
    circuit.connect(cells, out, weight_v=[-0.02, 0.02, -0.02, 0.02])
    circuit.connect(cells, readout, weight_v=[-0.02, 0.02, -0.02, 0.02])
    bounds = {b.population: b for b in compile_circuit(circuit).bounds}
    assert not bounds["readout"].v_may_clip


def test_bounds_hold_where_a_restart_ends_a_refractory_period() -> None:
    """Held for 20 ticks, begun anew every 4: it spikes oftener than its refractory period alone allows."""
    circuit = Circuit("restarts")
    cells = circuit.population(
        "cells", 3, LIF(refractory_s=0.020, restart_every_s=0.004, bias_v=1.0, tau_m_s=0.002)
    )
    out = circuit.population("out", 1, LIF(tau_syn_s=0.1, threshold_v=0.5))
    circuit.connect(cells, out, weight_v=0.1)
    build = compile_circuit(circuit)
    u = FastReference(build.program).run(np.zeros((2000, 0)), Record(currents=("out",))).currents["out"]
    once_a_period = least_interval(quantize(resolve(circuit))[0].populations[0])
    assert once_a_period == 1
    assert 0 < u.max() <= build.bounds[1].u[0][1]


def test_how_often_a_rate_encoder_can_spike() -> None:
    for rate in (1, 100, 819, 1638, 2048, 3000, 4095, 4096):
        accumulator, spikes = 0, []
        for tick in range(20_000):
            after = rate_step(accumulator, 4095, rate)
            if after != accumulator + 4095 * rate:
                spikes.append(tick)
            accumulator = after
        least = least_interval(IntegerSensor("s", 1, 0, rate, ""))
        assert least <= min(np.diff(spikes), default=10**9) <= least + 1
