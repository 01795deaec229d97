"""Scales of the build before: kept while they are good, so that an edit changes little."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mycoflux.circuit import LIF, Circuit, LeakyIntegrator, Rate
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.compiler.scale import Scales
from mycoflux.errors import InvalidInput


def circuit(weights: np.ndarray, threshold_v: float = 0.015, strong_v: float = 0.002) -> Circuit:
    made = Circuit("net")
    source = made.sensor("in", Rate(300.0), 40)
    cells = made.population("cells", 10, LIF(threshold_v=threshold_v))
    readout = made.population("readout", 1, LeakyIntegrator())
    made.connect(source, cells, weight_v=weights.tolist())
    made.connect(cells, cells, weight_v=-strong_v)
    made.connect(cells, readout, weight_v=0.001)
    return made


WEIGHTS = np.random.default_rng(1).uniform(1e-4, 1e-3, 400)


def test_an_edit_of_one_weight_keeps_scales_and_changes_its_table_alone() -> None:
    first = compile_circuit(circuit(WEIGHTS))
    edited = WEIGHTS.copy()
    edited[7] *= 0.5
    again = compile_circuit(circuit(edited), first.scales)
    assert again.scales == first.scales
    changed = [a != b for a, b in zip(first.program.projections, again.program.projections, strict=True)]
    assert changed == [True, False, False]
    table, before = again.program.projections[0], first.program.projections[0]
    assert np.count_nonzero(table.weights != before.weights) == 1
    assert again.program.populations == first.program.populations


def test_without_an_edit_nothing_changes() -> None:
    first = compile_circuit(circuit(WEIGHTS))
    assert compile_circuit(circuit(WEIGHTS), first.scales).image == first.image


def test_a_scale_that_is_no_longer_safe_is_left() -> None:
    first = compile_circuit(circuit(WEIGHTS, strong_v=0.0001))
    edited = circuit(WEIGHTS, strong_v=0.05)
    again = compile_circuit(edited, first.scales)
    assert again.scales.units["cells"] < first.scales.units["cells"]
    assert all(b.proven for b in again.bounds)


def test_a_scale_much_worse_than_the_best_is_left() -> None:
    best = compile_circuit(circuit(WEIGHTS))
    coarse = Scales({name: units / 4096 for name, units in best.scales.units.items()})
    assert compile_circuit(circuit(WEIGHTS), coarse).scales == best.scales


def test_a_scale_that_would_move_the_threshold_is_left() -> None:
    first = compile_circuit(circuit(WEIGHTS))
    again = compile_circuit(circuit(WEIGHTS, threshold_v=0.0151), first.scales)
    entry = next(e for e in again.quantization.entries if e.parameter == "threshold_v")
    assert entry.got == pytest.approx(0.0151, rel=1e-12)


def test_scales_travel_as_json() -> None:
    scales = compile_circuit(circuit(WEIGHTS)).scales
    assert Scales.from_dict(json.loads(json.dumps(scales.as_dict()))) == scales


@pytest.mark.parametrize(
    "wrong", [[], None, {"p": "x"}, {"p": True}, {"p": 0}, {"p": float("nan")}, {1: 2.0}, {"p": 10**400}]
)
def test_what_are_no_scales_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidInput, match="no scales of a build"):
        Scales.from_dict(wrong)
