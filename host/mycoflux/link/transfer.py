"""An image on its way to a board: cut into requests, whole or as what differs from the image there."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from myco import wire


@dataclass(frozen=True)
class Splice:
    """A part of an image: `size` bytes at offset `source` of the one that runs, then those here."""

    source: int
    size: int
    fresh: bytes


def sending(image: bytes, room: int) -> Iterator[tuple[int, bytes, int]]:
    """The requests that send an image, and how much of it the board has after each. room: for a payload."""
    room -= 4
    for at in range(0, len(image), room):
        piece = image[at : at + room]
        yield wire.PUT_DATA, struct.pack("<I", at) + piece, at + len(piece)


def copying(splices: Sequence[Splice], room: int) -> Iterator[tuple[int, bytes, int]]:
    """The requests that send these splices: as many in one as it has room for, and long ones in several."""
    done = 0
    payload = numbers(done)
    for splice in splices:
        source, size, fresh = splice.source, splice.size, splice.fresh
        while size or fresh:
            head = numbers(source, size)
            here = min(room - len(payload) - len(head) - 1, len(fresh), 127)
            if here < min(len(fresh), 1):  # no room for any of it
                yield wire.PUT_COPY, payload, done
                payload = numbers(done)
                continue
            payload += head + numbers(here) + fresh[:here]
            done += size + here
            source, size, fresh = 0, 0, fresh[here:]
    yield wire.PUT_COPY, payload, done


def numbers(*values: int) -> bytes:
    """Integers, 0..2^28-1, one behind the other as `wire.number` reads them."""
    out = bytearray()
    for value in values:
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out)
