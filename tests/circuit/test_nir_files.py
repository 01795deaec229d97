"""NIR files on the command line: what can be wrong with them, and with what is said of them."""

from __future__ import annotations

import itertools
import json
import math
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from mycoflux.circuit.load import NirOptions, load_circuit
from mycoflux.circuit.nir import import_nir
from mycoflux.circuit.parts import Population
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import CircuitError, InvalidInput
from mycoflux.resources import data_folder

EXAMPLE = str(data_folder("examples") / "line_follower.py")


def mycoflux(*arguments: str, cwd: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"{before}\nfrom mycoflux.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A file with a layer of LIF neurons, as frameworks write it."""
    one = np.ones(4, np.float32)
    graph = nir.NIRGraph.from_list(
        nir.Affine(weight=np.full((4, 3), 0.3, np.float32), bias=0 * one),
        nir.LIF(tau=0.02 * one, r=20 * one, v_leak=0 * one, v_threshold=one, v_reset=0 * one),
    )
    path = tmp_path / "net.nir"
    nir.write(path, graph)
    return path


def rewritten(path: Path, change: str) -> Path:
    with h5py.File(path, "r+") as file:
        if change == "no graph":
            del file["node"]
        elif change == "no weight":
            del file["node/nodes/affine/weight"]
        elif change == "no type":
            del file["node/nodes/affine/type"]
        elif change == "other kinds":
            for name in ("affine", "lif"):
                del file[f"node/nodes/{name}/type"]
                file[f"node/nodes/{name}/type"] = f"Deep{name}"
        elif change == "a single node":
            file.copy("node/nodes/lif", file, "lone")
            del file["node"]
            file.move("lone", "node")
        elif change == "text":
            del file["node/nodes/lif/tau"]
            file["node/nodes/lif/tau"] = "long"
        elif change == "no nodes":
            del file["node/nodes"]
        elif change == "a weight of one dimension":
            del file["node/nodes/affine/weight"]
            file["node/nodes/affine/weight"] = np.ones(3)
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("no graph", "no NIR graph, or damaged"),
        ("no weight", "lacks something"),
        ("no type", "'affine' is a node of no kind"),
        ("other kinds", "2 parts cannot be imported: 'affine' is a Deepaffine; 'lif' is a Deeplif"),
        ("a single node", "a single node"),
        ("text", "lacks something|not finite"),
        ("no nodes", "names 'affine'"),
        ("a weight of one dimension", "lacks something"),
    ],
)
def test_damaged_files(net: Path, change: str, says: str) -> None:
    with pytest.raises(CircuitError, match=says) as refused:
        import_nir(rewritten(net, change), dt_s=0.001)
    assert "net.nir" in refused.value.where and refused.value.remedy


def test_every_cut_is_an_error_of_its_own_kind(net: Path, tmp_path: Path) -> None:
    whole = net.read_bytes()
    cut = tmp_path / "cut.nir"
    for size in (0, 1, 7, 8, 100, 600, 2048, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:size])
        with pytest.raises(CircuitError, match="damaged"):
            import_nir(cut, dt_s=0.001)


WRONG: list[Any] = [
    *(None, 0, -1, 2.5, math.nan, math.inf, 1e30, 1e-30, 10**12, True),
    *("x", "same", "LIF", "NIRGraph", b"\xff", np.zeros(0), np.ones(3), np.ones((2, 2)), -np.ones(4)),
    *(np.array([10**9, 10**9]), np.ones((3, 2, 3, 3, 1))),
]


def deep(path: Path) -> None:
    """A file with most kinds of nodes."""

    def full(size: int | tuple[int, ...], value: float) -> np.ndarray:
        return np.full(size, value)

    maps, four = (3, 6, 6), 4
    nodes = {
        "in": nir.Input({"input": np.array([2, 6, 6])}),
        "c": nir.Conv2d((6, 6), np.ones((3, 2, 3, 3)), 1, "same", 1, 1, np.zeros(3)),
        "l": nir.LIF(full(maps, 0.02), full(maps, 1.0), full(maps, 0.0), full(maps, 1.0)),
        "p": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "fl": nir.Flatten({"input": np.array([3, 3, 3])}, 0),
        "a": nir.Affine(np.ones((4, 27)), np.zeros(4)),
        "d": nir.Delay(full(four, 0.003)),
        "cu": nir.CubaLIF(*(full(four, value) for value in (0.005, 0.02, 1.0, 0.0, 1.0))),
        "s": nir.Scale(full(four, 0.3)),
        "li": nir.LI(full(four, 0.02), full(four, 1.0), full(four, 0.0)),
        "i": nir.IF(full(four, 1.0), full(four, 1.0)),
        "out": nir.Output({"output": np.array([4])}),
    }
    order = ["in", "c", "l", "p", "fl", "a", "d", "cu", "s", "li", "out"]
    edges = [*itertools.pairwise(order), ("cu", "i")]
    nir.write(path, nir.NIRGraph(nodes, edges, type_check=False))


def test_wrong_values_in_a_file_are_never_a_crash(tmp_path: Path) -> None:
    whole, wrong, rng = tmp_path / "deep.nir", tmp_path / "wrong.nir", random.Random(5)
    deep(whole)
    compile_circuit(import_nir(whole, dt_s=0.001))
    places: list[str] = []
    with h5py.File(whole) as file:
        file.visititems(lambda name, item: places.append(name) if isinstance(item, h5py.Dataset) else None)
    refused = 0
    for _ in range(250):
        shutil.copy(whole, wrong)
        with h5py.File(wrong, "r+") as file:
            for place in rng.sample(places, rng.choice((1, 1, 2))):
                del file[place]
                value = rng.choice(WRONG)
                if value is not None:
                    file[place] = value
        try:
            compile_circuit(import_nir(wrong, dt_s=0.001))
        except InvalidInput as error:
            refused += 1
            assert error.remedy
    assert refused > 100


def test_circles_and_sizes_that_are_not_there(net: Path) -> None:
    with h5py.File(net, "r+") as file:
        file["node/nodes/affine/again"] = file["node"]
    with pytest.raises(CircuitError, match=r"not those of a graph|more than"):
        import_nir(net, dt_s=0.001)
    with h5py.File(net, "r+") as file:
        del file["node/nodes/affine/again"]
        del file["node/nodes/lif/tau"]
        file.create_dataset("node/nodes/lif/tau", shape=(10**12,), dtype="f8", chunks=(1000,))
    with pytest.raises(CircuitError, match="claims more than"):
        import_nir(net, dt_s=0.001)


def test_load_circuit(net: Path, tmp_path: Path) -> None:
    circuit = load_circuit(str(net), NirOptions(dt_s=0.001, reset="subtract"))
    assert circuit.name == "net" and circuit.dt_s == 0.001
    population = circuit.of_kind(Population)[0]
    assert population.neuron.reset == "subtract" and "net.nir: node 'lif'" in population.origin
    wrong: list[tuple[str, dict[str, Any], str]] = [
        (str(net), {}, "does not say how long a step is"),
        (f"{net}:Name", {"dt_s": 0.001}, "holds one circuit"),
        (str(net), {"dt_s": 0.001, "reset": "x"}, "reset is 'x'"),
        (str(tmp_path / "none.nir"), {"dt_s": 0.001}, "no such NIR file"),
        (EXAMPLE, {"dt_s": 0.001}, "says these itself"),
        (EXAMPLE, {"reset": "value"}, "says these itself"),
        (EXAMPLE, {"time_unit_s": 0.001}, "says these itself"),
    ]
    for reference, options, says in wrong:
        with pytest.raises(CircuitError, match=says):
            load_circuit(reference, NirOptions(**options))


def test_build_and_run(net: Path, tmp_path: Path) -> None:
    built = mycoflux("build", "net.nir", "--dt", "0.001", "--json", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    report = json.loads(built.stdout)
    assert (report["image"], report["neurons"], report["synapses"]) == ("net.myco", 4, 12)
    arguments = ["-b", "sim:", "-i", "input=1", "--seconds", "0.1", "--json"]
    ran = mycoflux("run", "net.nir", "--dt", "0.001", *arguments, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    less = mycoflux("run", "net.nir", "--dt", "0.001", "--reset", "subtract", *arguments, cwd=tmp_path)
    assert less.returncode == 0, less.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build", "net.nir"], "--dt 0.001"),
        (["build", "net.nir", "--dt", "0"], "dt_s is 0"),
        (["build", "net.nir", "--dt", "0.001", "--reset", "never"], "value, subtract"),
        (["build", "net.nir", "--dt", "0.001", "-o", "net.nir"], "the circuit file itself"),
        (["build", "none.nir", "--dt", "0.001"], "no such NIR file"),
        (["build", "text.nir", "--dt", "0.001"], "damaged"),
        (["build", EXAMPLE, "--dt", "0.001"], "says these itself"),
        (["run", "net.nir", "-b", "sim:"], "--dt 0.001"),
        (["flash", "net.nir", "-b", "sim:"], "--dt 0.001"),
        (["run", "image.myco", "-b", "sim:", "--dt", "0.001"], "says these itself"),
        (["export", "none.py"], "no such circuit file"),
        (["export", EXAMPLE, "-o", EXAMPLE], "the circuit file itself"),
        (["export", EXAMPLE, "-o", "/no/such/folder/x.nir"], "a folder that exists"),
        (["export", EXAMPLE, "--method", "heun"], "euler, exact"),
        (["export", "held.py"], "'held' has a refractory period"),
    ],
)
def test_wrong_input_ends_with_code_2(arguments: list[str], says: str, net: Path, tmp_path: Path) -> None:
    (tmp_path / "text.nir").write_text("not a graph")
    (tmp_path / "held.py").write_text(
        "from mycoflux.circuit import LIF, Circuit\n"
        "circuit = Circuit('c')\ncircuit.population('held', 1, LIF(refractory_s=0.01))\n"
    )
    before = sorted(path.name for path in tmp_path.iterdir())
    done = mycoflux(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_export_and_build_again(tmp_path: Path) -> None:
    done = mycoflux("export", EXAMPLE, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["nir"] == "line_follower.nir"
    first, again = (
        json.loads(mycoflux("build", *arguments, "--json", "-o", "x.myco", cwd=tmp_path).stdout)
        for arguments in ([EXAMPLE], ["line_follower.nir", "--dt", "0.001"])
    )
    assert (first["neurons"], first["synapses"]) == (again["neurons"], again["synapses"])
    shown = mycoflux("export", "--help", cwd=tmp_path)
    assert "mycoflux export" in shown.stdout


@pytest.mark.parametrize("arguments", [["build", "net.nir", "--dt", "0.001"], ["export", EXAMPLE]])
def test_without_the_package(arguments: list[str], net: Path, tmp_path: Path) -> None:
    done = mycoflux(*arguments, cwd=tmp_path, before="import sys; sys.modules['nir'] = None")
    assert done.returncode == 69, done.stderr
    assert "pip install 'mycoflux[nir]'" in done.stderr


def test_what_a_file_leaves_open_is_said_aloud(net: Path, tmp_path: Path) -> None:
    quiet = mycoflux("build", "net.nir", "--dt", "1", "--time-unit", "1000", "--reset", "value", cwd=tmp_path)
    assert quiet.returncode == 0 and "taken" not in quiet.stderr
    taken = mycoflux("build", "net.nir", "--dt", "0.001", cwd=tmp_path)
    assert "in seconds (--time-unit)" in taken.stderr and "reset to a value (--reset)" in taken.stderr


def test_what_an_export_must_be_read_with(tmp_path: Path) -> None:
    file = tmp_path / "less.py"
    file.write_text(
        "from mycoflux.circuit import *\n"
        "circuit = Circuit('less', dt_s=0.0005)\n"
        "light = circuit.sensor('light', Spike())\n"
        "circuit.connect(light, circuit.population('a', 1, LIF(reset='subtract', tau_syn_s=0)), weight_v=1)\n"
    )
    said = mycoflux("export", "less.py", "-o", "less.nir", cwd=tmp_path)
    assert said.returncode == 0 and "--dt 0.0005 --reset subtract --time-unit 1" in said.stdout
    options = ("--dt", "0.0005", "--reset", "subtract", "--time-unit", "1")
    assert mycoflux("build", "less.nir", *options, cwd=tmp_path).returncode == 0
