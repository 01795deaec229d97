"""How many inputs at once leave a range: held against the plain reference, driven by just so many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import arith, layout, models
from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit import LIF, Accept, Circuit, LeakyCount, LeakyIntegrator, Rate, Spike
from mycoflux.cli.bounds import lines
from mycoflux.compiler.bound import Bounds, bound
from mycoflux.compiler.current import TURN, most_in_a_tick, settled, wrapped
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection, IntegerSensor
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import BoundError, QuantizeError
from mycoflux.program import neurons
from tests.programs import random_circuit, random_inputs

MODELS = ("lif", "general", "adaptive", "ternary", "resonator", "graded")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), held=st.integers(1, 40))
def test_what_is_proven_is_never_left(seed: int, held: int) -> None:
    """Random circuits, inputs that are held for a while, at random and all at full scale."""
    circuit = random_circuit(seed, max_delay=5, models=MODELS)
    limits = {b.population: b for b in bound(circuit)}
    program = emit(circuit)
    reference = PlainReference(program)
    drawn = random_inputs(seed, program.channels, 60)
    for tick in range(180):
        row = [4095] * program.channels if tick >= 120 else drawn[tick // held % len(drawn)]
        reference.step(row)
        u, v = reference.state()
        for p in program.populations:
            b = limits[p.name]
            assert b.proven
            assert all(b.u[0][0] <= x <= b.u[0][1] for x in u[p.first : p.first + p.size])
            assert all(b.v[0] <= x <= b.v[1] for x in v[p.first : p.first + p.size])


def inputs_of(circuit: IntegerCircuit, neuron: int, sign: int) -> list[int]:
    """Sensor channels by what their spikes add to a neuron's `a`, strongest first."""
    adds: dict[int, int] = {}
    for p in circuit.projections:
        if p.sign == sign:
            for source, target, weight in zip(p.sources, p.targets, p.weights, strict=True):
                if target == neuron:
                    adds[int(source)] = adds.get(int(source), 0) + (int(weight) << p.shift)
    return sorted(adds, key=lambda channel: -adds[channel])


def wraps(circuit: IntegerCircuit, neuron: int, sign: int, channels: list[int]) -> bool:
    """Whether u of a neuron wraps where these channels spike in every tick, for as long as it takes."""
    reference = PlainReference(emit(circuit))
    row = [1 if i in channels else 0 for i in range(circuit.sensors[0].size)]
    for _ in range(3000):
        reference.step(row)
        if reference.state()[0][neuron] * sign < 0:
            return True
    return False


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_k_inputs_leave_the_range_and_one_less_does_not(data: st.DataObject) -> None:
    channels, size = data.draw(st.integers(2, 12)), data.draw(st.integers(1, 3))
    sign = data.draw(st.sampled_from((1, -1)))
    tables = []
    for delay in range(data.draw(st.integers(1, 2))):  # a source may reach a neuron by two synapses
        chosen = data.draw(st.lists(st.booleans(), min_size=channels * size, max_size=channels * size))
        pairs = np.flatnonzero(chosen)
        weights = data.draw(st.lists(st.integers(1, 255), min_size=len(pairs), max_size=len(pairs)))
        shift = data.draw(st.integers(5, 7))
        ends = pairs // size, pairs % size
        tables.append(
            IntegerProjection(
                f"t{delay}", "in", "out", False, sign, shift, delay, *ends, np.array(weights, np.int64), ""
            )
        )
    neuron = neurons.Lif(du=data.draw(st.integers(200, 4095)), dv=4095, vth=131071)
    circuit = IntegerCircuit(
        "k",
        1000,
        (IntegerPopulation("out", size, neuron, 1.0, "", at_once=0.0),),
        (IntegerSensor("in", channels, layout.ENCODE_SPIKE, 0, ""),),
        tuple(t for t in tables if len(t.weights)),
        (),
    )
    (found,) = bound(circuit)
    u = next(r for r in found.results if r.accumulator == "u")
    if u.needs is None:
        for worst in range(size):
            assert not wraps(circuit, worst, sign, list(range(channels)))
        return
    order = inputs_of(circuit, u.needs.neuron, sign)
    assert u.needs.of == len(order)
    assert wraps(circuit, u.needs.neuron, sign, order[: u.needs.inputs])
    assert not wraps(circuit, u.needs.neuron, sign, order[: u.needs.inputs - 1])
    assert not found.proven and str(u) == f"possible: needs {u.needs.inputs} of {len(order)} inputs at once"


def dense(accept: Accept, inputs: int = 400, threshold_v: float = 0.015, weight_v: float = 0.01) -> Circuit:
    circuit = Circuit("dense", accept=accept)
    source = circuit.sensor("in", Spike(), inputs)
    out = circuit.population("out", 2, LIF(tau_syn_s=0.050, threshold_v=threshold_v))
    circuit.connect(source, out, weight_v=weight_v)
    return circuit


def test_a_share_at_once_buys_resolution_and_says_how_many_it_takes() -> None:
    all_of_them, a_tenth = (compile_circuit(dense(Accept(at_once=share))) for share in (None, 0.1))
    steps = [b.program.populations[0].neuron.vth for b in (all_of_them, a_tenth)]
    assert steps[1] > 8 * steps[0]
    assert all_of_them.bounds[0].proven
    (bounds,) = a_tenth.bounds
    (needs,) = [r.needs for r in bounds.results if r.accumulator == "u"]
    assert not bounds.proven and needs is not None
    assert needs.of == 400 and 40 < needs.inputs < 60
    assert bounds.u[0][1] == arith.U_LIMIT


def test_a_share_that_leaves_the_range_is_an_error() -> None:
    integer, _ = quantize(resolve(dense(Accept(at_once=0.1))))
    (population,) = integer.populations
    wider = IntegerPopulation(**vars(population) | {"at_once": 0.5})
    with pytest.raises(BoundError, match=r"inputs of its neuron 0, of which 50% are accepted") as caught:
        bound(IntegerCircuit(**vars(integer) | {"populations": (wider,)}))
    assert "Accept(at_once=...)" in caught.value.remedy


def test_one_spike_can_always_come() -> None:
    """One input is more than a hundredth of three; a scale that it leaves would be no scale."""
    build = compile_circuit(dense(Accept(at_once=0.01), inputs=3))
    (needs,) = [r.needs for r in build.bounds[0].results if r.accumulator == "u"]
    assert needs is None or needs.inputs > 1


def test_what_cannot_be_scaled_to_all_inputs_can_be_to_some() -> None:
    strong = {"threshold_v": 2e-4, "weight_v": 0.05}
    with pytest.raises(QuantizeError, match="so much stronger than its threshold"):
        compile_circuit(dense(Accept(), **strong))
    assert not compile_circuit(dense(Accept(at_once=0.01), **strong)).bounds[0].proven


def limited(max_rate_hz: float | None) -> Bounds:
    circuit = Circuit("limited")
    source = circuit.sensor("in", Spike(), 50, max_rate_hz=max_rate_hz)
    circuit.connect(source, circuit.population("out", 1, LIF(tau_syn_s=0.1)), weight_v=0.01)
    return compile_circuit(circuit).bounds[0]


def test_a_largest_rate_is_a_least_interval_and_is_told() -> None:
    """At 100 Hz a spike comes every 10 ticks at most; driven so, u comes near to its bound."""
    assert limited(None).assuming == ()
    assert limited(100.0).assuming == ("in",)
    circuit = Circuit("limited")
    source = circuit.sensor("in", Spike(), 50, max_rate_hz=100.0)
    circuit.connect(source, circuit.population("out", 1, LIF(tau_syn_s=0.1)), weight_v=0.01)
    build = compile_circuit(circuit)
    reference = PlainReference(build.program)
    highest = 0
    for tick in range(1500):
        reference.step([1 if tick % 10 == 0 else 0] * 50)
        highest = max(highest, reference.state()[0][0])
    assert 0.9 * build.bounds[0].u[0][1] < highest <= build.bounds[0].u[0][1]


def test_a_largest_rate_is_no_longer_interval_than_was_said() -> None:
    """300 Hz are 3.3 ticks: spikes that far apart can fall 3 ticks apart."""
    circuit = Circuit("odd")
    circuit.population("p", 1, LIF(), max_rate_hz=300.0)
    circuit.sensor("s", Rate(1000.0), max_rate_hz=1e-12)
    integer, _ = quantize(resolve(circuit))
    assert integer.populations[0].vouched == 3
    assert integer.sensors[0].vouched == 10**9


def test_a_trace_that_could_leave_its_range_is_an_error_whatever_is_accepted() -> None:
    """A board refuses such an image. At 8 / 4096, 512 neurons settle at 512 * 4096 * 4096 / 8 = 2^30."""

    def build(size: int) -> Bounds:
        circuit = Circuit("decoded", accept=Accept(at_once=0.01))
        circuit.actuator("count", circuit.population("many", size, LIF()), LeakyCount(tau_s=0.5))
        return compile_circuit(circuit).bounds[0]

    with pytest.raises(BoundError, match=r"actuator 'count'.* 512 of them are enough"):
        build(512)
    assert [str(r) for r in build(511).results if r.accumulator == "trace of 'count'"] == ["proven"]


def test_v_says_how_many_inputs_clip_it_or_that_its_bias_does() -> None:
    circuit = Circuit("clip")
    source = circuit.sensor("in", Spike(), 10)
    weak = circuit.population("by inputs", 1, LeakyIntegrator(range_v=0.05))
    circuit.population("by bias", 1, LeakyIntegrator(range_v=0.05, bias_v=0.1))
    circuit.connect(source, weak, weight_v=0.01)
    bounds = {b.population: b for b in compile_circuit(circuit).bounds}
    by_inputs, by_bias = (
        next(r for r in bounds[name].results if r.accumulator == "v") for name in ("by inputs", "by bias")
    )
    # Each settles at weight * tau_syn / dt = 0.05 V, about the range: two leave it surely.
    assert by_inputs.needs is not None and by_inputs.needs.inputs in (1, 2)
    assert str(by_bias) == "possible: needs no input, its bias is enough"
    assert bounds["by inputs"].proven and bounds["by inputs"].v_may_clip


def crowd(share: float, tau_syn_s: float, inputs: int = 1200) -> Circuit:
    circuit = Circuit("crowd", accept=Accept(at_once=share))
    source = circuit.sensor("in", Spike(), inputs)
    target = circuit.population("out", 1, LIF(tau_syn_s=tau_syn_s, threshold_v=0.015))
    circuit.connect(source, target, weight_v=0.5)
    return circuit


@pytest.mark.parametrize("tau_syn_s", [0.0, 0.005, 0.05, 0.5])
def test_whatever_is_accepted_u_stays_within_31_bits(tau_syn_s: float) -> None:
    """Beyond them executors would differ: the engine's arrays overflow, the reference goes on.

    One turn a tick does not take all of it away, and what is left adds up for as long as u decays.
    """
    program = compile_circuit(crowd(0.0005, tau_syn_s)).program
    plain, engine = PlainReference(program), EngineBackend(program)
    highest = 0
    for _ in range(600):
        assert plain.step([1] * 1200) == engine.step([1] * 1200)
        assert plain.state() == engine.state()
        highest = max(highest, plain.state()[0][0])
    assert arith.U_LIMIT < highest < 1 << 30


@pytest.mark.parametrize("receptors", [1, 2, 4])
@pytest.mark.parametrize("decay", [1, 7, 742, 4096])
def test_the_most_in_a_tick_is_the_most(decay: int, receptors: int) -> None:
    """Driven by it for ever, currents and v stay below 2^30; by a part in a hundred more, they do not."""
    most = most_in_a_tick(decay, receptors)
    settles = receptors * int(wrapped(most, decay, 1))
    assert settles + arith.U_LIMIT + (4095 << 7) < 1 << 30 and settles // receptors + TURN < 1 << 30
    assert receptors * int(wrapped(most + most // 100, decay, 1)) + TURN >= 1 << 30


def wrapping(data: st.DataObject) -> IntegerCircuit:
    """Strong excitation and inhibition of a neuron of which its author accepts anything."""
    channels, tables = 6, []
    for sign in (1, -1):
        for number in range(data.draw(st.integers(0, 9))):
            weights = data.draw(st.lists(st.integers(1, 255), min_size=channels, max_size=channels))
            ends = np.arange(channels), np.zeros(channels, np.int64)
            name, numbers = f"{sign} {number}", np.array(weights, np.int64)
            tables.append(IntegerProjection(name, "in", "out", False, sign, 7, number, *ends, numbers, ""))
    neuron = neurons.GeneralLif(
        du=data.draw(st.integers(300, 4095)),
        dv=data.draw(st.integers(100, 4095)),
        vth=131071,
        bias_mant=data.draw(st.integers(-4096, 4095)),
        bias_exp=7,
        reset=data.draw(st.sampled_from((models.RESET_TO_VALUE, models.RESET_NEVER))),
    )
    population = IntegerPopulation("out", 1, neuron, 1.0, "", at_once=0.0)
    sensors = (IntegerSensor("in", channels, layout.ENCODE_SPIKE, 0, ""),)
    return IntegerCircuit("w", 1000, (population,), sensors, tuple(tables), ())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_ranges_are_those_of_a_u_that_wraps(data: st.DataObject) -> None:
    circuit = wrapping(data)
    (found,) = bound(circuit)
    reference = PlainReference(emit(circuit))
    draws = data.draw(st.lists(st.integers(0, 63), min_size=1, max_size=12))
    for tick in range(120):
        pattern = 63 if tick >= 60 else draws[tick % len(draws)]
        reference.step([pattern >> i & 1 for i in range(6)])
        (u, *_), (v, *_) = reference.state()
        assert found.u[0][0] <= u <= found.u[0][1] and found.v[0] <= v <= found.v[1]
        assert found.v_may_clip or abs(v) < arith.V_LIMIT
    clip = next(r for r in found.results if r.accumulator == "v")
    assert found.v_may_clip == (not clip.proven)


def test_excitation_that_wraps_is_said_to_clip_v_below() -> None:
    """Nothing inhibits; what brings v down is u above 2^23, less 2^24."""
    build = compile_circuit(crowd(0.01, 0.05))
    (bounds,) = build.bounds
    assert bounds.u[0] == (1 - arith.U_LIMIT, arith.U_LIMIT) and bounds.v[0] == -arith.V_LIMIT
    results = {r.accumulator: r.needs for r in bounds.results}
    assert bounds.v_may_clip and results["v"] == results["u"] is not None
    reference = PlainReference(build.program)
    lowest = [0, 0]
    for _ in range(200):
        reference.step([1] * 1200)
        lowest = [min(low, *numbers) for low, numbers in zip(lowest, reference.state(), strict=True)]
    assert lowest[0] < -(1 << 22) and lowest[1] == bounds.v[0]
    assert "u may wrap: needs 13 of 1,200 inputs at once (v may be clipped" in next(lines(build.bounds))


def test_what_just_clips_v_is_told_with_the_slack_of_its_range() -> None:
    """Sums of floats are rounded up past what adding may lose: for v's range and for the k of its inputs.

    One unit more would clip v where sums are exact; the range allows that they are not.
    """
    drives = {dv: (dv * arith.V_LIMIT - 1) // 4096 + 1 for dv in range(4095, 4000, -1)}
    dv = next(dv for dv, drive in drives.items() if drive % (64 << 7) < 4096)  # the rest is its bias
    assert settled(drives[dv], dv) <= arith.V_LIMIT < settled(drives[dv] + 1, dv)
    weights, bias = divmod(drives[dv], 64 << 7)
    neuron = neurons.GeneralLif(du=4095, dv=dv, vth=1, bias_mant=bias, reset=models.RESET_NEVER)
    count = -(-weights // 255)
    each = np.full(count, 255)
    each[-1] -= 255 * count - weights
    ends = np.arange(count), np.zeros(count, np.int64)
    circuit = IntegerCircuit(
        "edge",
        1000,
        (IntegerPopulation("out", 1, neuron, 1.0, "", at_once=0.0),),
        (IntegerSensor("in", count, layout.ENCODE_SPIKE, 0, "", vouched=2),),
        (IntegerProjection("i", "in", "out", False, 1, 7, 0, *ends, each, ""),),
        (),
    )
    (found,) = bound(circuit)
    (clip,) = [r.needs for r in found.results if r.accumulator == "v"]
    assert found.v[1] == arith.V_LIMIT and found.v_may_clip
    assert clip is not None and clip.inputs == clip.of == count
