"""NIR files on the command line: what can be wrong with them, and with what is said of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from mycoflux.circuit.load import load_circuit
from mycoflux.circuit.nir import import_nir
from mycoflux.circuit.parts import Population
from mycoflux.errors import CircuitError
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


def test_flipped_bytes_are_never_a_crash(net: Path, tmp_path: Path) -> None:
    whole, rng = bytearray(net.read_bytes()), np.random.default_rng(5)
    flipped = tmp_path / "flipped.nir"
    for _ in range(150):
        changed = bytearray(whole)
        for at in rng.integers(0, len(whole), 8):
            changed[at] ^= int(rng.integers(1, 256))
        flipped.write_bytes(changed)
        try:
            import_nir(flipped, dt_s=0.001)
        except CircuitError as error:
            assert error.remedy


def test_load_circuit(net: Path, tmp_path: Path) -> None:
    circuit = load_circuit(str(net), dt_s=0.001, reset="subtract")
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
    ]
    for reference, options, says in wrong:
        with pytest.raises(CircuitError, match=says):
            load_circuit(reference, **options)


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
