"""`mycoflux boards`, with ports that this computer does not have."""

from __future__ import annotations

import json

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from mycoflux.cli.boards import boards
from mycoflux.link import board_file
from mycoflux.link.usb_ports import candidates, usb_id

ALL = [board_file.load(name) for name in board_file.names()]


def port(device: str, vid: int | None, pid: int | None, product: str | None = None) -> ListPortInfo:
    made = ListPortInfo(device)
    made.vid, made.pid, made.product = vid, pid, product
    made.description = product or "n/a"
    return made


PICO = port("/dev/ttyACM0", 0x2E8A, 0x0005, "Board in FS mode")
NUCLEO = port("/dev/ttyACM1", 0x0483, 0x374B)
STRANGER = port("/dev/ttyUSB7", 0x1234, 0x5678)
BUILT_IN = port("/dev/ttyS0", None, None)


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (PICO, {"pico", "pico-w", "pico2", "pico2-riscv"}),
        (NUCLEO, {"nucleo-f446re"}),
        (port("COM3", 0x0D28, 0x0204), {"microbit", "microbit-v2"}),
        (port("COM3", 0x10C4, 0xEA60), {"esp32", "esp32-s3", "esp32-c3"}),
        (port("COM3", 0xF055, 0x9802, "Board in FS mode"), {"teensy41"}),
        (port("COM3", 0xF055, 0x9802, "Pyboard Virtual Comm Port in FS Mode"), {"teensy41", "pyboard"}),
        (port("COM3", 0xF055, 0x9802), {"teensy41", "pyboard"}),
        (port("COM3", 0xF055, 0x9800), {"pyboard"}),
        (STRANGER, set()),
        (BUILT_IN, set()),
    ],
)
def test_a_port_may_be_every_board_with_its_id_and_product(found: ListPortInfo, names: set[str]) -> None:
    assert {b.name for b in candidates(found, ALL)} == names


def test_ids_are_written_as_in_board_files() -> None:
    assert (usb_id(PICO), usb_id(BUILT_IN)) == ("2e8a:0005", None)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_ports, "comports", lambda: [STRANGER, NUCLEO, PICO, BUILT_IN])


@pytest.mark.usefixtures("ports")
def test_ports_are_marked_with_the_boards_they_look_like(capsys: pytest.CaptureFixture[str]) -> None:
    boards(as_json=False)
    said = capsys.readouterr().out.splitlines()
    (without,) = (line for line in said if "BBC micro:bit v2" in line and "serial port:" not in line)
    assert without.endswith("no runtime for it yet)")
    lines = {line.split()[0]: line for line in said if "serial port:" in line}
    assert lines["/dev/ttyACM1"].endswith("; looks like STM32 Nucleo-F446RE")
    assert "; looks like Raspberry Pi Pico or Raspberry Pi Pico W or " in lines["/dev/ttyACM0"]
    assert "looks like" not in lines["/dev/ttyUSB7"] + lines["/dev/ttyS0"]


@pytest.mark.usefixtures("ports")
def test_json_tells_wiring_and_access(capsys: pytest.CaptureFixture[str]) -> None:
    boards(as_json=True)
    said = json.loads(capsys.readouterr().out)
    by_name = {b["name"]: b for b in said["boards"]}
    assert set(by_name) == set(board_file.names())
    pico = by_name["pico"]
    assert pico["usb"] == {"ids": ["2e8a:0005"], "product": None}
    assert pico["buses"]["i2c0"] == {"kind": "i2c", "number": 0, "sda": 20, "scl": 21}
    assert pico["links"]["uart1"] == {"uart": 1, "tx": 4, "rx": 5}
    assert pico["pins"]["led"] == 25 and pico["reset"] == "repl"
    firmware = {"route": "uf2", "download": "RPI_PICO", "family": 0xE48BFF56, "volume": "RPI-RP2"}
    assert pico["firmware"] == firmware
    sim = by_name["sim"]
    assert (sim["usb"], sim["firmware"], sim["buses"], sim["links"]) == (None, None, {}, {})
    by_device = {p["device"]: p for p in said["ports"]}
    assert by_device["/dev/ttyACM1"]["usb_id"] == "0483:374b"
    assert by_device["/dev/ttyACM1"]["boards"] == ["nucleo-f446re"]
    assert by_device["/dev/ttyS0"]["usb_id"] is None and by_device["/dev/ttyS0"]["boards"] == []
