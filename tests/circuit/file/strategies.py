"""Random circuits that compile, and now and then are nested."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from mycoflux.circuit import (
    LIF,
    Accept,
    AdaptiveLIF,
    AllToAll,
    Circuit,
    ConstantCurrent,
    Explicit,
    LeakyCount,
    LeakyIntegrator,
    OneToOne,
    Random,
    Rate,
    RateToPwm,
    Spike,
    TernaryLIF,
    WinnerTakeAll,
)

NAMES = st.one_of(
    st.sampled_from(["a", "b", "c", "left", "motor"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6).filter(
        lambda text: text.isprintable() and not set(text) & set("/[]>")
    ),
    st.sampled_from(
        ["null", "1e3", "${x}", "$${", "a: b", "# no", " x ", "yes", "- y", "{", "&a", "'", '"\\', "é中"]
    ),
).filter(lambda name: not set(name) & set("/[]>") and name.isprintable())
POSITIVE = st.floats(0.001, 0.1)
WEIGHTS = st.floats(-0.001, 0.001)
NEURONS = st.one_of(
    st.builds(
        LIF,
        tau_m_s=st.one_of(st.just(math.inf), POSITIVE),
        threshold_v=st.floats(0.01, 0.02),
        reset=st.sampled_from(["value", "subtract"]),
        refractory_s=st.sampled_from([0.0, 0.002, 1e-3]),
    ),
    st.builds(AdaptiveLIF, tau_m_s=POSITIVE),
    st.builds(TernaryLIF, tau_m_s=POSITIVE),
    st.builds(LeakyIntegrator, tau_m_s=POSITIVE, range_v=st.just(1.0)),
)


@st.composite
def circuits(draw: Any, depth: int = 2) -> Circuit:
    """A circuit with parts in any order, in groups within groups."""
    circuit = Circuit(draw(NAMES), dt_s=draw(st.sampled_from([0.001, 0.0005])), accept=draw(accepts()))
    names = iter(draw(st.lists(NAMES, min_size=14, max_size=14, unique=True)))
    sizes: dict[str, int] = {}
    sensors: dict[str, int] = {}
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["population", "population", "sensor", "nested", "array"]))
        name = next(names)
        size = draw(st.integers(1, 20))
        if kind == "population" or not depth:
            neuron = draw(NEURONS)
            biases = draw(st.sampled_from([0.0, 0.001, [0.0005] * size]))
            if isinstance(neuron, LIF) and math.isfinite(neuron.tau_m_s):
                neuron = LIF(tau_m_s=neuron.tau_m_s, bias_v=biases, receptors=draw(receptors()))
            circuit.population(name, size, neuron, expected_rate_hz=draw(st.sampled_from([None, 2.5])))
            sizes[name] = size
        elif kind == "sensor":
            encoder = draw(st.sampled_from([Rate(max_rate_hz=200.0), Spike(), ConstantCurrent()]))
            circuit.sensor(name, encoder, size, max_rate_hz=draw(st.sampled_from([None, 100.0])))
            sensors[name] = size
        else:
            inner = draw(circuits(depth=depth - 1))
            for index in [None] if kind == "nested" else [0, 1]:
                nested = circuit.include(name, inner, index)
                parts = inner.of_kind(type(inner.parts[0]))
                sizes |= {nested[p.name].name: p.size for p in parts if hasattr(p, "neuron")}
    if not sizes:
        circuit.population(name := next(names), 2, LIF())
        sizes[name] = 2
    for _ in range(draw(st.integers(0, 4))):
        _connect(draw, circuit, {**sizes, **sensors}, sizes)
    for _ in range(draw(st.integers(0, 2))):
        source = draw(st.sampled_from(sorted(sizes)))
        decoder = draw(
            st.sampled_from([RateToPwm(full_rate_hz=100.0), WinnerTakeAll(tau_s=0.03), LeakyCount()])
        )
        circuit.actuator(next(names), source, decoder)
    return circuit


@st.composite
def accepts(draw: Any) -> Accept:
    return Accept(rate_error=draw(st.sampled_from([0.1, None, 0.25])))


@st.composite
def receptors(draw: Any) -> dict[str, float]:
    return draw(st.dictionaries(st.sampled_from(["slow", "null", "3"]), st.floats(0.005, 0.05), max_size=2))


def _connect(draw: Any, circuit: Circuit, sources: dict[str, int], targets: dict[str, int]) -> None:
    source, target = draw(st.sampled_from(sorted(sources))), draw(st.sampled_from(sorted(targets)))
    pairs = [(i, j) for i in range(sources[source]) for j in range(targets[target])]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=60))
    equal = sources[source] == targets[target]
    pattern = draw(
        st.sampled_from([AllToAll(), Explicit(chosen), Random(0.5, seed=3), *([OneToOne()] if equal else [])])
    )
    synapses = {AllToAll: len(pairs), Explicit: len(chosen), OneToOne: sources[source]}.get(type(pattern), 0)
    weights = st.lists(WEIGHTS, min_size=synapses, max_size=synapses) if synapses else WEIGHTS
    circuit.connect(
        source,
        target,
        weight_v=draw(st.one_of(WEIGHTS, weights)),
        pattern=pattern,
        delay_s=draw(st.sampled_from([None, 0.003, *([[0.002] * synapses] if synapses else [])])),
        stretch=draw(st.booleans()),
        name=draw(st.sampled_from([None, None, f"x {len(circuit.parts)} ${{y}}"])),
    )
