"""Which kinds of board a serial port of this computer may be, by its USB id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from mycoflux.link.board_file import BoardFile


class Port(Protocol):
    """What is looked at of a `serial.tools.list_ports` port; None for what the system does not say."""

    @property
    def vid(self) -> int | None:
        """Vendor id."""

    @property
    def pid(self) -> int | None:
        """Product id."""

    @property
    def product(self) -> str | None:
        """The product's name."""


def usb_id(port: Port) -> str | None:
    """ "vendor:product", as in board files; None for a port that is not on USB."""
    if port.vid is None or port.pid is None:
        return None
    return f"{port.vid:04x}:{port.pid:04x}"


def candidates(port: Port, boards: Iterable[BoardFile]) -> tuple[BoardFile, ...]:
    """The boards that `port` may be, in their order: those with its id, and its product name if one is said.

    Several boards share an id. Where the system does not say the product's name, none is left out for it.
    """
    wanted = usb_id(port)
    return tuple(
        board
        for board in boards
        if board.usb is not None
        and wanted in board.usb.ids
        and (board.usb.product is None or not port.product or board.usb.product in port.product)
    )
