"""A run that ends before its time."""

from __future__ import annotations

from pathlib import Path

import pytest

from mycoflux.cli.demo import demo
from mycoflux.cli.run import run
from mycoflux.errors import BoardLost
from mycoflux.link.session import Session
from mycoflux.program.recording import Recording
from mycoflux.resources import data_folder
from tests.cli.test_cli import mycoflux

CIRCUIT = str(data_folder("examples") / "line_follower.py")


@pytest.fixture
def unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The board is lost at tick 30."""
    step = Session.step

    def lost(self: Session, tick: int, inputs: list[int]) -> object:
        if tick == 30:
            raise BoardLost("unplugged", where="sim:")
        return step(self, tick, inputs)

    monkeypatch.setattr(Session, "step", lost)


@pytest.mark.usefixtures("unplugged")
@pytest.mark.parametrize("plant", [None, "line-track"])
def test_what_was_recorded_before_the_board_was_lost_is_kept(
    plant: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BoardLost) as caught:
        run(CIRCUIT, board="sim:", seconds=0.1, plant=plant, inputs=[], seed=0, out=tmp_path / "run",
            check=True, as_json=False)  # fmt: skip
    assert caught.value.exit_code == 1
    recording = Recording.load(tmp_path / "run" / "recording.npz")
    assert len(recording.inputs) == len(recording.outputs) == 30
    assert all(recording.spike_ticks < 30)
    assert "30 ticks" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.usefixtures("unplugged")
def test_so_it_is_of_the_demo_and_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BoardLost):
        demo(board="sim:", seconds=0.1, out=tmp_path / "demo", as_json=False)
    assert len(Recording.load(tmp_path / "demo" / "recording.npz").inputs) == 30
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(BoardLost):
        run(CIRCUIT, board="sim:", seconds=0.1, plant=None, inputs=[], seed=0, out=None, check=True,
            as_json=False)  # fmt: skip
    assert not list((tmp_path / "empty").iterdir())


@pytest.mark.parametrize("command", ["run", "demo", "validate"])
@pytest.mark.parametrize("name", ["mine.npz", "there", "report.html"])
def test_what_names_a_file_is_no_folder_to_write_into(command: str, name: str, tmp_path: Path) -> None:
    """Told before the run: afterwards it would be lost."""
    (tmp_path / "there").write_text("mine")
    arguments = [] if command == "demo" else [CIRCUIT]
    board = [] if command == "validate" else ["--board", "sim:"]
    done = mycoflux(command, *arguments, *board, "--seconds", "0.01", "--out", name, cwd=tmp_path)
    assert done.returncode == 2 and f"error: {name}: --out names a folder" in done.stderr
    assert not done.stdout and [file.name for file in tmp_path.iterdir()] == ["there"]


def test_a_folder_may_be_called_as_a_file_if_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "runs.npz").mkdir()
    done = mycoflux("run", CIRCUIT, "-b", "sim:", "--seconds", "0.01", "--out", "runs.npz", cwd=tmp_path)
    assert done.returncode == 0 and (tmp_path / "runs.npz" / "recording.npz").exists()


def test_a_plant_of_other_ports_is_refused_before_the_board_is_touched(tmp_path: Path) -> None:
    source = (
        "from mycoflux.circuit import LIF, Circuit, Rate\n\n\nclass Other(Circuit):\n    def build(self):\n"
        "        light = self.sensor('light', Rate(max_rate_hz=500.0))\n"
        "        cells = self.population('cells', 3, LIF())\n"
        "        self.connect(light, cells, weight_v=0.01)\n"
    )
    (tmp_path / "other.py").write_text(source)
    board = f"sim:?root={tmp_path / 'board'}"
    refused = mycoflux("run", str(tmp_path / "other.py"), "--board", board, "--plant", "line-track")
    assert refused.returncode == 2 and "has the sensor 'light', the plant has not" in refused.stderr
    assert not (tmp_path / "board").exists()
