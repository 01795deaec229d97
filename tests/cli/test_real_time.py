"""`mycoflux run --real-time`."""

from __future__ import annotations

import json

import pytest

from myco.real_time import PERIOD_MAX
from mycoflux.backends import real_time
from mycoflux.cli.real_time import _bins
from mycoflux.cli.run import run
from mycoflux.errors import BehaviourDiffers, InvalidInput
from mycoflux.link.clock_report import ClockReport
from mycoflux.link.session import Session
from mycoflux.resources import data_folder
from tests.cli.test_cli import mycoflux

CIRCUIT = str(data_folder("examples") / "line_follower.py")


def by_clock(**options: object) -> None:
    given = {"board": "sim:", "seconds": 0.1, "inputs": ["line_left=3000"], "seed": 0, "out": None}
    run(CIRCUIT, plant=None, **{"real_time": True, "check": True, "as_json": False} | given | options)


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    by_clock(period_us=2000)
    out = capsys.readouterr().out
    assert "of 2,000 us" in out and "u and v identical to reference: 32/32" in out
    assert "motor_left: " in out and "late by " in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    by_clock(as_json=True, period_us=5000)
    said = json.loads(capsys.readouterr().out)
    clock = said["clock"]
    assert clock["ticks"] + clock["overruns"] >= 20 and sum(clock["bins"]) == clock["ticks"]
    assert clock["period_us"] == 5000 and said["reference"] == {"values": 32, "values_identical": 32}
    assert set(said["actuators"]) == {"motor_left", "motor_right"}


def test_without_the_check_nothing_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    by_clock(check=False)
    assert "identical" not in capsys.readouterr().out


def test_a_board_too_slow_is_told_and_a_difference_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = Session.clock

    def worse(self: Session) -> ClockReport:
        import dataclasses

        report = true(self)
        return dataclasses.replace(report, overruns=7) if report.state == 0 else report

    monkeypatch.setattr(Session, "clock", worse)
    by_clock()
    assert "7 of " in capsys.readouterr().err
    monkeypatch.setattr(Session, "clock", true)
    monkeypatch.setattr(Session, "sense", lambda self, inputs, first=0: None)
    with pytest.raises(BehaviourDiffers, match="values of u and v differ"):
        by_clock()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"plant": "line-track", "inputs": []}, "--plant and --real-time"),
        ({"out": "folder"}, "--out and --real-time"),
        ({"real_time": False, "period_us": 1000}, "--period-us was given without --real-time"),
        ({"seconds": 0.0}, "no length of a run"),
        ({"period_us": PERIOD_MAX + 1, "seconds": 200.0}, "67,108,865 us is none that a board's clock"),
    ],
)
def test_what_does_not_go_together_is_refused_with_a_remedy(options: dict, what: str, tmp_path) -> None:
    if "out" in options:
        options = {"out": tmp_path / "folder"}
    with pytest.raises(InvalidInput, match=what) as caught:
        given = {"board": "sim:", "seconds": 0.1, "plant": None, "inputs": ["line_left=3000"], "out": None}
        run(CIRCUIT, **{"real_time": True} | given | options)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("period_us", "limit"),
    [(0, "equal to 1"), (-5, "equal to 1"), (PERIOD_MAX + 1, "67108864"), (1 << 33, "67108864")],
)
def test_a_period_that_no_clock_has_is_invalid_input(period_us: int, limit: str) -> None:
    done = mycoflux("run", CIRCUIT, "-b", "sim:", "--real-time", "--period-us", str(period_us))
    assert done.returncode == 2 and "--period-us" in done.stderr and limit in done.stderr


def test_bins_have_their_bounds() -> None:
    counts = [0, 1000, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, *[1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6]]
    assert _bins(ClockReport.of(counts)) == [(0, "", 1), (1, "", 1), (2, "..3", 1), (16384, " and more", 6)]
    assert real_time.LOOK_S * 10 < real_time.PATIENCE_S
