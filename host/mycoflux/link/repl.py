"""MicroPython's raw REPL over any stream: run a snippet on the board and get what it printed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from mycoflux.errors import BoardRaised, FirmwareTooOld, LinkError, WrongFirmware
from mycoflux.link.serial_shape import SerialShape
from mycoflux.link.stream import ByteStream

RUNTIME_MINIMUM = (1, 19)
# sys.implementation._mpy >> 10, as MicroPython's py/persistentcode.h numbers them.
ARCHS = (
    "none",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
)

# The zero byte ends any frame of ours, so that the running runtime takes "\r Ctrl-C" as a wish for the
# prompt (see myco.wire); the second Ctrl-C interrupts anybody else's program.
_LEAVE = b"\x00\r\x03\x03"
_RAW = b"\r\x01"
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_TRIES_S = (0.5, 1.0, 2.0, 3.0)  # how long each try waits for the prompt
_QUIET_S = 0.1

_IDENTIFY = """
import gc, sys
_i = sys.implementation
try:
    import os
    _m = os.uname().machine
except (ImportError, AttributeError):
    _m = ''
gc.collect()
_f = gc.mem_free() if hasattr(gc, 'mem_free') else 0
print(repr((_i[0], tuple(_i[1])[:3], getattr(_i, '_machine', _m), sys.platform, getattr(_i, '_mpy', 0), _f)))
"""


@dataclass(frozen=True)
class Identity:
    """What a board says of itself."""

    version: tuple[int, ...]
    machine: str
    platform: str
    mpy: int  # sys.implementation._mpy; 0 when the board loads no .mpy files
    arch: str  # native code it runs, one of ARCHS
    heap_free: int  # bytes


class Repl:
    """The prompt of one board. The stream belongs to the caller, who also closes it."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._port = SerialShape(stream)
        self._transport = self._make_transport()
        self._entered = False

    def _make_transport(self) -> Any:
        # Not through __init__, which opens a port by itself.
        transport: Any = SerialTransport.__new__(SerialTransport)
        transport.serial = self._port
        transport.device_name = self.stream.url
        transport.mounted = False
        transport.is_pty = False
        transport.in_raw_repl = True
        transport.use_raw_paste = True
        transport.read_until = self._port.read_until  # the original sleeps 10 ms whenever nothing is there
        return transport

    def enter(self) -> None:
        """Get the raw prompt, whatever the board is doing: a program, our runtime, half a transfer.

        Raises:
            WrongFirmware: something answers that is not MicroPython.
            LinkError: nothing answers, or the running program does not let go.
            BoardLost: the board went away.
        """
        if not self.stream.has_repl:
            raise LinkError(
                "this board has no MicroPython prompt",
                where=self.stream.url,
                remedy="Use it without installing anything, or choose another board",
            )
        self._entered = False
        self._transport = self._make_transport()
        heard = b""
        for attempt, wait_s in enumerate(_TRIES_S):
            if attempt % 2:
                self.stream.interrupt()
            self.stream.write(_LEAVE)
            # Apart, because a board that leaves a program may throw away what came with the Ctrl-C.
            heard += self._port.drain(0.02 * (attempt + 1), 0.5)
            self.stream.write(_RAW)
            data = self._read_banner(wait_s)
            heard = (heard + data)[-4096:]
            if data.endswith(_BANNER) and self._settles(attempt):
                return
        raise self._no_prompt(heard)

    def _read_banner(self, wait_s: float) -> bytes:
        return self._port.read_until(1, _BANNER, timeout=wait_s, timeout_overall=2 * wait_s)

    def _settles(self, attempt: int) -> bool:
        """Whether the prompt now runs what it is given, and exactly one more prompt waits to be read."""
        if attempt:  # answers to earlier tries may still be on their way
            self._port.drain(_QUIET_S, 2.0)
        self._port.put_back(b">")  # where mpremote's exec begins
        # Twice, because a Ctrl-C that came while the board booted may hit the first snippet.
        for _ in range(2):
            try:
                out, _error = self._transport.exec_raw("print('here')", timeout=2)
            except (TransportError, LinkError):
                return False
            if out.strip() == b"here":
                self._entered = True
                return True
        return False

    def _no_prompt(self, heard: bytes) -> LinkError | WrongFirmware:
        said = heard.strip(b"\x00\r\n\x03\x01")
        if not said:
            return LinkError(
                "nothing answers there",
                where=self.stream.url,
                remedy="Reset the board; if that does not help, flash stock MicroPython",
            )
        if b"MicroPython" in heard or b">>>" in heard or b"raw REPL" in heard:
            return LinkError(
                "MicroPython is there, but the running program does not give its prompt back",
                where=self.stream.url,
                remedy="Reset the board, then run the command again",
            )
        return WrongFirmware(
            f"what answers is not MicroPython (it said {said[:60]!r})",
            where=self.stream.url,
            remedy="Flash stock MicroPython, or choose another port",
        )

    def exec(self, code: str | bytes, timeout_s: float = 10.0) -> str:
        """Run `code`; what it printed. `timeout_s` is the longest silence allowed.

        Raises:
            BoardRaised: the code raised; the message holds its traceback.
            LinkError: the board does not answer.
            BoardLost: the board went away.
        """
        self._begin(code)
        try:
            out, error = self._transport.follow(timeout_s)
        except TransportError as problem:
            self._entered = False
            raise self._broken(problem) from problem
        if error:
            text = error.decode("utf-8", "replace").strip()
            last = text.splitlines()[-1] if text else ""
            raise BoardRaised(f"the board raised {last}", where=self.stream.url, remedy=f"It said:\n{text}")
        return str(out.decode("utf-8", "replace"))

    def eval(self, expression: str, timeout_s: float = 10.0) -> Any:
        """The value of `expression`, which must print as a Python literal."""
        printed = self.exec(f"print(repr({expression}))", timeout_s).strip()
        try:
            return ast.literal_eval(printed)
        except (ValueError, SyntaxError) as error:
            raise LinkError(
                f"the board answered {printed[:60]!r}", where=self.stream.url, remedy="Run the command again"
            ) from error

    def start(self, code: str | bytes) -> None:
        """Let `code` run and do not wait for it; the stream is its own from here on."""
        self._begin(code)
        self._entered = False

    def _begin(self, code: str | bytes) -> None:
        if not self._entered:
            self.enter()
        try:
            self._transport.exec_raw_no_follow(code)
        except (TransportError, TransportExecError) as problem:
            self._entered = False
            raise self._broken(problem) from problem
        except LinkError:
            self._entered = False
            raise

    def _broken(self, problem: Exception) -> LinkError:
        return LinkError(
            f"the prompt broke off ({problem})", where=self.stream.url, remedy="Run the command again"
        )

    def rest(self) -> bytes:
        """What was read beyond the last answer: after `start`, the first words of the started code."""
        return self._port.drain(0, 0)

    def identify(self, minimum: tuple[int, int] = RUNTIME_MINIMUM) -> Identity:
        """Ask the board who it is.

        Raises:
            FirmwareTooOld: its MicroPython is older than `minimum`.
            WrongFirmware: it is another Python.
        """
        answer = self.exec(_IDENTIFY)
        try:
            name, version, machine, platform, mpy, free = ast.literal_eval(answer.strip())
        except (ValueError, SyntaxError) as error:
            raise WrongFirmware(
                f"asked who it is, the board said {answer[:60]!r}",
                where=self.stream.url,
                remedy="Flash stock MicroPython",
            ) from error
        if name != "micropython":
            raise WrongFirmware(
                f"this is {name}, not MicroPython",
                where=self.stream.url,
                remedy="Flash stock MicroPython",
            )
        if tuple(version[:2]) < minimum:
            raise FirmwareTooOld(
                f"MicroPython {'.'.join(map(str, version))} is too old",
                where=f"{self.stream.url} ({machine})",
                remedy=f"Flash version {minimum[0]}.{minimum[1]} or later, see https://micropython.org/download",
            )
        arch = (mpy >> 10) & 0xF
        name_of_arch = ARCHS[arch] if arch < len(ARCHS) else "none"
        return Identity(tuple(version), machine, platform, mpy, name_of_arch, free)

    def soft_reset(self, timeout_s: float = 5.0) -> None:
        """Begin the interpreter anew: its heap empty, its native code freed; then have the prompt again.

        `main.py` runs, and is interrupted.
        """
        if not self._entered:
            self.enter()
        self.stream.write(b"\x04")
        data = self._port.read_until(1, b"soft reboot\r\n", timeout=timeout_s, timeout_overall=timeout_s)
        if not data.endswith(b"soft reboot\r\n"):
            self._entered = False
            raise LinkError(
                "the board did not reboot",
                where=self.stream.url,
                remedy="Reset it, then run the command again",
            )
        self.enter()
