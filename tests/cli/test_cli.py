from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mycoflux.cli.run import run
from mycoflux.cli.validate import validate
from mycoflux.errors import InvalidInput, NotAccepted
from mycoflux.resources import data_folder

CIRCUIT = str(data_folder("examples") / "line_follower.py")
SLOW = """
from mycoflux.circuit import *
circuit = Circuit("slow")
circuit.population("cells", 3000, LIF(bias_v=0.9))
"""  # no neuron is ever at rest


def mycoflux(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from mycoflux.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.mark.parametrize(
    "command", ["demo", "build", "inspect", "flash", "run", "validate", "boards", "export", "schema"]
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = mycoflux(command, "--help")
    assert done.returncode == 0
    assert f"mycoflux {command}" in done.stdout


def test_build_and_inspect(tmp_path: Path) -> None:
    built = mycoflux("build", CIRCUIT, "-o", "robot.myco", "--json", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    report = json.loads(built.stdout)
    assert report["neurons"] == 16
    assert report["image_bytes"] == (tmp_path / "robot.myco").stat().st_size
    assert max(e["error"] for e in report["quantization"] if e["asked"]) < 0.05
    shown = json.loads(mycoflux("inspect", "robot.myco", "--json", cwd=tmp_path).stdout)
    assert shown["neurons"] == 16
    assert sum(section["bytes"] for section in shown["sections"]) < report["image_bytes"]
    text = mycoflux("inspect", "robot.myco", cwd=tmp_path).stdout
    assert "brake_left" in text and all(section["crc32"] in text for section in shown["sections"])
    assert "proven: stop" in mycoflux("build", CIRCUIT, cwd=tmp_path).stdout


EDITED = """
from mycoflux.circuit import LIF, AllToAll, Circuit
circuit = Circuit("edited")
a, b = (circuit.population(name, 4, LIF(threshold_v=1.0)) for name in "ab")
circuit.connect(a, b, weight_v=0.5)
circuit.connect(b, a, weight_v=[{}] + [0.25] * 15)
"""


def test_a_build_re_emits_what_changed(tmp_path: Path) -> None:
    def build(weight: float, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "c.py").write_text(EDITED.format(weight))
        done = mycoflux("build", "c.py", "-o", "c.myco", *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done

    memory = tmp_path / "c.myco.build.json"
    assert "re-emitted" not in build(0.2).stdout
    assert "re-emitted 1 of 2 tables" in build(0.22).stdout
    again = build(0.22)
    assert "re-emitted 0 of 2 tables" in again.stdout and memory.name not in again.stderr
    assert json.loads(build(0.21, "--json").stdout)["tables_reused"] == 1
    assert "re-emitted" not in build(0.2, "--fresh").stdout
    memory.write_bytes(memory.read_bytes()[:-9])
    damaged = build(0.2)
    assert f"{memory.name}: not used" in damaged.stderr and "re-emitted" not in damaged.stdout
    memory.unlink()
    memory.mkdir()
    assert memory.name in build(0.2).stderr


@pytest.mark.virtual
def test_flash_and_run(tmp_path: Path) -> None:
    url = f"virtual:?root={tmp_path / 'board'}"
    first = json.loads(mycoflux("flash", CIRCUIT, "--board", url, "--json").stdout)
    assert first["files_sent"] and first["program_bytes_sent"] > 0 and first["heap_free"] > 100_000
    second = json.loads(mycoflux("flash", CIRCUIT, "--board", url, "--json").stdout)
    assert (second["files_sent"], second["program_bytes_sent"]) == ([], 0)
    assert first["program_bytes"] == first["program_bytes_sent"] < first["link_bytes_out"]
    ran = mycoflux(
        "run", CIRCUIT, "-b", url, "-i", "line_left=3000", "--seconds", "0.3", "--out", "o", cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert "brake_left" in ran.stdout and "spikes identical to reference" in ran.stdout
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == ["duty.png", "raster.png", "recording.npz"]


@pytest.mark.virtual
def test_demo(tmp_path: Path) -> None:
    done = mycoflux("demo", "--seconds", "0.5", "--out", "d", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["reference"]["spikes"] == result["reference"]["spikes_identical"] > 100
    assert (tmp_path / "d" / "path.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["build", "none.py"], 2, "no such circuit file"),
        (["inspect", "none.myco"], 2, "cannot be read"),
        (["inspect", CIRCUIT], 2, "not a mycoflux program image"),
        (["flash", CIRCUIT, "-b", "/dev/ttyNOTHERE"], 1, "/dev/ttyNOTHERE"),
        (["flash", CIRCUIT, "-b", "moon:"], 2, "no board has such a URL"),
        (["run", CIRCUIT, "-b", "sim:", "-i", "nose=3"], 2, "no sensor 'nose'"),
        (["run", CIRCUIT, "-b", "sim:", "-i", "line_left=5000"], 2, "'5000' is no reading"),
        (["run", CIRCUIT, "-b", "sim:", "-i", "line_left=1", "-i", "line_left=2"], 2, "given already"),
        (["run", CIRCUIT, "-b", "sim:", "--seconds", "inf"], 2, "no length of a run"),
        (["run", CIRCUIT, "-b", "sim:", "--seconds", "-1"], 2, "no length of a run"),
        (["run", CIRCUIT, "-b", "socket://localhost"], 2, "no host and port"),
        (["run", CIRCUIT, "-b", "socket://localhost:99999"], 2, "no host and port"),
        (["run", CIRCUIT, "-b", "socket://localhost:9"], 1, "nobody answers there"),
        (["run", CIRCUIT, "-b", "microbit-qemu:pico"], 2, "cannot stand for"),
        (["run", CIRCUIT, "-b", "virtual:microbit"], 2, "cannot stand for"),
        (["run", CIRCUIT, "-b", "virtual:?root="], 2, "names no folder"),
        (["build", CIRCUIT, "-o", CIRCUIT], 2, "the circuit file itself"),
        (["build", CIRCUIT, "-o", "/dev/null"], 2, "no ordinary file"),
        (["build", CIRCUIT, "-o", "/no/such/folder/x.myco"], 2, "a folder that exists"),
        (["run", CIRCUIT, "-b", "sim:", "--plant", "moon"], 2, "no plant 'moon'"),
        (["build"], 2, "Missing argument"),
    ],
)
def test_wrong_input_ends_with_its_code_and_a_remedy(
    arguments: list[str], code: int, says: str, tmp_path: Path
) -> None:
    done = mycoflux(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_errors_are_json_where_json_was_asked(tmp_path: Path) -> None:
    done = mycoflux("inspect", "none.myco", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] == "image"


def test_what_a_circuit_file_prints_does_not_reach_standard_output(tmp_path: Path) -> None:
    circuit = tmp_path / "loud.py"
    circuit.write_text("print('hello')\n" + Path(CIRCUIT).read_text())
    done = mycoflux("build", str(circuit), "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["image"] == "loud.myco"
    assert "hello" in done.stderr


def test_a_link_is_followed_and_nothing_else_is_touched(tmp_path: Path) -> None:
    stranger = tmp_path / "x.myco.new"
    stranger.write_text("mine")
    (tmp_path / "link.myco").symlink_to(tmp_path / "x.myco")
    assert mycoflux("build", CIRCUIT, "-o", "link.myco", cwd=tmp_path).returncode == 0
    assert (tmp_path / "link.myco").is_symlink() and (tmp_path / "x.myco").stat().st_size > 100
    assert stranger.read_text() == "mine"
    beside = ["link.myco", "link.myco.build.json", "x.myco", "x.myco.new"]
    assert sorted(p.name for p in tmp_path.iterdir()) == beside


def test_a_run_tells_of_its_actuators(tmp_path: Path) -> None:
    arguments = ("run", CIRCUIT, "-b", "sim:", "-i", "line_left=4095", "--seconds", "0.3")
    assert "motor_left: " in mycoflux(*arguments, cwd=tmp_path).stdout
    data = json.loads(mycoflux(*arguments, "--json", cwd=tmp_path).stdout)
    assert max(actuator["last"] for actuator in data["actuators"].values()) > 0
    assert sum(data["populations"].values()) == data["spikes"] > 0


def test_two_boards_do_not_share_a_folder(tmp_path: Path) -> None:
    from mycoflux.errors import BoardBusy
    from mycoflux.link.urls import open_stream

    url = f"virtual:?root={tmp_path}"
    with open_stream(url), pytest.raises(BoardBusy, match="another command"):
        open_stream(url)
    open_stream(url).close()


@pytest.mark.parametrize("what", [["--version"], ["-m"]])
def test_version_and_module(what: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mycoflux", "--version"]
    done = (
        mycoflux(*what) if what == ["--version"] else subprocess.run(command, capture_output=True, text=True)
    )
    assert done.stdout.startswith("mycoflux 0.")


def test_sigterm_ends_the_emulated_board_and_removes_its_files(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mycoflux", "run", CIRCUIT, "--board", "virtual:", "--seconds", "60"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("mycoflux-board-*/program.bin")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.terminate()
    assert process.wait(30) == 128 + 15
    assert not list(tmp_path.iterdir())


def test_validate_compares_and_writes_the_report(tmp_path: Path) -> None:
    out = tmp_path / "report"
    done = mycoflux("validate", CIRCUIT, "--seconds", "0.3", "--json",
               "--out", str(out))  # fmt: skip
    data = json.loads(done.stdout)
    assert done.returncode == 0 and data["accepted"] is True
    assert data["arithmetic"]["populations"][0]["identical"] == 1.0
    assert (out / "report.html").stat().st_size > 50_000


def test_validate_ends_with_1_beyond_the_limits(tmp_path: Path) -> None:
    file = tmp_path / "strict.py"
    file.write_text(
        "from mycoflux.circuit import *\n"
        "circuit = Circuit('strict', accept=Accept(potential_error=0.0))\n"
        "light = circuit.sensor('light', Rate(400.0))\n"
        "circuit.connect(light, circuit.population('cells', 1, LIF()), weight_v=0.003)\n"
    )
    with pytest.raises(NotAccepted, match="population 'cells': v is off by") as caught:
        validate(str(file), inputs=["light=3000"], seconds=0.2)
    assert caught.value.exit_code == 1 and "set the circuit's `accept`" in caught.value.remedy


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """50 ticks of the circuit."""
    out = tmp_path_factory.mktemp("recording")
    run(CIRCUIT, board="sim:", seconds=0.05, plant=None, inputs=["line_left=0"], out=out)
    return out / "recording.npz"


@pytest.mark.parametrize(("seconds", "ticks"), [(None, 50), (0.02, 20)])
def test_validate_takes_the_readings_of_a_recording(
    seconds: float | None, ticks: int, recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validate(CIRCUIT, seconds=seconds, recording=recording, as_json=True)
    assert json.loads(capsys.readouterr().out)["ticks"] == ticks


def test_validate_refuses_a_recording_of_another_circuit(recording: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(Path(CIRCUIT).read_text() + "\n\ncircuit = LineFollower(dt_s=0.002)\n")
    with pytest.raises(InvalidInput, match="ticks of 1 ms, the circuit of 2 ms"):
        validate(str(slow), recording=recording)
    built = mycoflux("build", CIRCUIT, "-o", str(tmp_path / "a.myco"))
    assert built.returncode == 0
    with pytest.raises(InvalidInput, match="not a circuit"):
        validate(str(tmp_path / "a.myco"))
    file = tmp_path / "other.py"
    file.write_text("from mycoflux.circuit import *\nc = Circuit('o')\nc.population('p', 1, LIF())\n")
    other = mycoflux("validate", str(file), "--recording", str(recording))
    assert other.returncode == 2 and "Record this circuit" in other.stderr
    with pytest.raises(InvalidInput, match="Give one of them"):
        validate(CIRCUIT, recording=recording, inputs=["line_left=1"])


def test_build_tells_bounds_warnings_and_what_it_was_calibrated_on(tmp_path: Path) -> None:
    (tmp_path / "far.py").write_text(
        "from mycoflux.circuit import *\n"
        "far = Circuit('far', accept=Accept(at_once=0.1))\n"
        "source = far.sensor('in', Spike(), 100)\n"
        "cells = far.population('cells', 1, LIF(tau_syn_s=0.1, tau_m_s=0.9))\n"
        "far.connect(source, cells, weight_v=[0.002] * 99 + [0.000001])\n"
    )
    text = mycoflux("build", "far.py", cwd=tmp_path)
    assert "possible: cells: u in" in text.stdout and "of 99 inputs at once" in text.stdout
    assert "warning: " in text.stderr and "1 of 100 weights became 0" in text.stderr
    data = json.loads(mycoflux("build", "far.py", "--json", cwd=tmp_path).stdout)
    assert {w["kind"] for w in data["warnings"]} == {"time constant", "zero weights"}
    assert data["bounds"][0]["proven"] is False
    u = next(r for r in data["bounds"][0]["results"] if r["accumulator"] == "u")
    assert u["status"] == "possible" and 9 < u["needs"] < u["of"] == 99
    assert data["scales"]["cells"] > 0
    random = mycoflux("build", "far.py", "--calibrate", "random", cwd=tmp_path)
    assert "2 times the largest on random readings" in random.stdout
    wrong = mycoflux("build", "far.py", "--calibrate", "none.npz", cwd=tmp_path)
    assert wrong.returncode == 2 and "none.npz" in wrong.stderr
