from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from mycoflux.circuit import LIF, AllToAll, Circuit, Explicit, OneToOne, Random, Rate, RateToPwm
from mycoflux.circuit.load import load_circuit
from mycoflux.circuit.network import float_network
from mycoflux.circuit.parts import Population, Projection
from mycoflux.compiler.resolve import resolve
from mycoflux.errors import CircuitError


class Half(Circuit):
    """One side of a robot, to be used twice."""

    weight_v = 0.01

    def build(self) -> None:
        eye = self.sensor("eye", Rate(200.0))
        motor = self.population("motor", 2, LIF())
        self.connect(eye, motor, weight_v=self.weight_v)
        self.actuator("wheel", motor, RateToPwm(100.0))


class Robot(Circuit):
    def build(self) -> None:
        left = self.include("left", Half())
        right = self.include("right", Half(weight_v=0.02))
        self.connect(left["motor"], right["motor"], weight_v=-0.001, pattern=OneToOne())


def test_a_circuit_is_used_twice_inside_another() -> None:
    flat = resolve(Robot())
    assert [p.name for p in flat.populations] == ["left/motor", "right/motor"]
    assert [s.name for s in flat.sensors] == ["left/eye", "right/eye"]
    assert [a.source for a in flat.actuators] == ["left/motor", "right/motor"]
    weights = {p.name: p.weights_v[0] for p in flat.projections}
    assert weights == {
        "left/eye>motor": 0.01,
        "right/eye>motor": 0.02,
        "left/motor>right/motor": -0.001,
    }


def test_a_subclass_overrides_parameters_and_parts() -> None:
    class Shy(Half):
        weight_v = -0.005

        def build(self) -> None:
            super().build()
            self.change("motor", size=3, bias_v=0.02)
            self.change("wheel", decoder=RateToPwm(50.0))

    shy = Shy()
    motor = shy.of_kind(Population)[0]
    assert (motor.size, motor.neuron.bias_v, motor.neuron.tau_m_s) == (3, 0.02, LIF().tau_m_s)
    assert shy.of_kind(Projection)[0].weight_v == -0.005
    assert [p.size for p in resolve(Half()).populations] == [2]

    class Blind(Half):
        def build(self) -> None:
            super().build()
            self.remove("eye>motor")

    assert Blind().of_kind(Projection) == ()


def test_what_others_name_is_refused_where_it_is_removed() -> None:
    class Lame(Half):
        def build(self) -> None:
            super().build()
            self.remove("motor")

    host = Circuit("host")
    host.include("left", Lame())
    for make in (resolve, float_network):
        with pytest.raises(CircuitError, match="'left/motor' is removed here") as caught:
            make(host)
        line = int(str(caught.value.where).removeprefix("test_circuit.py:"))
        assert Path(__file__).read_text().splitlines()[line - 1].strip() == 'self.remove("motor")'
        assert "projection 'left/eye>motor', actuator 'left/wheel'" in caught.value.what
    host.remove("left/eye>motor")
    host.remove("left/wheel")
    host.population("other", 1, LIF())
    assert [p.name for p in resolve(host).populations] == ["other"]


def test_what_is_removed_may_be_put_back_as_another() -> None:
    class Larger(Half):
        def build(self) -> None:
            super().build()
            self.remove("motor")
            self.population("motor", 5, LIF())

    assert [p.size for p in resolve(Larger()).populations] == [5]


def test_patterns() -> None:
    def pairs(pattern, sources, targets):
        return list(zip(*(a.tolist() for a in pattern.pairs(sources, targets)), strict=True))

    assert pairs(AllToAll(), 2, 2) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert pairs(OneToOne(), 3, 3) == [(0, 0), (1, 1), (2, 2)]
    assert pairs(Explicit([(1, 0), (0, 2)]), 2, 3) == [(1, 0), (0, 2)]
    drawn = pairs(Random(0.25, seed=7), 200, 200)
    assert drawn == pairs(Random(0.25, seed=7), 200, 200)
    assert drawn != pairs(Random(0.25, seed=8), 200, 200)
    assert abs(len(drawn) / 40_000 - 0.25) < 0.02
    assert pairs(Random(0.0, seed=1), 5, 5) == []


def test_synapses_are_sorted_and_doubles_summed() -> None:
    circuit = Circuit("c")
    a = circuit.population("a", 2, LIF())
    circuit.connect(a, a, weight_v=[0.1, 0.2, 0.3], pattern=Explicit([(1, 0), (0, 1), (1, 0)]), delay_s=0.003)
    synapses = resolve(circuit).projections[0]
    assert synapses.sources.tolist() == [0, 1]
    assert synapses.targets.tolist() == [1, 0]
    assert np.allclose(synapses.weights_v, [0.2, 0.4])
    assert synapses.delays.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("delay_s", "ticks"), [(None, 0), (0.0, 0), (0.001, 0), (0.0014, 0), (0.0016, 1), (0.063, 62)]
)
def test_a_delay_counts_from_spike_to_effect(delay_s: float | None, ticks: int) -> None:
    circuit = Circuit("c")
    a = circuit.population("a", 1, LIF())
    circuit.connect(a, a, weight_v=0.1, delay_s=delay_s)
    assert resolve(circuit).projections[0].delays.tolist() == [ticks]


def _unknown_target(c: Circuit) -> None:
    c.connect("motor", "moter", weight_v=0.1)


def _unknown_source_of_actuator(c: Circuit) -> None:
    c.actuator("wheel", "nobody", RateToPwm(10.0))


def _nan_weight(c: Circuit) -> None:
    c.connect("motor", "motor", weight_v=math.nan)


def _nan_among_weights(c: Circuit) -> None:
    c.connect("motor", "motor", weight_v=[0.1, math.inf, 0.1, 0.1])


def _long_delay(c: Circuit) -> None:
    c.connect("motor", "motor", weight_v=0.1, delay_s=0.065)


def _negative_delay(c: Circuit) -> None:
    c.connect("motor", "motor", weight_v=0.1, delay_s=-0.001)


def _twice(c: Circuit) -> None:
    c.population("motor", 2, LIF())


def _wrong_count(c: Circuit) -> None:
    c.connect("motor", "motor", weight_v=[0.1, 0.2])


def _unequal(c: Circuit) -> None:
    c.population("three", 3, LIF())
    c.connect("motor", "three", weight_v=0.1, pattern=OneToOne())


def _outside(c: Circuit) -> None:
    c.connect("motor", "motor", weight_v=0.1, pattern=Explicit([(0, 2)]))


def _no_neurons(c: Circuit) -> None:
    c.population("none", 0, LIF())


def _slash(c: Circuit) -> None:
    c.population("a/b", 1, LIF())


def _bad_neuron(c: Circuit) -> None:
    LIF(tau_m_s=0.0)


def _bad_probability(c: Circuit) -> None:
    Random(1.5, seed=0)


def _no_part(c: Circuit) -> None:
    c.change("leg", size=3)


def _no_field(c: Circuit) -> None:
    c.change("motor", colour=3)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (_unknown_target, "'moter', which does not exist. Did you mean 'motor'?"),
        (_unknown_source_of_actuator, "actuator 'wheel' names the population 'nobody'"),
        (_nan_weight, "weight_v of 'motor>motor' is nan"),
        (_nan_among_weights, "weight_v of 'motor>motor' at 1 is inf"),
        (_long_delay, "0.065 s is 65 ticks, the longest is 63"),
        (_negative_delay, "delay_s of 'motor>motor' is -0.001"),
        (_twice, "the name 'motor' is used twice"),
        (_wrong_count, "has 2 values for 4 synapses"),
        (_unequal, "one-to-one needs two sides of one size, these have 2 and 3"),
        (_outside, "synapse (0, 2) is outside of 2 sources and 2 targets"),
        (_no_neurons, "size of 'none' is 0"),
        (_slash, "a population cannot be named 'a/b'"),
        (_bad_neuron, "tau_m_s is 0"),
        (_bad_probability, "probability is 1.5"),
        (_no_part, "has no part 'leg'"),
        (_no_field, "has no field 'colour'"),
    ],
)
def test_a_wrong_circuit_is_refused_and_names_the_line(wrong, says: str) -> None:
    circuit = Circuit("c")
    circuit.population("motor", 2, LIF())
    with pytest.raises(CircuitError) as refused:
        wrong(circuit)
        resolve(circuit)
    assert says in str(refused.value)
    assert refused.value.remedy
    assert refused.value.exit_code == 2
    assert "test_circuit.py:" in refused.value.where


def test_a_circuit_without_neurons_is_refused() -> None:
    with pytest.raises(CircuitError, match="has no population"):
        resolve(Circuit("empty"))


def test_circuits_are_found_in_files(tmp_path: Path) -> None:
    one = tmp_path / "one.py"
    one.write_text(
        "from mycoflux.circuit import LIF, Circuit\n"
        "class Base(Circuit):\n    def build(self):\n        self.population('a', 1, LIF())\n"
    )
    assert load_circuit(str(one)).name == "Base"
    two = tmp_path / "two.py"
    two.write_text(one.read_text() + "class Other(Base):\n    pass\n")
    assert load_circuit(f"{two}:Other").name == "Other"
    with pytest.raises(CircuitError, match=r"2 circuits \(Base, Other\)"):
        load_circuit(str(two))
    with pytest.raises(CircuitError, match="no circuit 'Third'"):
        load_circuit(f"{two}:Third")
    with pytest.raises(CircuitError, match="no such circuit file"):
        load_circuit(str(tmp_path / "none.py"))
    broken = tmp_path / "broken.py"
    broken.write_text("x = 1\ny = x / 0\n")
    with pytest.raises(CircuitError, match=r"broken.py:2: .*ZeroDivisionError"):
        load_circuit(str(broken))
    broken.write_text("x = (\n")
    with pytest.raises(CircuitError, match="SyntaxError"):
        load_circuit(str(broken))


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (lambda c: c.sensor("z", "rate"), r"encoder of 'z' is 'rate'"),
        (lambda c: c.sensor("z", Rate), r"encoder of 'z' is the class Rate itself"),
        (lambda c: c.actuator("z", "p", "x"), r"decoder of 'z' is 'x'"),
        (lambda c: c.population("q", 3, "lif"), r"neuron of 'q' is 'lif'"),
        (lambda c: c.connect("p", "p", weight_v=1, pattern="all"), r"pattern of 'p>p' is 'all'"),
        (lambda c: c.connect(5, "p", weight_v=1), r"what is to be connected is 5"),
        (lambda c: c.change("p", neuron=3), r"neuron of 'p' is 3"),
        (lambda c: c.include("x", 3), r"circuit of 'x' is 3"),
        (lambda c: Random(0.5, -1), r"seed is -1"),
        (lambda c: Random(0.5, "x"), r"seed is 'x'"),
        (lambda c: c.population("a\x1b[31m", 3, LIF()), r"cannot be named"),
    ],
)
def test_a_slip_is_named(slip, said) -> None:
    circuit = Circuit("slips")
    circuit.population("p", 3, LIF())
    with pytest.raises(CircuitError, match=said):
        slip(circuit)


@pytest.mark.parametrize("pairs", [[(0, 1.7)], [(0, 1, 2)], [("a", 1)], [3]])
def test_what_is_no_pair_is_refused(pairs) -> None:
    circuit = Circuit("pairs")
    circuit.population("p", 3, LIF())
    circuit.connect("p", "p", weight_v=1, pattern=Explicit(pairs))
    with pytest.raises(CircuitError, match="no synapse"):
        resolve(circuit)


def test_sizes_are_counted_before_memory_is_spent() -> None:
    circuit = Circuit("large")
    circuit.population("a", 20_000, LIF())
    circuit.connect("a", "a", weight_v=0.1)
    with pytest.raises(CircuitError, match="has 400,000,000 synapses"):
        resolve(circuit)
    circuit = Circuit("many")
    circuit.population("a", 6_000_000, LIF())
    circuit.sensor("s", Rate(10.0), 5_000_000)
    with pytest.raises(CircuitError, match="with 's' the circuit has 11,000,000 neurons"):
        resolve(circuit)


def test_a_sensor_is_no_target() -> None:
    circuit = Circuit("backwards")
    circuit.population("p", 3, LIF())
    circuit.sensor("s", Rate(10.0))
    circuit.connect("p", "s", weight_v=1)
    with pytest.raises(CircuitError, match="names the sensor 's' where a population must be"):
        resolve(circuit)


def test_a_circuit_may_include_itself_as_it_is() -> None:
    circuit = Circuit("twice")
    circuit.population("p", 3, LIF())
    circuit.include("again", circuit)
    assert [p.name for p in circuit.parts] == ["p", "again/p"]
