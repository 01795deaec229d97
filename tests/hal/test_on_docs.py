"""docs/hal.md says what is so."""

from __future__ import annotations

import importlib
import re
import sys
import types
from pathlib import Path

import pytest

from myco_hal.drivers.base import Driver
from mycoflux.resources import package_folder
from tests.hal.catalog import MAKERS
from tests.hal.fakes.pins import Pin, Pwm
from tests.hal.on_memory import DRIVERS, measured

PAGE = (Path(__file__).parents[2] / "docs" / "hal.md").read_text("utf-8")
FOLDER = package_folder("myco_hal") / "drivers"


def name_of(kind: type) -> str:
    """module.class"""
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


def classes() -> set[str]:
    """Every driver in the folder."""
    found = set()
    for file in FOLDER.glob("*.py"):
        module = importlib.import_module(f"myco_hal.drivers.{file.stem}")
        for name, kind in vars(module).items():
            own = isinstance(kind, type) and kind.__module__ == module.__name__
            if own and issubclass(kind, Driver) and kind is not Driver and not name.startswith("_"):
                found.add(name_of(kind))
    return found


def rows(heading: str) -> dict[str, list[str]]:
    """The cells of each driver in the table below a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return {cells[0].strip().strip("`"): [cell.strip() for cell in cells[1:]] for cells in lines}


def test_every_driver_is_on_the_page_in_the_catalogue_and_measured() -> None:
    assert {name_of(type(make().driver)) for make in MAKERS} == classes()
    assert {name for name in rows("Which there are") if "." in name} == classes()
    assert {name for name in rows("Memory") if "." in name} == classes()
    assert {f"{module}.{kind}" for module, kind, _ in DRIVERS} == classes()


@pytest.mark.armv7
def test_memory_is_what_the_page_says() -> None:
    said = rows("Memory")
    for (module, kind), (code, size) in measured().items():
        cells = said[f"{module}.{kind}" if kind else f"{module} (shared)"]
        assert abs(int(cells[0].replace(",", "")) - code) <= 64 + code // 8, module
        if kind:
            assert abs(int(cells[1].replace(",", "")) - size) <= 32, kind


def test_attributes_and_arguments_on_the_page_exist() -> None:
    by_name = {
        f"{type(d).__module__.rpartition('.')[2]}.{type(d).__name__}": d for d in (m().driver for m in MAKERS)
    }
    for name, cells in rows("Which there are").items():
        if name in by_name:
            driver = by_name[name]
            arguments = type(driver).__init__.__code__.co_varnames
            for word in re.findall(r"`(\w+)(?:/4096)?`", cells[1]):
                assert word in arguments, (name, word)
            for word in re.findall(r"`(\w+)(?:\(\))?`", cells[2]):
                assert hasattr(driver, word), (name, word)


def test_the_program_runs_on_a_machine_of_fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    pins: list[Pin] = []
    duties: list[int] = []

    class MachinePin(Pin):
        def __init__(self, number: int) -> None:
            super().__init__()
            pins.append(self)

    class MachinePwm(Pwm):
        def __init__(self, pin: Pin) -> None:
            super().__init__()

        def duty_u16(self, duty: int | None = None) -> int | None:
            duties.append(duty or 0)
            return super().duty_u16(duty)

    machine = types.ModuleType("machine")
    machine.__dict__.update(Pin=MachinePin, PWM=MachinePwm)
    monkeypatch.setitem(sys.modules, "machine", machine)
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.S | re.M)
    exec(compile(program, "docs/hal.md", "exec"), {})
    assert max(duties) > 30000 and duties[-1] == 0
    assert len(pins) == 3 and not any(pin.level for pin in pins)
