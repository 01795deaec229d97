"""The report says what the integers are worth, whatever was asked."""

from __future__ import annotations

import pytest

from mycoflux.circuit import LIF, AdaptiveLIF, Circuit, Izhikevich, ResonateAndFire, Spike, TernaryLIF
from mycoflux.circuit.neurons import Neuron
from mycoflux.compiler import scale
from mycoflux.compiler.integer import Asked
from mycoflux.compiler.quantize import quantize
from mycoflux.compiler.resolve import resolve


def quantized(neuron: Neuron) -> tuple[dict[str, Asked], float, object]:
    """The population's entries by parameter, volts a unit of v, and its integers."""
    circuit = Circuit("one")
    population = circuit.population("it", 1, neuron)
    circuit.connect(circuit.sensor("in", Spike()), population, weight_v=0.0037)
    integer, report = quantize(resolve(circuit))
    (got,) = integer.populations
    return {e.parameter: e for e in report.entries if e.part == "it"}, got.volts_per_unit, got.neuron


@pytest.mark.parametrize("neuron", [LIF(), AdaptiveLIF(), TernaryLIF(), ResonateAndFire()])
def test_a_threshold_is_what_was_got(neuron: Neuron, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scales make the threshold exact; where one would not, the report must not claim it."""
    best = scale.best_units
    monkeypatch.setattr(scale, "best_units", lambda *arguments: best(*arguments) * 1.0007)
    entries, volts, integer = quantized(neuron)
    resonates = isinstance(neuron, ResonateAndFire)
    got_v = integer.vth * (1 if resonates else 64) * volts
    assert entries["threshold_v"].asked == 0.015
    assert entries["threshold_v"].got == pytest.approx(got_v, rel=1e-12)
    assert got_v != pytest.approx(0.015, rel=1e-7)


def test_izhikevichs_voltages_and_steps_are_reported() -> None:
    asked = Izhikevich(peak_v=0.0300001, reset_v=-0.0650001, recovery_step_v_s=8.0001)
    entries, volts, integer = quantized(asked)
    assert entries["peak_v"].got == integer.peak * volts != asked.peak_v
    assert entries["reset_v"].got == integer.v_reset * volts != asked.reset_v
    assert entries["recovery_step_v_s"].got == integer.w_step / 4096 != asked.recovery_step_v_s
    for name in ("peak_v", "reset_v", "recovery_step_v_s"):
        assert 0 < entries[name].error < 1e-4
