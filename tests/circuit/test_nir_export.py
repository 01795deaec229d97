"""Circuits as NIR graphs, and back again: the same integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mycoflux.circuit import (
    LIF,
    AdaptiveLIF,
    AllToAll,
    Circuit,
    ConstantCurrent,
    Convolution,
    ConvolutionShape,
    Explicit,
    Graded,
    Izhikevich,
    LeakyIntegrator,
    OneToOne,
    Random,
    ResonateAndFire,
    Spike,
    Strongest,
    TernaryLIF,
    WinnerTakeAll,
)
from mycoflux.circuit.nir import export_nir, import_nir
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import CircuitError, InvalidInput
from mycoflux.program.types import Program

Draw = Callable[..., Any]
TAUS = [0.0021, 0.005, 0.008, 0.02, 0.033, 0.1]


def integers(program: Program) -> object:
    """All that a program does, with its tables in an order of their own."""
    tables = []
    for q in program.projections:
        sources = np.repeat(np.arange(q.sources) + q.first, np.diff(q.rows)).tolist()
        synapses = tuple(zip(sources, q.targets.tolist(), q.weights.tolist(), strict=True))
        tables.append((q.target, q.delay, q.sign, q.shift, q.receptor, synapses))
    parts = [(p.name, p.first, p.size, p.neuron, p.depth) for p in program.populations]
    return parts, program.sensors, program.actuators, sorted(tables)


def numbers(draw: Draw, count: int, largest: float, parts: tuple[int, ...] = (10,)) -> list[float]:
    """Round numbers, as authors write them; with ninths also such as are not."""
    return [round(draw(st.integers(-9, 9)) * largest, 6) / draw(st.sampled_from(parts)) for _ in range(count)]


@st.composite
def neurons(draw: Draw, size: int, fires: bool, reset: str) -> LIF | LeakyIntegrator:
    tau_m_s = draw(st.sampled_from([*TAUS, math.inf] if fires else TAUS))
    fields: dict[str, Any] = {
        "tau_m_s": tau_m_s,
        "tau_syn_s": 0.0 if tau_m_s == math.inf else draw(st.sampled_from([0.0, *TAUS])),
    }
    bias = draw(st.sampled_from(["none", "one", "each"]))
    if bias == "one":
        fields["bias_v"] = numbers(draw, 1, 0.02)[0]
    elif bias == "each":
        fields["bias_v"] = tuple(numbers(draw, size, 0.02))
    if not fires:
        return LeakyIntegrator(**fields)
    threshold_v = draw(st.sampled_from([0.01, 0.015, 0.3, 1.0]))
    reset_v = draw(st.sampled_from([0.0, -0.25, 0.5])) * threshold_v if reset == "value" else 0.0
    return LIF(threshold_v=threshold_v, reset=reset, reset_v=reset_v, **fields)


@st.composite
def patterns(draw: Draw, sources: int, targets: int) -> Any:
    pairs = st.tuples(st.integers(0, sources - 1), st.integers(0, targets - 1))
    choices = [
        AllToAll(),
        Random(0.4, seed=draw(st.integers(0, 9))),
        Explicit(draw(st.lists(pairs, min_size=1, max_size=6))),
    ]
    if sources == targets:
        choices.append(OneToOne())
    for height, width, kernel, stride in ((4, 4, 3, 1), (4, 4, 2, 2), (3, 2, 2, 1)):
        shape = ConvolutionShape((1, height, width), 2, (kernel, kernel), (stride, stride))
        if (sources, targets) == (height * width, math.prod(shape.outputs)):
            choices += [Convolution(shape)] * 3
    return draw(st.sampled_from(choices))


@st.composite
def circuits(draw: Draw) -> Circuit:
    """Circuits of what NIR has nodes for: recurrent, delayed, biased, of every pattern."""
    circuit = Circuit("drawn", dt_s=draw(st.sampled_from([0.001, 0.0005])))
    reset = draw(st.sampled_from(["value", "subtract"]))
    sizes: dict[str, int] = {}
    for i in range(draw(st.integers(0, 2))):
        sizes[f"s{i}"] = draw(st.sampled_from([1, 6, 16]))
        circuit.sensor(f"s{i}", Spike(), sizes[f"s{i}"])
    fire = []
    for i in range(draw(st.integers(1, 4))):
        name, size = f"p{i}", draw(st.sampled_from([1, 3, 4, 8]))
        fires = draw(st.integers(0, 3)) > 0
        sizes[name] = size
        circuit.population(name, size, draw(neurons(size, fires, reset)))
        circuit.actuator(f"a{i}", name, WinnerTakeAll() if fires else Strongest())
        fire += [name] if fires else []
    sources = [n for n in sizes if n in fire or n.startswith("s")]
    targets = [n for n in sizes if n.startswith("p")]
    for _ in range(draw(st.integers(0, 5)) if sources else 0):
        source, target = draw(st.sampled_from(sources)), draw(st.sampled_from(targets))
        pattern = draw(patterns(sizes[source], sizes[target]))
        count = len(pattern.pairs(sizes[source], sizes[target])[0])
        delays: Any = st.sampled_from([None, 0.001, 0.004, 0.0075])
        delay = draw(delays)
        if isinstance(pattern, Convolution):
            weights: Any = numbers(draw, math.prod(pattern.shape.weights_shape), 0.004, (9, 10))
        else:
            weights = numbers(draw, count, 0.004, (9, 10))
            if draw(st.booleans()):
                weights = numbers(draw, 1, 0.004, (9, 10))[0]
            if draw(st.integers(0, 3)) == 0:
                delay = [0.001 * draw(st.integers(1, 4)) for _ in range(count)]
        circuit.connect(source, target, weight_v=weights, pattern=pattern, delay_s=delay)
    return circuit


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(circuits(), st.sampled_from(["euler", "exact"]))
def test_out_and_in_again_gives_the_same_integers(circuit: Circuit, method: str) -> None:
    expected = integers(compile_circuit(circuit).program)
    graph = export_nir(circuit, method=method)
    subtract = any(
        getattr(p.neuron, "reset", "") == "subtract" for p in circuit.parts if hasattr(p, "neuron")
    )
    back = import_nir(
        graph, dt_s=circuit.dt_s, method=method, reset="subtract" if subtract else "value", name="drawn"
    )
    assert integers(compile_circuit(back).program) == expected


def network() -> Circuit:
    """A convolution, a hidden layer and a readout."""
    circuit = Circuit("network")
    pixels = circuit.sensor("1 pixels", Spike(), 50)
    shape = ConvolutionShape((2, 5, 5), 3, (3, 3))
    bias_v = tuple(np.repeat([0.001, 0.002, 0.004], 9))
    maps = circuit.population("2 maps", 27, LIF(bias_v=bias_v))
    kernel = np.random.default_rng(1).normal(0, 0.01, shape.weights_shape)
    circuit.connect(pixels, maps, weight_v=kernel, pattern=Convolution(shape), delay_s=0.003)
    hidden = circuit.population("3 hidden", 4, LIF(tau_syn_s=0.0))
    circuit.connect(maps, hidden, weight_v=0.003)
    circuit.connect(hidden, hidden, weight_v=-0.002)
    readout = circuit.population("4 readout", 2, LeakyIntegrator())
    circuit.connect(hidden, readout, weight_v=0.01)
    circuit.actuator("5 class", readout, Strongest())
    return circuit


def test_a_file_that_every_reader_accepts(tmp_path: Path) -> None:
    circuit, path = network(), tmp_path / "network.nir"
    export_nir(circuit, path)
    strict = nir.read(path)  # with NIR's own check of every type
    kinds = {key: type(node).__name__ for key, node in strict.nodes.items()}
    assert kinds == {
        "1 pixels": "Input",
        "1 pixels>2 maps": "Conv2d",
        "1 pixels>2 maps.delay": "Delay",
        "2 maps": "CubaLIF",
        "2 maps.flat": "Flatten",
        "2 maps>3 hidden": "Linear",
        "3 hidden": "LIF",
        "3 hidden>3 hidden": "Linear",
        "3 hidden>4 readout": "Linear",
        "4 readout": "CubaLI",
        "5 class": "Output",
    }
    assert strict.metadata["dt"] == 0.001
    back = import_nir(path, dt_s=0.001)
    assert back.name == "network"
    assert integers(compile_circuit(back).program) == integers(compile_circuit(circuit).program)


def test_in_and_out_again_keeps_weights_and_taus() -> None:
    tau, weight = np.full(2, 0.02), np.array([[0.25, -0.5, 0.75], [1.0, 0.1, -0.3]])
    graph = nir.NIRGraph.from_list(
        nir.Affine(weight=weight, bias=np.array([0.125, 0.0])),
        nir.CubaLIF(
            tau_syn=tau / 4,
            tau_mem=tau,
            r=np.full(2, 3.0),
            v_leak=np.zeros(2),
            v_threshold=np.ones(2),
            w_in=np.full(2, 5.0),
        ),
    )
    again = export_nir(import_nir(graph, dt_s=0.001))
    cell, linear = again.nodes["cubalif"], again.nodes["input>cubalif"]
    assert np.allclose(cell.tau_mem, tau) and np.allclose(cell.tau_syn, tau / 4)
    assert np.allclose(cell.v_threshold, 1)
    scale = cell.r * cell.w_in  # only its product with the weights has a meaning
    assert np.allclose(scale[:, None] * linear.weight, 15 * weight)
    assert np.allclose(scale * linear.bias, 15 * np.array([0.125, 0.0]))


def test_readings_as_currents() -> None:
    circuit = Circuit("current")
    reading = circuit.sensor("reading", ConstantCurrent(), 2)
    circuit.connect(reading, circuit.population("cells", 3, LIF()), weight_v=0.03)
    graph = export_nir(circuit)
    back = import_nir(graph, dt_s=0.001, encoder=ConstantCurrent())
    assert integers(compile_circuit(back).program) == integers(compile_circuit(circuit).program)


def test_an_integrator_without_a_leak() -> None:
    circuit = Circuit("sum")
    spikes = circuit.sensor("spikes", Spike())
    total = circuit.population("total", 1, LeakyIntegrator(tau_m_s=math.inf, tau_syn_s=0.0, range_v=2.0))
    circuit.connect(spikes, total, weight_v=0.01)
    back = import_nir(export_nir(circuit), dt_s=0.001, range_v=2.0)
    assert integers(compile_circuit(back).program) == integers(compile_circuit(circuit).program)


def test_nested_parts_keep_names_that_files_can_hold(tmp_path: Path) -> None:
    inner = Circuit("inner")
    inner.population("cells", 2, LIF(bias_v=0.02))
    circuit = Circuit("outer")
    nested = circuit.include("left", inner)
    circuit.connect(nested["cells"], nested["cells"], weight_v=-0.001)
    graph = export_nir(circuit, tmp_path / "nested.nir")
    assert "left.cells" in graph.nodes
    assert import_nir(tmp_path / "nested.nir", dt_s=0.001).parts[0].name == "left.cells"


def test_all_that_nir_has_no_node_for_is_named_at_once() -> None:
    circuit = Circuit("beyond")
    for name, neuron in (
        ("held", LIF(refractory_s=0.003)),
        ("restarted", LIF(restart_every_s=0.1)),
        ("two", LIF(receptors={"slow": 0.05})),
        ("adaptive", AdaptiveLIF()),
        ("ternary", TernaryLIF()),
        ("resonator", ResonateAndFire()),
        ("quadratic", Izhikevich()),
        ("graded", Graded()),
        ("ranged", LeakyIntegrator(range_v=1.0)),
        ("current", LIF(tau_m_s=math.inf)),
        ("fine", LIF()),
    ):
        circuit.population(name, 1, neuron)
    with pytest.raises(CircuitError, match="10 parts cannot be exported") as refused:
        export_nir(circuit)
    what = refused.value.what
    for text in ("'held' has a refractory", "'adaptive' is of AdaptiveLIF", "'ranged' has a range_v"):
        assert text in what
    assert "'fine'" not in what


def test_ends_and_resets_that_cannot_be_are_named() -> None:
    circuit = Circuit("ends")
    readout = circuit.population("readout", 1, LeakyIntegrator())
    a, b = circuit.population("a", 1, LIF(receptors={"x": 0.1})), circuit.population("b", 1, LIF())
    circuit.population("c", 1, LIF(reset="subtract"))
    circuit.connect(readout, b, weight_v=0.1)
    circuit.connect(b, a, weight_v=0.1, receptor="x")
    circuit.connect(b, "nowhere", weight_v=0.1)
    circuit.actuator("out", "nobody", WinnerTakeAll())
    with pytest.raises(CircuitError) as refused:
        export_nir(circuit)
    for name in ("readout>b", "b>a", "b>nowhere", "out", "c"):
        assert f"'{name}'" in refused.value.what
    with pytest.raises(CircuitError, match="'nothing' has no population"):
        export_nir(Circuit("nothing"))


@pytest.mark.parametrize(
    "fields",
    [
        {"weight_v": [0.1, 0.2]},
        {"weight_v": 0.1, "pattern": OneToOne()},
        {"weight_v": 0.1, "pattern": Explicit([(0, 9)])},
    ],
)
def test_patterns_that_do_not_fit(fields: dict[str, Any]) -> None:
    circuit = Circuit("unfit")
    circuit.connect(circuit.population("a", 2, LIF()), circuit.population("b", 3, LIF()), **fields)
    with pytest.raises(CircuitError, match="projection 'a>b'"):
        export_nir(circuit)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        export_nir(network(), tmp_path / "none" / "x.nir")
    with pytest.raises(CircuitError, match="method"):
        export_nir(network(), method="heun")
