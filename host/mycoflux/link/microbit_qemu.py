"""The micro:bit v1 in QEMU, with its stock firmware: `microbit-qemu:[?icount=1]`."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from mycoflux.errors import BoardUrlError, EmulatorMissing
from mycoflux.link.board_file import BoardFile
from mycoflux.link.board_url import BoardUrl
from mycoflux.link.pty_board import PtyBoard

FIRMWARE = Path("/usr/share/firmware-microbit-micropython/firmware.hex")
# QEMU hands bytes over as fast as the chip's six-byte FIFO empties, but the firmware keeps 64 at most and
# drops the rest in silence; with icount=1 a 2 KB block arrived damaged in 14 of 20 tries. So bytes go
# out no faster than a real wire brings them.
_BURST = 32
_BYTES_A_SECOND = 115_200 / 10


class MicrobitBoard(PtyBoard):
    """QEMU's micro:bit; its file system is in its flash, so it lasts as long as the stream."""

    def __init__(self, url: str, command: list[str]) -> None:
        self._sent_by = 0.0  # when the wire will have carried what was written
        super().__init__(
            url,
            lambda: command,
            cwd=tempfile.gettempdir(),
            env={"PATH": os.environ.get("PATH", os.defpath)},
            restarts=False,
        )

    def write(self, data: bytes) -> None:
        """Send `data` at the speed of a wire of 115,200 baud."""
        for start in range(0, len(data), _BURST):
            part = data[start : start + _BURST]
            wait_s = self._sent_by - time.monotonic()
            if wait_s > 0:
                time.sleep(wait_s)
            super().write(part)
            self._sent_by = time.monotonic() + len(part) / _BYTES_A_SECOND


def open_url(url: BoardUrl, board: BoardFile) -> MicrobitBoard:
    """Open `microbit-qemu:[?icount=1]`; with icount, time is counted in instructions and runs repeat exactly.

    Raises:
        EmulatorMissing: QEMU or the firmware is not installed.
    """
    del board  # the chip and its firmware decide everything
    url.allow("icount")
    qemu = shutil.which("qemu-system-arm")
    if qemu is None or not FIRMWARE.is_file():
        raise EmulatorMissing(
            "the emulated micro:bit needs qemu-system-arm" if qemu is None else f"{FIRMWARE} is missing",
            where=url.text,
            remedy="Run `make emulators`, or on Debian and Ubuntu:"
            " sudo apt-get install qemu-system-arm firmware-microbit-micropython",
        )
    if url.integer("icount", 0) > 1:
        raise BoardUrlError(
            f"'icount={url.options['icount']}' is neither 0 nor 1", where=url.text, remedy="Write icount=1"
        )
    counting = ["-icount", "shift=0"] if url.integer("icount", 0) else []
    machine = ["-M", "microbit", "-device", f"loader,file={FIRMWARE}", "-display", "none", "-monitor", "none"]
    # As a serial device, because QEMU's stdio turns "\r\n" into "\r\r\n".
    serial = ["-chardev", "serial,id=uart,path=/dev/tty", "-serial", "chardev:uart"]
    return MicrobitBoard(url.text, [qemu, *machine, *counting, *serial])
