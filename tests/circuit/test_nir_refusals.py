"""What of a NIR graph has no counterpart is refused by name, all of it at once."""

from __future__ import annotations

import math
from typing import Any

import nir
import numpy as np
import pytest

from mycoflux.circuit import (
    WinnerTakeAll,
)
from mycoflux.circuit.nir import import_nir
from mycoflux.errors import CircuitError
from tests.circuit.nir_graphs import DT, chain, full, graph, li, lif


def test_all_that_cannot_be_is_named_at_once() -> None:
    made = graph(
        {
            "taus": lif(3, r=full(3, 1.0), v_leak=full(3, 0.0), threshold=1.0),
            "levels": lif(3, v_threshold=np.array([1.0, 2.0, 3.0])),
            "short": lif(3, tau=0.0005),
            "above": lif(3, v_leak=full(3, 2.0)),
            "wrong": lif(3, v_threshold=np.array([np.nan, 1, 1])),
            "sum": nir.I(full(3, 1.0)),
            "li": li(3),
            "over": nir.Threshold(full(3, 1.0)),
            "below": nir.Threshold(full(3, -1.0)),
            "w": nir.Linear(np.eye(3)),
        },
        [
            *(("in", k) for k in ("taus", "levels", "short", "above", "wrong", "sum", "li", "below", "w")),
            ("li", "over"),
            ("w", "out"),
        ],
    )
    made.nodes["taus"].tau = np.array([0.01, 0.02, 0.03])
    with pytest.raises(CircuitError) as refused:
        import_nir(made, dt_s=DT)
    what = refused.value.what
    assert what.startswith("9 parts cannot be imported")
    for name, why in (
        ("taus", "differ in tau (0.01 to 0.03)"),
        ("levels", "differ in v_threshold"),
        ("short", "no longer than the step"),
        ("above", "fire without end"),
        ("wrong", "v_threshold that is not finite"),
        ("sum", "nothing bounds its v"),
        ("li -> over", "no neuron here does"),
        ("below", "has a threshold of -1"),
        ("out", "not fed by one neuron node alone"),
    ):
        assert f"'{name}'" in what and why in what, name
    assert refused.value.exit_code == 2 and refused.value.where.startswith("test_nir_refusals.py:")


class Reservoir(nir.ir.node.NIRNode):
    """A node of nobody's."""

    def __init__(self) -> None:
        self.input_type = {"input": np.array([3])}
        self.output_type = {"output": np.array([3])}
        self.metadata = {}


def broken(*edges: tuple[str, str], **nodes: Any) -> nir.NIRGraph:
    return graph({"a": lif(3), **nodes}, [("in", "a"), ("a", "out"), *edges])


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (broken(odd=Reservoir(), strange=Reservoir()), "2 parts .*'odd' is a Reservoir; 'strange'"),
        (broken(("a", "none")), "names 'none', which is no node"),
        (broken(("in", "a")), "is there twice"),
        (broken(("a", "w"), ("w", "a"), w=nir.Linear(np.ones((3, 2)))), "3 values to a node that takes 2"),
        (
            broken(("x", "y"), ("y", "x"), x=nir.Linear(np.eye(3)), y=nir.Linear(np.eye(3))),
            "a circle without a neuron",
        ),
        (
            broken(("li", "w"), ("w", "a"), ("in", "li"), li=li(3), w=nir.Scale(full(3, 1.0))),
            "sends a potent",
        ),
        (broken(("a", "d"), ("d", "a"), d=nir.Delay(full(3, -0.1))), "has a delay of -0.1"),
        (broken(("a", "w"), ("w", "a"), w=nir.Linear(full((3, 3), np.inf))), "weight that is not finite"),
        (
            broken(("a", "c"), c=nir.Conv2d(None, np.ones((1, 1, 2, 2)), 1, 0, 1, 1, np.zeros(1))),
            "does not say what it is applied to",
        ),
        (
            broken(("a", "sub"), sub=nir.NIRGraph({"l": lif(3)}, [], type_check=False)),
            "not exactly one Input",
        ),
        (graph({}, [("in", "out")]), "'out' is not fed by one neuron node.*'the graph' has no neurons"),
    ],
)
def test_broken_graphs(made: nir.NIRGraph, says: str) -> None:
    with pytest.raises(CircuitError, match=says) as refused:
        import_nir(made, dt_s=DT)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "options",
    [
        {"dt_s": 0.0},
        {"dt_s": math.nan},
        {"dt_s": DT, "method": "heun"},
        {"dt_s": DT, "reset": "none"},
        {"dt_s": DT, "time_unit_s": -1},
        {"dt_s": DT, "encoder": WinnerTakeAll()},
        {"dt_s": DT, "readout": "loudest"},
    ],
)
def test_wrong_options(options: dict[str, Any]) -> None:
    with pytest.raises(CircuitError):
        import_nir(chain(lif(3)), **options)
