"""NIR graphs as circuits: each node does what its equation says, and what has no counterpart is named."""

from __future__ import annotations

import math
from typing import Any

import nir
import numpy as np
import pytest

from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit import (
    LIF,
    AllToAll,
    ConstantCurrent,
    Convolution,
    Explicit,
    LeakyCount,
    LeakyIntegrator,
    OneToOne,
    Strongest,
    WinnerTakeAll,
)
from mycoflux.circuit.nir import import_nir
from mycoflux.circuit.parts import ActuatorPort, Population, SensorPort
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import CircuitError
from tests.circuit.nir_graphs import DT, chain, full, graph, li, lif, neuron, projections
from tests.circuit.nir_simulator import Simulator


def matches(made: nir.NIRGraph, seed: int = 0, steps: int = 300, rate: float = 0.2, **options: Any) -> int:
    """Spike counts of every population are those of the float simulation, to a few in a hundred."""
    circuit = import_nir(made, dt_s=DT, **options)
    program = compile_circuit(circuit).program
    reference, rng = PlainReference(program), np.random.default_rng(seed)
    shape = tuple(made.nodes["in"].input_type["input"])
    inputs = rng.random((steps, *shape)) < rate
    by_book = Simulator(made, DT, subtract=options.get("reset") == "subtract")
    by_book.run({"in": inputs})
    counts = np.zeros(program.neurons)
    for readings in inputs.reshape(steps, -1):
        for i in reference.step([4095 * int(x) for x in readings]).spikes:
            counts[i] += 1
    units = {p.name: p.volts_per_unit for p in quantize(resolve(circuit))[0].populations}
    total = 0
    for p in program.populations:
        mine = counts[p.first : p.first + p.size]
        if p.name in by_book.spikes:
            expected = by_book.spikes[p.name].ravel()
            assert np.all(np.abs(mine - expected) <= 2 + 0.05 * expected), (p.name, mine, expected)
            total += int(expected.sum())
        else:
            expected = by_book.v[p.name].ravel()
            v = np.array(reference.state()[1][p.first : p.first + p.size]) * units[p.name]
            assert np.allclose(v, expected, rtol=0.03, atol=0.01 * np.abs(expected).max() + 1e-9)
            total += int(np.count_nonzero(v))
    return total


RNG = np.random.default_rng(7)
WEIGHT = RNG.normal(0.15, 0.2, (4, 3))
DENSE = nir.Affine(weight=WEIGHT, bias=np.array([0.02, 0.0, 0.05, -0.01]))


def cuba(size: int, **fields: Any) -> nir.CubaLIF:
    values = {"tau_mem": 0.02, "tau_syn": 0.005, "r": 4.0, "v_leak": 0.0, "v_threshold": 0.5, "w_in": 5.0}
    return nir.CubaLIF(**{**{k: full(size, v) for k, v in values.items()}, **fields})


def integrate_and_fire(size: int) -> nir.IF:
    return nir.IF(r=full(size, 1000.0), v_threshold=full(size, 1.0))


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(chain(DENSE, lif(4)), id="Affine, LIF"),
        pytest.param(chain(nir.Linear(weight=WEIGHT), cuba(4)), id="Linear, CubaLIF"),
        pytest.param(chain(DENSE, cuba(4)), id="Affine, CubaLIF"),
        pytest.param(chain(DENSE, integrate_and_fire(4)), id="IF"),
        pytest.param(chain(nir.Scale(np.array([0.3, 0.2, 0.1])), lif(3)), id="Scale"),
        pytest.param(chain(lif(3, threshold=0.4)), id="LIF alone"),
        pytest.param(
            chain(DENSE, lif(4, threshold=0.5), nir.Linear(RNG.normal(0.3, 0.2, (2, 4))), li(2)), id="LI"
        ),
        pytest.param(
            chain(
                nir.Linear(WEIGHT),
                nir.CubaLI(full(4, 0.004), full(4, 0.02), full(4, 2.0), full(4, 0.0), w_in=full(4, 3.0)),
            ),
            id="CubaLI",
        ),
        pytest.param(chain(nir.Linear(WEIGHT), nir.Threshold(full(4, 0.3))), id="Threshold"),
        pytest.param(
            chain(nir.Linear(WEIGHT), lif(4, v_reset=full(4, -0.5), r=np.array([20.0, 30, 40, 25]))),
            id="v_reset, R that differs",
        ),
        pytest.param(
            chain(
                nir.Affine(WEIGHT * 0.02, np.array([0.0105, 0.012, 0.015, 0.008])),
                lif(4, v_leak=full(4, -0.07), v_threshold=full(4, -0.055), v_reset=full(4, -0.075)),
            ),
            id="millivolts below zero",
        ),
        pytest.param(
            chain(nir.Linear(WEIGHT), lif(4, v_leak=np.array([0.1, 0.3, 0.2, -0.2]), v_reset=full(4, 0.0))),
            id="v_leak that differs",
        ),
        pytest.param(
            chain(
                nir.Conv2d((6, 5), RNG.normal(0.1, 0.2, (4, 1, 3, 2)), (2, 1), (1, 0), 1, 2, full(4, 0.01)),
                lif((4, 3, 4)),
                nir.Flatten({"input": np.array([4, 3, 4])}, start_dim=0),
                nir.Linear(RNG.normal(0.1, 0.1, (3, 48))),
                lif(3),
                shape=(2, 6, 5),
            ),
            id="Conv2d in groups, strided, padded, Flatten",
        ),
        pytest.param(
            chain(
                nir.Conv1d(9, RNG.normal(0.2, 0.2, (3, 2, 3)), 2, 1, 1, 1, np.array([0.0, 0.01, 0.03])),
                lif((3, 5)),
                shape=(2, 9),
            ),
            id="Conv1d",
        ),
        pytest.param(
            chain(
                nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
                nir.Scale(full((2, 3, 3), 0.2)),
                lif((2, 3, 3)),
                nir.AvgPool2d(np.array([2, 2]), np.array([1, 1]), np.array([1, 1])),
                lif((2, 4, 4)),
                shape=(2, 6, 6),
            ),
            id="pools",
        ),
        pytest.param(
            graph(
                {"w": nir.Linear(WEIGHT), "a": lif(4), "back": nir.Linear(RNG.normal(0, 0.3, (4, 4)))},
                [("in", "w"), ("w", "a"), ("a", "back"), ("back", "a"), ("a", "out")],
            ),
            id="recurrent",
        ),
        pytest.param(
            graph(
                {
                    "w": nir.Linear(WEIGHT),
                    "d": nir.Delay(np.array([0.0, 0.002, 0.002, 0.01])),
                    "v": nir.Linear(RNG.normal(0.2, 0.2, (4, 4))),
                    "a": lif(4),
                },
                [("in", "w"), ("w", "d"), ("d", "v"), ("v", "a"), ("w", "a"), ("a", "out")],
            ),
            id="delays in a sum",
        ),
    ],
)
def test_what_a_graph_does(made: nir.NIRGraph) -> None:
    assert matches(made) >= 4


def test_resets() -> None:
    made = chain(nir.Linear(3 * np.abs(WEIGHT)), lif(4))
    value, less = (matches(made, reset=reset) for reset in ("value", "subtract"))
    assert less > 1.2 * value
    assert neuron(import_nir(made, dt_s=DT, reset="subtract"), "n1").reset == "subtract"
    low = chain(nir.Linear(WEIGHT), lif(4, v_reset=full(4, -0.5)))
    with pytest.raises(CircuitError, match=r"'n1' has a v_leak or v_reset other than 0"):
        import_nir(low, dt_s=DT, reset="subtract")


def test_one_step_of_euler_and_of_the_exact_solution() -> None:
    made = chain(nir.Linear(np.array([[2.0]])), lif(1, tau=0.02, r=full(1, 3.0), threshold=50.0), shape=(1,))
    euler, exact = (import_nir(made, dt_s=DT, method=method) for method in ("euler", "exact"))
    assert projections(euler)[0].weight_v == pytest.approx(3 * 2 * DT / 0.02)
    assert projections(exact)[0].weight_v == pytest.approx(3 * 2 * (1 - math.exp(-DT / 0.02)))
    assert math.exp(-DT / neuron(euler, "n1").tau_m_s) == pytest.approx(1 - DT / 0.02)
    assert neuron(exact, "n1").tau_m_s == 0.02


def test_milliseconds_and_seconds_are_one_graph() -> None:
    seconds = chain(DENSE, nir.Delay(full(4, 0.003)), cuba(4))
    units = {"tau_mem": full(4, 20.0), "tau_syn": full(4, 5.0)}
    thousand = chain(DENSE, nir.Delay(full(4, 3.0)), cuba(4, **units))
    a, b = import_nir(seconds, dt_s=DT), import_nir(thousand, dt_s=DT, time_unit_s=0.001)
    assert compile_circuit(a).image == compile_circuit(b).image


@pytest.mark.parametrize("scalar", [np.array(0.02), np.array([0.02])])
def test_scalars_stand_for_a_layer(scalar: np.ndarray) -> None:
    one = np.ones_like(scalar)
    short = nir.LIF(tau=scalar, r=20 * one, v_leak=0 * one, v_threshold=one)
    a, b = (import_nir(chain(DENSE, node), dt_s=DT) for node in (short, lif(4)))
    assert compile_circuit(a).image == compile_circuit(b).image
    channels = nir.Scale(np.array([0.5, 2.0]).reshape(2, 1, 1))
    kernel = nir.Conv2d(None, np.ones((2, 1, 2, 2)), 1, 0, 1, 1, np.zeros(2))
    scaled = import_nir(chain(kernel, channels, short, shape=(1, 4, 4)), dt_s=DT)
    (only,) = projections(scaled)
    assert isinstance(only.pattern, Convolution)
    assert only.weight_v == (0.5,) * 4 + (2.0,) * 4


def test_a_convolution_stays_one_and_is_smaller_in_the_image() -> None:
    kernel = nir.Conv2d(None, RNG.normal(0, 0.3, (6, 2, 3, 3)), 1, "same", 1, 1, np.arange(6) * 0.01)
    flat = nir.Flatten(None, start_dim=0)
    made = chain(kernel, flat, lif(6 * 64), shape=(2, 8, 8))
    circuit = import_nir(made, dt_s=DT)
    (only,) = projections(circuit)
    assert isinstance(only.pattern, Convolution)
    assert only.pattern.shape.outputs == (6, 8, 8)
    assert neuron(circuit, "n2").bias_v[64 * 5] == pytest.approx(0.05 * 20)
    compact = compile_circuit(circuit)
    apart = nir.Scale(1 + np.arange(128) * 1e-12)  # as good as nothing, but one for each
    expanded = compile_circuit(import_nir(chain(apart, kernel, flat, lif(6 * 64), shape=(2, 8, 8)), dt_s=DT))
    assert expanded.program.synapses == compact.program.synapses
    assert len(expanded.image) > 5 * len(compact.image)


@pytest.mark.parametrize(("size", "dilation"), [(2, 1), (3, 2)])
def test_padding_that_keeps_the_size(size: int, dilation: int) -> None:
    kernel = nir.Conv1d(7, RNG.normal(0, 1, (1, 1, size)), 1, "same", dilation, 1, np.zeros(1))
    circuit = import_nir(chain(kernel, lif((1, 7)), shape=(1, 7)), dt_s=DT)
    flat = resolve(circuit).projections[0]
    got = np.zeros((7, 7))
    got[flat.targets, flat.sources] = flat.weights_v
    before = dilation * (size - 1) // 2
    for i in range(7):
        for k in range(size):
            j = i + k * dilation - before
            if 0 <= j < 7:
                assert got[i, j] == pytest.approx(kernel.weight[0, 0, k])


def test_a_kernel_too_long_for_the_image_s_form_is_written_out() -> None:
    kernel = nir.Conv1d(300, np.full((1, 1, 260), 0.01), 1, 0, 1, 1, np.zeros(1))
    program = compile_circuit(import_nir(chain(kernel, lif((1, 41)), shape=(1, 300)), dt_s=DT)).program
    assert program.synapses == 41 * 260 and program.projections[0].shared is None


def test_linear_nodes_in_a_row_are_multiplied_out() -> None:
    a, b, s = RNG.normal(size=(5, 3)), RNG.normal(size=(2, 5)), np.array([2.0, -1.0])
    first, second = nir.Affine(a, np.arange(5.0)), nir.Affine(b, np.ones(2))
    circuit = import_nir(chain(first, second, nir.Scale(s), lif(2)), dt_s=DT)
    (only,) = projections(circuit)
    assert isinstance(only.pattern, AllToAll)
    assert np.allclose(np.reshape(only.weight_v, (3, 2)).T, np.diag(s) @ b @ a)
    assert np.allclose(neuron(circuit, "n3").bias_v, 20 * s * (b @ np.arange(5.0) + 1))


def test_each_pattern_is_the_shortest() -> None:
    few = np.zeros((6, 6))
    few[0, 1], few[3, 4], few[5, 0] = 1, 2, 3
    for node, kind in ((nir.Linear(few), Explicit), (nir.Linear(np.eye(6)), OneToOne)):
        assert isinstance(projections(import_nir(chain(node, lif(6), shape=(6,)), dt_s=DT))[0].pattern, kind)
    nothing = import_nir(chain(nir.Affine(np.zeros((2, 6)), np.ones(2)), lif(2), shape=(6,)), dt_s=DT)
    assert projections(nothing) == () and neuron(nothing, "n1").bias_v == 20


def test_delays() -> None:
    even = chain(nir.Linear(WEIGHT), nir.Delay(full(4, 0.004)), lif(4))
    assert projections(import_nir(even, dt_s=DT))[0].delay_s == pytest.approx(0.005)
    differ = chain(nir.Delay(np.array([0.0, 0.001, 0.004])), nir.Linear(np.abs(WEIGHT)), lif(4))
    flat = resolve(import_nir(differ, dt_s=DT)).projections[0]
    assert flat.delays.tolist() == [0] * 4 + [1] * 4 + [4] * 4
    for seconds, ticks in ((0.2, "201"), (1e30, "1000000000")):
        long = chain(nir.Delay(full(3, seconds)), lif(3))
        with pytest.raises(CircuitError, match=f"{ticks} ticks, the longest is 63"):
            compile_circuit(import_nir(long, dt_s=DT))


def nested() -> nir.NIRGraph:
    inner = nir.NIRGraph(
        {
            "input": nir.Input({"input": np.array([4])}),
            "lif": lif(4, threshold=0.5),
            "w": nir.Linear(full((4, 4), -0.1)),
            "output": nir.Output({"output": np.array([4])}),
        },
        [("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output")],
    )
    nodes = {"w": nir.Linear(WEIGHT), "rec": inner, "rec.lif": li(4)}
    edges = [("in", "w"), ("w", "rec"), ("rec", "rec.lif"), ("rec.lif", "out")]
    return graph(nodes, edges)


def test_nested_graphs_and_names() -> None:
    circuit = import_nir(nested(), dt_s=DT)
    assert [p.name for p in circuit.of_kind(Population)] == ["rec.lif", "rec.lif_2"]
    assert [p.name for p in projections(circuit)] == [
        "in>rec.lif",
        "rec.lif>rec.lif",
        "rec.lif>rec.lif_2",
    ]
    assert "node 'rec/lif'" in circuit.of_kind(Population)[0].origin
    compile_circuit(circuit)
    slashes = graph(
        {"a/b": lif(3), "a.b": lif(3), ">[": lif(3)},
        [("in", "a/b"), ("a/b", "a.b"), ("a.b", ">["), (">[", "out")],
    )
    names = [p.name for p in import_nir(slashes, dt_s=DT).of_kind(Population)]
    assert names == ["a.b", "a.b_2", "node"]


def test_edges_that_merge_add_up() -> None:
    w = nir.Linear(np.eye(3))
    twice = {"w": w, "x": nir.Scale(full(3, 2.0)), "y": nir.Scale(full(3, 1.0)), "a": lif(3)}
    at_neuron = graph(twice, [("in", "w"), ("w", "x"), ("w", "y"), ("x", "a"), ("y", "a"), ("a", "out")])
    names = [(p.name, p.weight_v) for p in projections(import_nir(at_neuron, dt_s=DT))]
    assert names == [("in>a", 2.0), ("in>a#2", 1.0)]
    at_linear = graph(
        {"x": twice["x"], "y": twice["y"], "w": w, "a": lif(3)},
        [("in", "x"), ("in", "y"), ("x", "w"), ("y", "w"), ("w", "a"), ("a", "out")],
    )
    assert [p.weight_v for p in projections(import_nir(at_linear, dt_s=DT))] == [3.0]


def test_ports() -> None:
    made = chain(DENSE, lif(4), nir.Linear(np.ones((2, 4))), li(2))
    circuit = import_nir(made, dt_s=DT, name="net")
    assert circuit.name == "net" and circuit.dt_s == DT
    assert [(s.name, s.size) for s in circuit.of_kind(SensorPort)] == [("in", 3)]
    assert circuit.of_kind(ActuatorPort)[0].decoder == Strongest()
    assert isinstance(neuron(circuit, "n3"), LeakyIntegrator)
    spiking = import_nir(chain(DENSE, lif(4)), dt_s=DT)
    assert spiking.of_kind(ActuatorPort)[0].decoder == WinnerTakeAll()
    chosen = import_nir(made, dt_s=DT, readout=LeakyCount())
    assert chosen.of_kind(ActuatorPort)[0].decoder == LeakyCount()
    assert import_nir(made, dt_s=DT, readout=None).of_kind(ActuatorPort) == ()


def test_a_reading_as_a_current_is_an_input_held_on() -> None:
    made = chain(nir.Linear(np.array([[0.5]])), lif(1, r=full(1, 3.0)), shape=(1,))
    circuit = import_nir(made, dt_s=DT, encoder=ConstantCurrent())
    assert projections(circuit)[0].weight_v == pytest.approx(1.5)  # v settles at R w
    reference = PlainReference(compile_circuit(circuit).program)
    spikes = [t for t in range(100) if reference.step([4095]).spikes]
    first = math.ceil(math.log(1 / 3) / math.log(1 - DT / 0.02))  # 1.5 (1 - 0.95^n) > 1
    assert abs(spikes[0] - first) <= 1


def test_an_integrator_without_a_leak_needs_its_range() -> None:
    made = chain(nir.I(full(3, 500.0)))
    with pytest.raises(CircuitError, match="nothing bounds its v") as refused:
        import_nir(made, dt_s=DT)
    assert "range_v" in refused.value.remedy
    assert matches(made, range_v=100.0) == 3


def test_what_a_lif_becomes() -> None:
    circuit = import_nir(chain(nir.Linear(np.eye(3) * 0.25), lif(3)), dt_s=DT)
    assert projections(circuit)[0].weight_v == 0.25  # R = tau / dt, as exporters choose it
    made = neuron(circuit, "n1")
    assert made == LIF(tau_m_s=made.tau_m_s, tau_syn_s=0.0, threshold_v=1.0)
