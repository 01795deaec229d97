"""Images that nobody built: right checksum, wrong contents."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator

from myco import layout


def sealed(body: bytes | bytearray) -> bytes:
    """An image of these bytes with its checksum."""
    return bytes(body) + struct.pack("<I", zlib.crc32(body))


def forged(image: bytes, seed: int, copies: int, most: int = 3) -> Iterator[bytes]:
    """Copies of `image` with up to `most` bytes of its header, records and tables changed.

    Not of the offset of the names: boards have no use for those, so only hosts refuse wrong ones.
    """
    rng = random.Random(seed)
    end = layout.Header(image).names_at
    for _ in range(copies):
        body = bytearray(image[:-4])
        for _ in range(rng.randint(1, most)):
            at = rng.randrange(12, 52) if rng.random() < 0.1 else rng.randrange(layout.HEADER_SIZE, end)
            near = (body[at] + rng.choice((-1, 1))) & 255
            flipped = body[at] ^ 1 << rng.randrange(8)
            body[at] = rng.choice((0, 1, 255, near, near, flipped, rng.randrange(256)))
        yield sealed(body)
