"""From a board URL to an open stream, and to the board file that tells what is at its end."""

from __future__ import annotations

import dataclasses
import importlib
import os
import re

from mycoflux.errors import BoardFileError, BoardUrlError, EmulatorMissing
from mycoflux.link import board_file, board_url
from mycoflux.link.board_file import BoardFile
from mycoflux.link.board_url import BoardUrl
from mycoflux.link.stream import ByteStream

# How each kind of emulated board starts: a board file's emulator.kind -> module and function. Looked up
# when needed, because some of these modules work on POSIX only.
_EMULATORS = {
    "in-process": ("mycoflux.link.in_process", "open_url"),
    "unix-x64": ("mycoflux.link.unix_board", "open_virtual"),
    "unix-armv7": ("mycoflux.link.unix_board", "open_armv7"),
    "qemu-microbit": ("mycoflux.link.microbit_qemu", "open_url"),
}

_SERIAL_EXAMPLES = ("/dev/ttyACM0", "COM3", "socket://10.0.0.7:3333", "rfc2217://10.0.0.7:2217")


def open_stream(url: str) -> ByteStream:
    """Open the board at `url`, and start it first if it is emulated.

    Raises:
        BoardUrlError: no board has such a URL.
        BoardError: it is not there, busy, or does not start.
        EmulatorMissing: it is emulated by something that is not installed.
    """
    parsed = board_url.parse(url)
    if _is_serial(parsed):
        if "://" not in url:
            parsed.allow("baud", "board", "kernel")
        from mycoflux.link import serial_port

        return serial_port.open_url(parsed)
    board = _emulated(parsed)
    module, function = _EMULATORS[str(board.emulator)]
    try:
        opener = getattr(importlib.import_module(module), function)
    except ImportError as error:
        if os.name == "posix":
            raise  # not the system's lack of terminals
        raise EmulatorMissing(
            f"this kind of board does not run on this system ({error})", where=url, remedy="Use sim: instead"
        ) from error
    stream: ByteStream = opener(parsed, board)
    return stream


def board_file_for(url: str) -> BoardFile | None:
    """What is known of the board at `url` without asking it.

    `virtual:pico` is the virtual board with a Pico's heap. Of a serial port nothing is known unless the
    URL says `?board=NAME`: None.

    Raises:
        BoardUrlError: no board has such a URL.
        BoardFileError: the board it names does not exist, or there is no runtime for it.
    """
    parsed = board_url.parse(url)
    if not _is_serial(parsed):
        return _emulated(parsed)
    name = None if "://" in url else parsed.options.get("board")
    return board_file.with_runtime(board_file.load(name), url) if name is not None else None


def _is_serial(url: BoardUrl) -> bool:
    if "://" in url.text:
        return url.scheme in ("socket", "rfc2217")
    return url.device.startswith("/dev/") or re.fullmatch(r"(?i:COM)\d+", url.device) is not None


def _emulated(url: BoardUrl) -> BoardFile:
    """The board file of an emulated board, with the heap of the board it is to stand for."""
    known = board_file.names()
    if url.scheme not in known or "://" in url.text:
        raise _unknown(url)
    board = board_file.load(url.scheme)
    if board.emulator is None:
        raise _unknown(url)
    if not url.name:
        return board
    if url.name not in known:
        raise BoardFileError(
            f"no board is called '{url.name}'", where=url.text, remedy=f"Choose one of {', '.join(known)}"
        )
    if board.emulator == "in-process":
        raise BoardUrlError(
            f"{url.scheme}: has no heap of its own to be like another board's",
            where=url.text,
            remedy=f"Use virtual:{url.name}, or {url.scheme}: alone",
        )
    likeness = board_file.load(url.name)
    if likeness.runtime != board.runtime or board.emulator == "qemu-microbit":
        raise BoardUrlError(
            f"{board.title} cannot stand for {likeness.title}",
            where=url.text,
            remedy=f"Use {likeness.url}" if likeness.emulator else "Use virtual: with a board of its kind",
        )
    return dataclasses.replace(
        board,
        title=f"{board.title}, with the heap of {likeness.title}",
        heap_kib=likeness.heap_kib or board.heap_kib,
    )


def _unknown(url: BoardUrl) -> BoardUrlError:
    emulated = [file.url for file in map(board_file.load, board_file.names()) if file.emulator]
    examples = ", ".join([*_SERIAL_EXAMPLES, *emulated, "virtual:pico?root=DIR"])
    return BoardUrlError("no board has such a URL", where=url.text, remedy=f"Give one like these: {examples}")
