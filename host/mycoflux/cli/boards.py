"""`mycoflux boards`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from serial.tools import list_ports

from mycoflux.cli import console
from mycoflux.deploy import kernels
from mycoflux.link import board_file
from mycoflux.link.board_file import BoardFile


def boards(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the kinds of board mycoflux knows, and the serial ports of this computer.

    Example: `mycoflux boards --json`
    """
    known = [board_file.load(name) for name in board_file.names()]
    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    if as_json:
        data: dict[str, Any] = {
            "boards": [
                {
                    "name": b.name,
                    "title": b.title,
                    "arch": b.arch,
                    "heap_kib": b.heap_kib,
                    "runtime": b.runtime,
                    "kernels": _kernels(b),
                    "emulated": b.emulator is not None,
                    "url": b.url,
                }
                for b in known
            ],
            "ports": [{"device": p.device, "description": p.description} for p in ports],
        }
        console.print_json(data)
        return
    width = max(len(text) for text in (*(b.url for b in known), *(p.device for p in ports)))
    for b in known:
        kind = "emulated" if b.emulator else "physical"
        heap = f"{b.heap_kib} KiB heap" if b.heap_kib else "no heap limit"
        fastest = f"kernel {_kernels(b)[0]}"
        console.out.print(f"{b.url:<{width}}  {b.title} ({kind}, {b.arch}, {heap}, {fastest})", markup=False)
    for p in ports:
        console.out.print(f"{p.device:<{width}}  serial port: {p.description}", markup=False)
    if not ports:
        console.say("no serial ports found: plug a board in to see it here")


def _kernels(board: BoardFile) -> list[str]:
    """The kernels built for a kind of board, the fastest first; the board itself chooses among them."""
    if board.runtime == "nano":
        return ["nano"]
    built = kernels.for_arch(kernels.BUILT_FOR.get(board.arch)).files
    return [*(name for name, _ in built), kernels.BYTECODE]
