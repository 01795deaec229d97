"""Boards on a serial port, or on one that somebody serves over the network (socket://, rfc2217://)."""

from __future__ import annotations

import contextlib
import errno
import os
from urllib.parse import urlsplit

import serial
from serial.tools import list_ports

from mycoflux.errors import BoardBusy, BoardError, BoardNotFound, BoardUrlError, LinkError
from mycoflux.link import descriptor
from mycoflux.link.board_url import BoardUrl
from mycoflux.link.stream import WRITE_TIMEOUT_S, ByteStream

BAUD = 115_200  # what MicroPython's UART prompt speaks; USB ports ignore it


class SerialStream(ByteStream):
    """A board behind pyserial, held exclusively."""

    def __init__(self, url: str, device: str, baud: int = BAUD) -> None:
        self.url = url
        try:
            self._port = serial.serial_for_url(
                device, baudrate=baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True
            )
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise _cannot_open(url, device, error) from error
        self._descriptor = _descriptor_of(self._port, url)

    def read(self, size: int, timeout_s: float) -> bytes:
        """See ByteStream.read."""
        if self._descriptor is not None:
            return self._descriptor.read(size, timeout_s)
        try:
            if self._port.timeout != timeout_s:  # setting it reconfigures the port, which is slow
                self._port.timeout = timeout_s
            data = bytes(self._port.read(1))
            more = min(self._port.in_waiting, size - 1) if data else 0
            return data + bytes(self._port.read(more)) if more > 0 else data
        except OSError as error:
            raise descriptor.lost(self.url) from error

    def write(self, data: bytes) -> None:
        """See ByteStream.write."""
        if self._descriptor is not None:
            self._descriptor.write(data)
            return
        try:
            self._port.write(data)
        except serial.SerialTimeoutException as error:
            raise descriptor.deaf(self.url) from error
        except OSError as error:
            raise descriptor.lost(self.url) from error

    def close(self) -> None:
        """See ByteStream.close."""
        # RTS before DTR: the other way round, the auto-reset circuit of ESP32 boards sees a reset.
        with contextlib.suppress(OSError):
            self._port.rts = False
            self._port.dtr = False
        with contextlib.suppress(OSError):
            self._port.close()
        self._descriptor = None


def _descriptor_of(port: serial.Serial, url: str) -> descriptor.Descriptor | None:
    """The port's file descriptor where it has one that can be polled (not on Windows, not rfc2217)."""
    if os.name != "posix":
        return None
    try:
        return descriptor.Descriptor(port.fileno(), url)
    except (OSError, AttributeError, NotImplementedError):
        return None


def _check_network(url: BoardUrl) -> None:
    try:
        parts = urlsplit(url.text)
        sound = bool(parts.hostname and parts.port)
    except ValueError:  # a port above 65,535, or no number
        sound = False
    if not sound:
        raise BoardUrlError(
            "this network address has no host and port",
            where=url.text,
            remedy=f"Write {url.scheme}://HOST:PORT, with a port from 1 to 65535",
        )


def _cannot_open(url: str, device: str, error: Exception) -> BoardError:
    code, text = getattr(error, "errno", None), str(error)
    denied = code == errno.EACCES or "Permission denied" in text
    # Windows says "Access is denied" of a port that another program holds.
    if code == errno.EBUSY or "exclusively lock" in text or "Access is denied" in text:
        return BoardBusy(
            "another program holds this port",
            where=url,
            remedy="Close the terminal, IDE or mycoflux command that uses it",
        )
    if denied:
        return LinkError(
            "you may not open this port",
            where=url,
            remedy=f"Add yourself to the group that owns it (see ls -l {device}; often:"
            " sudo usermod -aG dialout $USER)",
        )
    if "://" in device:
        return BoardNotFound(
            "nobody answers there", where=url, remedy="Check host and port, and that the far end serves it"
        )
    ports = ", ".join(found.device for found in list_ports.comports()) or "none"
    return BoardNotFound(
        f"no board there ({getattr(error, 'strerror', None) or os.strerror(code) if code else text})",
        where=url,
        remedy=f"Plug it in, or choose another; serial ports on this machine: {ports}",
    )


def open_url(url: BoardUrl) -> SerialStream:
    """Open `/dev/...[?baud=N]`, `COMn[?baud=N]`, `socket://host:port` or `rfc2217://host:port`.

    Raises:
        BoardUrlError: a network URL without a host and a port.
    """
    if "://" in url.text:
        _check_network(url)
    return SerialStream(url.text, url.device, url.integer("baud", BAUD))
