"""Other people's packages: built, installed apart, used from YAML and Python; broken ones are named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from mycoflux.circuit import LIF, Circuit
from mycoflux.errors import CircuitError

PACKAGE = Path(__file__).parent / "package"
CIRCUIT = """
mycoflux: 1
name: plugged
sensors:
  eye: {encoder: {Shutter: {period: 5}}}
populations:
  cells: {size: 4, neuron: {RefractoryTicks: {ticks: 3}}}
include:
  chain: {circuit: Chain, parameters: {links: 4}}
projections:
  - {source: eye, target: cells, weight_v: 0.01, pattern: EveryOther}
  - {source: cells, target: chain/link0, weight_v: 0.01}
actuators:
  duty: {source: cells, decoder: {Meter: {full_rate_hz: 100}}}
"""
PYTHON = """
from acme_spikes import Chain, EveryOther, Meter, RefractoryTicks, Shutter
from mycoflux.circuit import Circuit

circuit = Circuit("plugged")
eye = circuit.sensor("eye", Shutter(period=5))
cells = circuit.population("cells", 4, RefractoryTicks(ticks=3))
chain = circuit.include("chain", Chain(links=4))
circuit.connect(eye, cells, weight_v=0.01, pattern=EveryOther())
circuit.connect(cells, chain["link0"], weight_v=0.01)
circuit.actuator("duty", cells, Meter(full_rate_hz=100))
"""
BUILTIN = """
from mycoflux.circuit import *

circuit = Circuit("plugged")
eye = circuit.sensor("eye", Rate(max_rate_hz=200))
cells = circuit.population("cells", 4, LIF(refractory_s=0.003))
links = [circuit.population(f"chain {i}", 2, LIF()) for i in range(4)]
for a, b in zip(links, links[1:]):
    circuit.connect(a, b, weight_v=0.02, pattern=OneToOne())
circuit.connect(eye, cells, weight_v=0.01, pattern=Explicit([(0, 0), (0, 2)]))
circuit.connect(cells, links[0], weight_v=0.01)
circuit.actuator("duty", cells, RateToPwm(full_rate_hz=100, tau_s=0.010))
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the package was built and installed, as a wheel is."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PACKAGE, folder / "source")
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=folder / "source", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(folder / "site")
    return folder / "site"


def mycoflux(site: Path | str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command of ours in a process that sees the packages of `site`."""
    return subprocess.run(
        [sys.executable, "-m", "mycoflux", *arguments],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


def registered(tmp_path: Path, name: str, group: str, entry: str, code: str = "") -> Path:
    """A site folder with a distribution that registers `entry`."""
    info = tmp_path / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
    (tmp_path / f"{name.replace('-', '_')}.py").write_text(code)
    return tmp_path


def test_yaml_and_python_use_all_kinds(installed: Path, tmp_path: Path) -> None:
    for name, text in (("a.yaml", CIRCUIT), ("b.py", PYTHON), ("c.py", BUILTIN)):
        (tmp_path / name).write_text(text)
        done = mycoflux(installed, "build", name, "-o", f"{name}.myco", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    images = [(tmp_path / f"{name}.myco").read_bytes() for name in ("a.yaml", "b.py", "c.py")]
    assert images[0] == images[1]
    shown = [
        json.loads(mycoflux(installed, "inspect", f"{name}.myco", "--json", cwd=tmp_path).stdout)
        for name in ("a.yaml", "c.py")
    ]
    for inspected in shown:  # the built-in twin has other names for the links, and so another size
        for part in (*inspected["populations"], *inspected["projections"]):
            for key in ("name", "source", "target"):
                part.pop(key, None)
    assert shown[0]["populations"] == shown[1]["populations"]
    assert shown[0]["sensors"] == shown[1]["sensors"] and shown[0]["actuators"] == shown[1]["actuators"]


def test_what_packages_bring_is_written_by_its_name_and_in_the_schema(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "b.py").write_text(PYTHON)
    done = mycoflux(installed, "export", "b.py", "-o", "b.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "b.yaml").read_text()
    assert "neuron: {RefractoryTicks: {ticks: 3}}" in written and "decoder: {Meter: " in written
    schema = json.loads(mycoflux(installed, "schema", cwd=tmp_path).stdout)["$defs"]
    mapping = schema["neuron"]["anyOf"][1]["properties"]["RefractoryTicks"]
    assert mapping["required"] == ["ticks"] and set(mapping["properties"]) == {"ticks", "threshold_v"}
    assert "RefractoryTicks" not in mycoflux(installed, "schema", "--builtin", cwd=tmp_path).stdout


def test_boards_of_packages_are_known(installed: Path, tmp_path: Path) -> None:
    boards = json.loads(mycoflux(installed, "boards", "--json", cwd=tmp_path).stdout)["boards"]
    assert {"acme-one", "pico"} <= {board["name"] for board in boards}


def test_simulators_see_what_a_custom_neuron_becomes(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CIRCUIT)
    code = (
        "from mycoflux.circuit.load import load_circuit\n"
        "from mycoflux.circuit.network import float_network\n"
        "print(float_network(load_circuit('a.yaml')).populations[0].neuron.refractory_s)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "0.003\n", done.stderr


@pytest.mark.parametrize(
    ("entry", "code", "says"),
    [
        ("Odd = odd_one:Odd", "import nowhere", "cannot be imported: ModuleNotFoundError"),
        ("Odd = odd_one:Odd", "", "cannot be imported: AttributeError"),
        ("Odd = odd_one:Odd", "Odd = 3", "is no class"),
        ("Odd = odd_one:Odd", "class Odd: pass", "is no dataclass"),
        (
            "Odd = odd_one:Odd",
            "from dataclasses import dataclass\n@dataclass\nclass Odd: pass",
            "has no method lower",
        ),
        (
            "Odd = odd_one:Odd",
            "from dataclasses import dataclass\n@dataclass\nclass Odd:\n def lower(self, dt_s): ...",
            "is a dataclass that is not frozen",
        ),
        ("LIF = odd_one:LIF", "", "'LIF' is defined by mycoflux and by odd-one"),
    ],
)
def test_a_broken_package_is_named(entry: str, code: str, says: str, tmp_path: Path) -> None:
    site = registered(tmp_path / "site", "odd-one", "mycoflux.neurons", entry, code)
    (tmp_path / "c.yaml").write_text(
        f"mycoflux: 1\npopulations: {{a: {{size: 1, neuron: {entry.split(' ')[0]}}}}}\n"
    )
    done = mycoflux(site, "build", "c.yaml", "--json", cwd=tmp_path)
    error = json.loads(done.stdout)
    assert (done.returncode, error["error"]) == (69, "extension-broken")
    assert says in error["what"] and "odd-one" in error["what"]


@pytest.mark.parametrize(
    ("lower", "says"),
    [
        ("1 / 0", "Odd fails: ZeroDivisionError"),
        ("'a LIF'", "Odd becomes 'a LIF', which is not built in"),
    ],
)
def test_a_neuron_that_lowers_wrongly_is_named(lower: str, says: str, tmp_path: Path) -> None:
    code = f"""
from dataclasses import dataclass
@dataclass(frozen=True)
class Odd:
    def lower(self, dt_s): return {lower}
"""
    site = registered(tmp_path / "site", "odd-one", "mycoflux.neurons", "Odd = odd_one:Odd", code)
    (tmp_path / "c.yaml").write_text("mycoflux: 1\npopulations:\n  a: {size: 1, neuron: Odd}\n")
    error = json.loads(mycoflux(site, "build", "c.yaml", "--json", cwd=tmp_path).stdout)
    assert (error["error"], error["where"]) == ("circuit", "c.yaml:3:3")
    assert says in error["what"]


@pytest.mark.parametrize(("group", "field"), [("encoders", "encoder"), ("decoders", "decoder")])
def test_ports_that_could_change_are_refused_too(group: str, field: str, tmp_path: Path) -> None:
    code = "from dataclasses import dataclass\n@dataclass\nclass Odd:\n def lower(self, dt_s): ..."
    site = registered(tmp_path / "site", "odd-one", f"mycoflux.{group}", "Odd = odd_one:Odd", code)
    port = f"{{{field}: Odd}}" if field == "encoder" else f"{{source: a, {field}: Odd}}"
    (tmp_path / "c.yaml").write_text(
        f"mycoflux: 1\npopulations: {{a: {{size: 1, neuron: LIF}}}}\n"
        f"{'sensors' if field == 'encoder' else 'actuators'}: {{x: {port}}}\n"
    )
    error = json.loads(mycoflux(site, "build", "c.yaml", "--json", cwd=tmp_path).stdout)
    assert error["error"] == "extension-broken" and "odd-one" in error["what"]
    assert "is a dataclass that is not frozen" in error["what"]


def test_in_python_too_what_could_change_is_refused_where_it_is_used() -> None:
    @dataclass
    class Loose:
        ticks: int = 3

        def lower(self, dt_s: float) -> LIF:
            return LIF(refractory_s=self.ticks * dt_s)

    circuit = Circuit("c")
    with pytest.raises(CircuitError, match=r"neuron of 'a' is a Loose, .* not frozen") as caught:
        circuit.population("a", 1, Loose())
    assert "frozen=True" in caught.value.remedy and "test_plugin.py" in str(caught.value.where)


def test_two_packages_of_one_name_are_both_named(tmp_path: Path) -> None:
    for name in ("one-pack", "two-pack"):
        registered(tmp_path / "site", name, "mycoflux.patterns", f"Mesh = {name.replace('-', '_')}:Mesh")
    (tmp_path / "c.yaml").write_text(
        "mycoflux: 1\npopulations: {a: {size: 1, neuron: LIF}}\n"
        "projections: [{source: a, target: a, weight_v: 0.1, pattern: Mesh}]\n"
    )
    error = json.loads(mycoflux(tmp_path / "site", "build", "c.yaml", "--json", cwd=tmp_path).stdout)
    assert error["what"] == "'Mesh' is defined by one-pack and by two-pack"


def test_a_broken_package_harms_nobody_who_does_not_use_it(tmp_path: Path) -> None:
    site = registered(tmp_path / "site", "odd-one", "mycoflux.neurons", "Odd = odd_one:Odd", "import nowhere")
    (tmp_path / "c.yaml").write_text("mycoflux: 1\npopulations: {a: {size: 1, neuron: LIF}}\n")
    assert mycoflux(site, "build", "c.yaml", cwd=tmp_path).returncode == 0


def test_a_board_that_there_is_already_names_both_owners(tmp_path: Path) -> None:
    site = registered(tmp_path / "site", "odd-one", "mycoflux.boards", "more = odd_boards")
    (site / "odd_boards").mkdir()
    (site / "odd_boards" / "__init__.py").touch()
    empty = json.loads(mycoflux(site, "boards", "--json", cwd=tmp_path).stdout)
    assert "holds board files" in empty["what"]
    (site / "odd_boards" / "pico.toml").write_text("")
    error = json.loads(mycoflux(site, "boards", "--json", cwd=tmp_path).stdout)
    assert error["error"] == "extension-broken"
    assert "odd-one" in error["what"] and "as 'mycoflux' has" in error["what"]
