"""What can be said in a circuit file; what cannot is in tests/wrong."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from mycoflux.circuit import (
    LIF,
    Accept,
    Circuit,
    Convolution,
    ConvolutionShape,
    Explicit,
    LeakyIntegrator,
    Potential,
    Random,
    Rate,
    Spike,
    registry,
)
from mycoflux.circuit.file import sources
from mycoflux.circuit.file.writer import circuit_text, write_circuit
from mycoflux.circuit.load import load_circuit
from mycoflux.circuit.parts import Population, Projection
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import CircuitError
from tests.circuit.file.test_round_trip import parts


@pytest.fixture
def load(tmp_path: Path):
    """A function that writes files and loads the first."""

    def write_and_load(text: str, parameters: dict | None = None, **others: str) -> Circuit:
        for name, content in {"main": text, **others}.items():
            suffix = "py" if "import" in content else "yaml"
            (tmp_path / f"{name}.{suffix}").write_text(dedent(content))
        return load_circuit(str(tmp_path / "main.yaml"), parameters=parameters)

    return write_and_load


PART = """
    mycoflux: 1
    parameters: {gain_v: {default: 0.01, min: 0, max: 1}, n: 2}
    populations: {p: {size: "${n}", neuron: LIF}}
    projections: [{source: p, target: p, weight_v: "${gain_v}"}]
"""


def test_it_says_what_python_says(load) -> None:
    said = load("""
        mycoflux: 1
        name: parts
        dt_s: 0.0005
        accept: {rate_error: 0.2, coincidence: 0.5}
        sensors:
          pixels: {encoder: Spike, channels: 16, expected_rate_hz: 5}
          hand: {encoder: {Rate: {max_rate_hz: 100}}, channels: 2, max_rate_hz: 90}
        populations:
          cells: {size: 32, neuron: {LIF: {receptors: {slow: 0.05}, refractory_s: 0.002, tau_m_s: .inf}}}
          read: {size: 1, neuron: {LeakyIntegrator: {tau_m_s: 0.1, bias_v: [0.001]}}}
        projections:
          - source: pixels
            target: cells
            weight_v: 0.004
            pattern: {Convolution: {shape: {inputs: [1, 4, 4], channels: 2, kernel: [3, 3], padding: [1, 1]}}}
          - {source: hand, target: cells, weight_v: 6e-3, receptor: slow, delay_s: 0.005, stretch: true}
          - {source: cells, target: cells, weight_v: -0.0005, pattern: {Random: {probability: 0.2, seed: 1}}}
          - source: cells
            target: read
            name: out
            weight_v: 0.5 0.25
            delay_s: [0.001, 0.002]
            pattern: {Explicit: {synapses: [[0, 0], [31, 0]]}}
        actuators:
          angle: {source: read, decoder: {Potential: {full_scale_v: 0.05}}}
    """)
    c = Circuit("parts", dt_s=0.0005, accept=Accept(rate_error=0.2, coincidence=0.5))
    c.sensor("pixels", Spike(), 16, expected_rate_hz=5)
    c.sensor("hand", Rate(max_rate_hz=100), 2, max_rate_hz=90)
    c.population("cells", 32, LIF(receptors={"slow": 0.05}, refractory_s=0.002, tau_m_s=float("inf")))
    c.population("read", 1, LeakyIntegrator(tau_m_s=0.1, bias_v=[0.001]))
    shape = ConvolutionShape((1, 4, 4), 2, (3, 3), padding=(1, 1))
    c.connect("pixels", "cells", weight_v=0.004, pattern=Convolution(shape))
    c.connect("hand", "cells", weight_v=6e-3, receptor="slow", delay_s=0.005, stretch=True)
    c.connect("cells", "cells", weight_v=-0.0005, pattern=Random(0.2, seed=1))
    out = Explicit([(0, 0), (31, 0)])
    c.connect("cells", "read", weight_v=[0.5, 0.25], delay_s=[0.001, 0.002], pattern=out, name="out")
    c.actuator("angle", "read", Potential(full_scale_v=0.05))
    assert parts(said) == parts(c)
    assert (said.name, said.dt_s, said.accept) == (c.name, c.dt_s, c.accept)


def test_a_parameter_is_set_where_the_circuit_is_used(load) -> None:
    main = """
        mycoflux: 1
        parameters: {strong_v: 0.5}
        include:
          one: part.yaml
          two: {circuit: part.yaml, parameters: {gain_v: "${strong_v / 2}", n: 3}}
    """
    circuit = load(main, part=PART)
    assert [p.weight_v for p in circuit.of_kind(Projection)] == [0.01, 0.25]
    assert [p.size for p in circuit.of_kind(Population)] == [2, 3]
    again = load(main, {"strong_v": 0.1}, part=PART)
    assert again.of_kind(Projection)[1].weight_v == 0.05


def test_an_array_knows_its_index(load) -> None:
    circuit = load(
        """
        mycoflux: 1
        include: {legs: {circuit: part.yaml, count: 3, parameters: {n: "${i + 1}"}}}
        projections:
          - {count: 3, source: "legs[${i}]/p", target: "legs[${(i + 1) % 3}]/p", weight_v: "${0.1 * i}"}
        """,
        part=PART,
    )
    assert {p.name: p.size for p in circuit.of_kind(Population)} == {f"legs[{i}]/p": i + 1 for i in range(3)}
    between = [(p.name, p.weight_v) for p in circuit.of_kind(Projection)[3:]]
    assert between == [(f"legs[{i}]/p>legs[{(i + 1) % 3}]/p", 0.1 * i) for i in range(3)]
    python = Circuit("python")
    for i in range(3):
        assert python.include("legs", circuit, index=i)["x"].name == f"legs[{i}]/x"
    with pytest.raises(CircuitError, match="index of 'legs' is -1"):
        python.include("legs", circuit, index=-1)


def test_a_circuit_extends_another(load) -> None:
    circuit = load(
        """
        mycoflux: 1
        extends: base.yaml
        parameters: {gain_v: 0.2, more: 4}
        populations: {q: {size: "${more}", neuron: LIF}}
        projections: [{source: p, target: q, weight_v: "${gain_v}"}]
        change:
          p: {size: 5, bias_v: 0.001}
          p>p: {delay_s: 0.003}
        """,
        base="mycoflux: 1\ndt_s: 0.002\nextends: part.yaml\nparameters: {n: 7}\n",
        part=PART,
    )
    p, q = circuit.of_kind(Population)
    assert (p.size, p.neuron.bias_v, q.size, circuit.dt_s, circuit.name) == (5, 0.001, 4, 0.002, "main")
    assert [(x.weight_v, x.delay_s) for x in circuit.of_kind(Projection)] == [(0.2, 0.003), (0.2, None)]
    kept = "mycoflux: 1\nextends: part.yaml\nparameters: {gain_v: 2}\n"
    with pytest.raises(CircuitError, match="at most 1") as caught:  # the range of the base still holds
        load(kept, part=PART)
    assert caught.value.where.endswith("main.yaml:3:22")
    gone = load("mycoflux: 1\nextends: part.yaml\nremove: [p>p]\n", part=PART)
    assert [part.name for part in gone.parts] == ["p"]


def test_groups_nest_and_may_be_reached_by_full_names(load) -> None:
    circuit = load("""
        mycoflux: 1
        groups:
          left:
            populations: {a: {size: 1, neuron: LIF}}
            groups: {inner: {populations: {b: {size: 1, neuron: LIF}}}}
            projections: [{source: a, target: inner/b, weight_v: 0.01}]
        populations: {left/c: {size: 2, neuron: LIF}}
        projections: [{source: left/c, target: left/inner/b, weight_v: 0.02}]
    """)
    assert [p.name for p in circuit.parts] == [
        "left/a",
        "left/inner/b",
        "left/a>inner/b",
        "left/c",
        "left/c>left/inner/b",
    ]
    compile_circuit(circuit)


def test_circuits_of_python_are_included_and_extended(load) -> None:
    robot = """
        from mycoflux.circuit import LIF, Circuit

        class Robot(Circuit):
            n = 2
            kind = "wheeled"

            def build(self):
                self.population("p", self.n, LIF())

        ready = Robot(n=9)
    """
    circuit = load(
        """
        mycoflux: 1
        include:
          one: {circuit: "robot.py:Robot", parameters: {n: 3}}
          two: robot.py
        """,
        robot=robot,
    )
    assert [(p.name, p.size) for p in circuit.of_kind(Population)] == [("one/p", 3), ("two/p", 9)]
    assert circuit.parts[0].origin == "robot.py:9"  # its own line, not that of the file that includes it
    child = "mycoflux: 1\nextends: robot.py:Robot\nparameters: {n: 4}\nchange: {p: {threshold_v: 0.02}}\n"
    (p,) = load(child, robot=robot).of_kind(Population)
    assert (p.size, p.neuron.threshold_v) == (4, 0.02)
    with pytest.raises(CircuitError, match="has no parameter 'm'"):
        load("mycoflux: 1\ninclude: {x: {circuit: 'robot.py:Robot', parameters: {m: 1}}}", robot=robot)
    with pytest.raises(CircuitError, match="made already"):
        load(
            "mycoflux: 1\nextends: robot.py\ninclude: {x: {circuit: robot.py, parameters: {n: 1}}}",
            robot=robot,
        )


def test_parts_remember_line_and_column(load) -> None:
    circuit = load(
        "mycoflux: 1\npopulations:\n  a: {size: 1, neuron: LIF}\n  b:\n    size: 1\n    neuron: LIF\n"
    )
    assert [p.origin.rsplit("/", 1)[-1] for p in circuit.parts] == ["main.yaml:3:3", "main.yaml:4:3"]


def test_a_parameter_may_depend_on_those_before_it(load) -> None:
    circuit = load("""
        mycoflux: 1
        parameters:
          n: 4
          m: {default: "${n ** 2}", max: "${4 * n}"}
          wide: true
          name: cells
          weights: [0.1, 0.2]
        populations: {"${name}_${n}": {size: "${m}", neuron: LIF}}
        projections:
          - source: cells_4
            target: cells_4
            weight_v: ${weights}
            stretch: ${wide}
            pattern: {Explicit: {synapses: [[0, 1], [1, 0]]}}
    """)
    population, projection = circuit.parts
    assert (population.name, population.size) == ("cells_4", 16)
    assert (projection.weight_v, projection.stretch) == ((0.1, 0.2), True)


def test_files_that_ask_for_ever_more_files_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST", 2000)
    for level in range(40):
        (tmp_path / f"l{level}.yaml").write_text(
            f"mycoflux: 1\ninclude: {{a: l{level + 1}.yaml, b: l{level + 1}.yaml}}\n"
        )
    (tmp_path / "l40.yaml").write_text("mycoflux: 1\npopulations: {p: {size: 1, neuron: LIF}}\n")
    with pytest.raises(CircuitError, match="more than"):
        load_circuit(str(tmp_path / "l0.yaml"))


def test_the_circuit_of_the_documentation_compiles(load) -> None:
    page = (Path(__file__).parents[3] / "docs" / "circuit-files.md").read_text("utf-8")
    circuit = load(page.split("```yaml\n")[1].split("```")[0], {"gain_v": 2})
    assert circuit.of_kind(Projection)[0].weight_v == 2
    compile_circuit(circuit)


@pytest.mark.parametrize("name", registry.names(registry.CIRCUIT))
def test_generators_are_included_by_name_and_come_back(load, name: str, tmp_path: Path) -> None:
    circuit = load(f"mycoflux: 1\nname: c\ninclude: {{x: {name}}}\n")
    python = Circuit("c")
    python.include("x", registry.get(registry.CIRCUIT, name)())
    assert parts(circuit) == parts(python)
    assert circuit.parts[0].origin.endswith("main.yaml:3:11")
    write_circuit(circuit, tmp_path / "back.yaml")
    assert circuit_text(load_circuit(str(tmp_path / "back.yaml"))) == circuit_text(circuit)


def test_parameters_of_a_generator_may_be_lists(load) -> None:
    circuit = load("mycoflux: 1\ninclude: {x: {circuit: Layers, parameters: {sizes: [3, 2]}}}\n")
    assert [p.size for p in circuit.of_kind(Population)][-1] == 2
