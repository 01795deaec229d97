"""`mycoflux boards`."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from mycoflux.cli import console
from mycoflux.deploy import kernels
from mycoflux.link import board_file
from mycoflux.link.board_file import BoardFile
from mycoflux.link.usb_ports import candidates, usb_id


def boards(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the kinds of board mycoflux knows, and the serial ports of this computer.

    Example: `mycoflux boards --json`
    """
    known = [board_file.load(name) for name in board_file.names()]
    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    if as_json:
        console.print_json({"boards": [_board(b) for b in known], "ports": [_port(p, known) for p in ports]})
        return
    width = max(len(text) for text in (*(b.url for b in known), *(p.device for p in ports)))
    for b in known:
        kind = "emulated" if b.emulator else "physical"
        heap = f"{b.heap_kib} KiB heap" if b.heap_kib else "no heap limit"
        fastest = f"kernel {_kernels(b)[0]}" if _kernels(b) else "no runtime for it yet"
        console.out.print(f"{b.url:<{width}}  {b.title} ({kind}, {b.arch}, {heap}, {fastest})", markup=False)
    for p in ports:
        said = f"serial port: {p.description}{_likeness(p, known)}"
        console.out.print(f"{p.device:<{width}}  {said}", markup=False)
    if not ports:
        console.say("no serial ports found: plug a board in to see it here")


def _board(b: BoardFile) -> dict[str, Any]:
    """What `--json` says of a kind of board."""
    return {
        "name": b.name,
        "title": b.title,
        "arch": b.arch,
        "heap_kib": b.heap_kib,
        "runtime": b.runtime,
        "kernels": _kernels(b),
        "emulated": b.emulator is not None,
        "url": b.url,
        "links": {link.name: {"uart": link.uart, "tx": link.tx, "rx": link.rx} for link in b.links.values()},
        "buses": {bus.name: {"kind": bus.kind, "number": bus.number, **bus.pins} for bus in b.buses.values()},
        "pins": dict(b.pins),
        "usb": None if b.usb is None else {"ids": list(b.usb.ids), "product": b.usb.product},
        "reset": b.reset,
        "firmware": b.firmware and {"route": b.firmware.route, **dataclasses.asdict(b.firmware)},
    }


def _port(port: ListPortInfo, known: list[BoardFile]) -> dict[str, Any]:
    """What `--json` says of a serial port."""
    return {
        "device": port.device,
        "description": port.description,
        "usb_id": usb_id(port),
        "serial_number": port.serial_number,
        "boards": [b.name for b in candidates(port, known)],
    }


def _likeness(port: ListPortInfo, known: list[BoardFile]) -> str:
    """The boards that a port may be, to be said after it; nothing if none has its USB id."""
    titles = [b.title for b in candidates(port, known)]
    return f"; looks like {' or '.join(titles)}" if titles else ""


def _kernels(board: BoardFile) -> list[str]:
    """The kernels built for a kind of board, the fastest first; the board itself chooses among them."""
    if board.runtime == board_file.NO_RUNTIME:
        return []
    if board.runtime == "nano":
        return ["nano"]
    built = kernels.for_arch(kernels.BUILT_FOR.get(board.arch)).files
    return [*(name for name, _ in built), kernels.BYTECODE]
