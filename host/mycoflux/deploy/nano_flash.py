"""Native code in the micro:bit's flash, where it costs no heap: where it lies, and how it gets there.

The firmware (source/microbit/memory.h and filesystem.c of bbcmicrobit/micropython, v1.0.1) leaves the last
8 KB of flash alone where a byte 'M' stands first: its place for a script appended to the .hex, which it runs
if 'P' follows. Its file system then ends a page below. So the region begins with MARK, and is ours.

    REGION  MARK, pieces of native code up to a whole page; then room for a program, and MARK again at the END

The second mark is for a power cut while the first page is written: it says whose the region is until then.

What may not enter here: what the code does, files (`nano`). Nothing is written outside SPARE..END, and on no
firmware but the one this was read for: a wrong word in flash can cost the board its firmware.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from mycoflux.deploy.nano_line import ATTEMPTS, PIECE, define, printed, printed_surely, run, run_with
from mycoflux.deploy.runtime import Progress
from mycoflux.errors import InstallError
from mycoflux.link.repl import Repl

REGION, END, PAGE = 0x3E000, 0x40000, 0x400
SPARE = REGION - PAGE  # the file system's own page, once it ends there
MARK = b"Myco"
NAME = "flash"  # in reports and progress

_RELEASE, _REVISION = "1.0.1", "MicroPython v1.9.2-34-gd64154c73 "  # of the firmware this is known for
_PAGES = 256  # of PAGE bytes: the chip's flash

_SURVEY = f"""
import os, machine
u = os.uname()
b = machine.mem8
w = machine.mem32
m = [bytes([b[a + i] for i in range(4)]) for a in ({REGION}, {END - 4})]
print((u[2], u[3], w[0x10000010], w[0x10000014], m))
"""

# The flash controller's CONFIG, ERASEPAGE and READY (nRF51 reference manual, NVMC). The timer stands still
# meanwhile, as whenever the firmware writes (persistent.c): one that is served late loses its count.
_DEFINITIONS = f"""
import machine
_m = machine.mem32
def _do(mode, a, p):
 if not ({SPARE} <= a < {END}) or a & 3 or a + len(p) > {END} or (p and a < {REGION}): raise ValueError(a)
 _m[0x40008004] = 1
 _m[0x40008c0c] = 0
 try:
  _m[0x4001e504] = mode
  if mode == 2: _m[0x4001e508] = a
  for i in range(0, len(p), 4):
   _m[a + i] = p[i] | p[i + 1] << 8 | p[i + 2] << 16 | p[i + 3] << 24
   while not _m[0x4001e400] & 1: pass
  while not _m[0x4001e400] & 1: pass
 finally:
  _m[0x4001e504] = 0
  _m[0x40008c0c] = 1
  _m[0x40008000] = 1
def _erase(a): _do(2, a & -{PAGE}, b'')
def _burn(a, p): _do(1, a, p)
def _dump(a, n):
 b = machine.mem8
 for a in range(a, a + n, 64): print(bytes([b[a + i] for i in range(64)]))
"""


class State(enum.Enum):
    """Whose the region is."""

    UNKNOWN = "the firmware is not the one that this is known to work with"
    TAKEN = "a script is appended to the firmware"
    FILES = "the file system reaches into the region"
    UNMARKED = "ours, but power was cut while its first page was written"
    OURS = "ours"


@dataclass(frozen=True)
class Placed:
    """Pieces of native code in the region."""

    data: bytes  # whole pages, from REGION on
    addresses: Mapping[str, int]  # of each piece
    room: int  # bytes for a program, from the next page on

    @property
    def slot(self) -> int:
        """Address of the room for a program."""
        return REGION + len(self.data)


def place(pieces: Mapping[str, bytes]) -> Placed:
    """Lay the pieces one behind the other.

    Raises:
        InstallError: they leave no page for a program.
    """
    data, addresses = MARK, {}
    for name, piece in pieces.items():
        addresses[name] = REGION + len(data)
        data += piece + b"\xff" * (-len(piece) % 4)
    data += b"\xff" * (-len(data) % PAGE)
    room = END - len(MARK) - REGION - len(data)
    if room < PAGE - len(MARK):
        raise InstallError(
            f"native code of {len(data):,} bytes leaves no room in {END - REGION:,} bytes of flash",
            remedy="Make device/nano/kernel smaller",
        )
    return Placed(data, addresses, room)


def state(repl: Repl) -> State:
    """Whose the region of the board at this prompt is."""
    release, version, page, pages, (head, tail) = printed_surely(repl, _SURVEY)[0]
    if (release, page, pages) != (_RELEASE, PAGE, _PAGES) or _REVISION not in version:
        return State.UNKNOWN
    if head == MARK:
        return State.OURS
    if tail == MARK:
        return State.UNMARKED
    return State.TAKEN if head[:1] == b"M" else State.FILES


def _ready(repl: Repl) -> None:
    """Define what drives the flash, in a heap that has room for that; the caller clears it afterwards."""
    repl.soft_reset()
    define(repl, _DEFINITIONS, NAME)


def claim(repl: Repl) -> None:
    """Make the region ours. No file may be on the board but for one that lost power in the middle of this.

    A board that loses power boots to its prompt at every moment: erased pages are an empty part of the
    file system, and from the mark on it does not look there.

    Raises:
        InstallError: the region is not what was written.
    """
    unmarked = state(repl) is State.UNMARKED
    _ready(repl)
    if not unmarked:
        for page in range(SPARE, END, PAGE):
            run(repl, f"_erase({page})")
    run(repl, f"_erase({REGION})\n_burn({REGION}, {MARK!r})")
    repl.soft_reset()
    if state(repl) is not State.OURS:
        raise InstallError(
            "the end of the board's flash does not keep what is written to it",
            where=repl.stream.url,
            remedy="Install again; if it happens twice, flash the stock firmware again",
        )


def differing(repl: Repl, wanted: bytes) -> list[int]:
    """Offsets of the pages that are not as in `wanted`, the first one last."""
    _ready(repl)
    pages = _differing(repl, wanted)
    repl.soft_reset()
    return pages


def write(repl: Repl, wanted: bytes, pages: list[int], progress: Progress | None) -> None:
    """Write these pages of the region (`differing`), and read them back.

    The first page goes last, and is erased only under the second mark.

    Raises:
        InstallError: one still differs.
    """
    _ready(repl)
    for _ in range(ATTEMPTS):
        for i, page in enumerate(pages):
            _write_page(repl, page, wanted[page : page + PAGE])
            if progress is not None:
                progress(NAME, (i + 1) * PAGE, len(pages) * PAGE)
        pages = _differing(repl, wanted)
        if not pages:
            repl.soft_reset()
            return
    raise InstallError(
        f"after writing, {len(pages)} pages of the board's flash differ from what was sent",
        where=repl.stream.url,
        remedy="Install again; if it happens twice, the board's flash may be worn out",
    )


def _differing(repl: Repl, wanted: bytes) -> list[int]:
    there = b"".join(printed(repl, f"_dump({REGION}, {len(wanted)})"))
    pages = range(0, len(wanted), PAGE)
    return [page for page in reversed(pages) if there[page : page + PAGE] != wanted[page : page + PAGE]]


def _write_page(repl: Repl, page: int, data: bytes) -> None:
    address = REGION + page
    start = 0
    if page == 0:
        start = len(MARK)
        run(repl, f"_burn({END - len(MARK)}, {MARK!r})")
        run(repl, f"_erase({REGION})\n_burn({REGION}, {MARK!r})")
    else:
        run(repl, f"_erase({address})")
    for at in range(start, PAGE, PIECE):
        part = data[at : at + PIECE]
        if part.strip(b"\xff"):
            run_with(repl, part, f"_burn({address + at}, _p)", NAME)
