"""What all generators have in common."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from mycoflux.circuit import LIF, Circuit, generators
from mycoflux.circuit.generators.potentials import peak
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import CircuitError

ALL = [getattr(generators, name) for name in generators.__all__]


@pytest.mark.parametrize("kind", ALL)
def test_parameters_are_annotated_and_told_of(kind: type[Circuit]) -> None:
    found: dict[str, Any] = {}
    told = ""
    for base in kind.__mro__:
        if base is not Circuit and issubclass(base, Circuit):
            found |= inspect.get_annotations(base)
            told += inspect.getdoc(base) or ""
    public = {
        name for name in dir(kind) if not name.startswith("_") and not callable(getattr(kind, name))
    } - {"dt_s", "accept", "parts"}
    assert public == set(found)
    for name, annotation in found.items():
        assert annotation in ("int", "float", "tuple[int, ...]"), name
        assert name in told


@pytest.mark.parametrize("kind", ALL)
def test_they_can_be_included_and_inherited(kind: type[Circuit]) -> None:
    slower: type[Circuit] = type("Slower", (kind,), {"tau_m_s": 0.03})
    host = Circuit("host")
    host.include("a", kind())
    host.include("b", slower())
    alone = compile_circuit(kind()).program
    both = compile_circuit(host).program
    assert both.neurons == 2 * alone.neurons and both.synapses == pytest.approx(2 * alone.synapses, rel=0.02)


@pytest.mark.parametrize("kind", ALL)
def test_no_number_is_taken_that_makes_no_sense(kind: type[Circuit]) -> None:
    circuit = kind()
    names = [n for n in dir(kind) if isinstance(getattr(kind, n), int | float | tuple) and n[0] != "_"]
    for name in names:
        below_zero = [] if name in ("bias", "reset_v") else [-1]
        for wrong in ("x", float("nan"), None, *below_zero):
            with pytest.raises(CircuitError) as error:
                kind(**{name: wrong})
            assert error.value.remedy, name
        assert getattr(circuit, name) == getattr(kind, name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: generators.BalancedNetwork(inputs=2000), "800 excitatory and 200 inhibitory neurons cannot"),
        (lambda: generators.Reservoir(excitatory=1.0), "200 of them excitatory"),
        (lambda: generators.OscillatorRing(phases=2), "phases is 2"),
        (lambda: generators.Layers(sizes=()), "sizes is ()"),
        (lambda: resolve(generators.Layers(in_degree=50)), "a degree of 50 is more than the 20 neurons"),
    ],
)
def test_what_does_not_go_together_is_refused(make: Any, message: str) -> None:
    with pytest.raises(CircuitError) as error:
        make()
    assert message in str(error.value) and "test_generators.py" in error.value.where


@pytest.mark.parametrize(("tau_m_s", "tau_syn_s"), [(0.02, 0.005), (0.005, 0.02), (0.01, 0.01), (0.02, 0.0)])
def test_peak_is_what_integrating_gives(tau_m_s: float, tau_syn_s: float) -> None:
    dt_s, v, u, most = 1e-6, 0.0, 1.0, 0.0
    if tau_syn_s == 0:
        v, u = 1.0, 0.0
    for _ in range(100_000):
        most = max(most, v)
        v += dt_s / tau_m_s * (u - v)
        u -= dt_s / tau_syn_s * u if tau_syn_s else 0.0
    assert peak(LIF(tau_m_s=tau_m_s, tau_syn_s=tau_syn_s)) == pytest.approx(most, rel=1e-3)
