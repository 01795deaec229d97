"""What is never cut: stays in one group, whatever else does."""

from __future__ import annotations

import numpy as np
import pytest

from myco import layout
from mycoflux.compiler.contract import Groups, contract
from mycoflux.compiler.integer import (
    IntegerActuator,
    IntegerCircuit,
    IntegerPopulation,
    IntegerProjection,
    IntegerSensor,
)
from mycoflux.compiler.numbering import number
from mycoflux.errors import MeshError
from mycoflux.program import neurons

LIF = neurons.Lif(vth=100)


def population(name: str, size: int, neuron: neurons.Neuron = LIF) -> IntegerPopulation:
    return IntegerPopulation(name, size, neuron, 1.0, "")


def one_to_one(source: str, target: str, size: int, delay: int, stretch: bool = False) -> IntegerProjection:
    each, ones = np.arange(size), np.ones(size, np.int64)
    return IntegerProjection(
        f"{source}>{target}", source, target, False, 1, 0, delay, each, each, ones, "", stretch=stretch
    )


def grouped(
    circuit: IntegerCircuit, ports: dict[str, str] | None = None, small: int = 0, reach: int = 1
) -> Groups:
    return contract(circuit, number(circuit), ports or {}, small, reach)


def circuit(*projections: IntegerProjection, neuron: neurons.Neuron = LIF) -> IntegerCircuit:
    """Two populations of four, a sensor of four channels."""
    parts = (population("p", 4, neuron), population("q", 4))
    sensor = IntegerSensor("s", 4, layout.ENCODE_SPIKE, 0, "")
    return IntegerCircuit("c", 1000, parts, (sensor,), projections, ())


def test_neurons_that_a_short_delay_joins_stay_together_pair_by_pair() -> None:
    of = grouped(circuit(one_to_one("p", "q", 4, delay=0))).of
    assert (of[:4] == of[4:8]).all() and len(set(of[:4])) == 4


@pytest.mark.parametrize(("delay", "stretch", "reach"), [(0, True, 1), (1, False, 1), (3, False, 3)])
def test_what_may_be_late_enough_is_cut(delay: int, stretch: bool, reach: int) -> None:
    groups = grouped(circuit(one_to_one("p", "q", 4, delay, stretch)), reach=reach)
    assert groups.count == 9 and not groups.reasons


def test_a_longer_reach_keeps_more_together() -> None:
    assert grouped(circuit(one_to_one("p", "q", 4, delay=2)), reach=3).count == 5


def test_spikes_that_carry_values_keep_both_populations_whole() -> None:
    groups = grouped(circuit(one_to_one("p", "q", 4, delay=9), neuron=neurons.Graded(vth=1)))
    assert len(set(groups.of[:8])) == 1 and groups.count == 2
    assert groups.reasons[0].why == "its spikes carry values"


def test_a_decoded_population_stays_whole() -> None:
    whole = circuit()
    winner = IntegerActuator("a", "q", layout.DECODE_WINNER, 4096, 4, 1, 0, 4095, "")
    groups = grouped(IntegerCircuit("c", 1000, whole.populations, whole.sensors, (), (winner,)))
    assert len(set(groups.of[4:8])) == 1 and groups.count == 6
    assert "chooses among" in groups.reasons[0].why


def test_a_sensor_is_one_unit_and_goes_where_a_short_delay_needs_it() -> None:
    groups = grouped(circuit(one_to_one("s", "p", 4, delay=0)), {"s": "left"})
    assert len(set(groups.of[[0, 1, 2, 3, 8]])) == 1
    assert groups.pins == {int(groups.of[8]): "left"}


def test_small_populations_stay_whole_unless_pins_pull_them_apart() -> None:
    assert grouped(circuit(), small=4).count == 3
    assert grouped(circuit(), small=3).count == 9
    two = (
        IntegerSensor("l", 1, layout.ENCODE_SPIKE, 0, ""),
        IntegerSensor("r", 1, layout.ENCODE_SPIKE, 0, ""),
    )
    ends = [
        IntegerProjection(f"{s}>p", s, "p", False, 1, 0, 0, np.array([0]), np.array([i]), np.array([1]), "")
        for i, s in enumerate("lr")
    ]
    pulled = IntegerCircuit("c", 1000, (population("p", 2),), two, tuple(ends), ())
    assert grouped(pulled, {"l": "left"}, small=2).count == 1
    apart = grouped(pulled, {"l": "left", "r": "right"}, small=2)
    assert apart.count == 2 and sorted(apart.pins.values()) == ["left", "right"]


def test_ports_pinned_apart_that_must_be_together_are_refused_with_the_reason() -> None:
    short = circuit(one_to_one("s", "p", 4, delay=0))
    winner = IntegerActuator("a", "p", layout.DECODE_WINNER, 4096, 4, 1, 0, 4095, "")
    both = IntegerCircuit("c", 1000, short.populations, short.sensors, short.projections, (winner,))
    with pytest.raises(MeshError, match="'s' on 'left' and 'a' on 'right'") as caught:
        grouped(both, {"s": "left", "a": "right"})
    assert "s>p" in caught.value.remedy and "1 tick" in caught.value.remedy
