"""Images that nobody built: right checksum, wrong contents."""

from __future__ import annotations

import itertools
import random
import struct
import zlib
from collections.abc import Iterator

from myco import layout


def sealed(body: bytes | bytearray) -> bytes:
    """An image of these bytes with its checksums: its own, and where a directory is found, the sections'."""
    body = bytearray(body)
    at = len(body) - (layout.SECTIONS + struct.unpack_from("<H", body, 24)[0]) * layout.SECTION_SIZE
    if at < 0:
        at = len(body)
    sizes = [size for size, _ in struct.iter_unpack(layout.SECTION_FORMAT, body[at:])]
    if sum(sizes) == at:
        ends = list(itertools.accumulate(sizes))
        for i, (size, end) in enumerate(zip(sizes, ends, strict=True)):
            crc = zlib.crc32(body[end - size : end])
            struct.pack_into("<I", body, at + i * layout.SECTION_SIZE + 4, crc)
    return bytes(body) + struct.pack("<I", zlib.crc32(body))


def forged(image: bytes, seed: int, copies: int, most: int = 3) -> Iterator[bytes]:
    """Copies of `image` with up to `most` bytes of its header, records and tables changed.

    Not of the names and where they are: boards have no use for those, so only hosts refuse wrong ones.
    """
    rng = random.Random(seed)
    header = layout.Header(image)
    count = layout.SECTIONS + header.projections
    at = len(image) - 4 - count * layout.SECTION_SIZE
    _, _, names, *_ = (struct.unpack_from("<I", image, at + i * layout.SECTION_SIZE)[0] for i in range(count))
    places = [*range(layout.HEADER_SIZE, header.names_at), *range(header.names_at + names, at)]
    for _ in range(copies):
        body = bytearray(image[:-4])
        for _ in range(rng.randint(1, most)):
            at = rng.randrange(12, 52) if rng.random() < 0.1 else rng.choice(places)
            near = (body[at] + rng.choice((-1, 1))) & 255
            flipped = body[at] ^ 1 << rng.randrange(8)
            body[at] = rng.choice((0, 1, 255, near, near, flipped, rng.randrange(256)))
        yield sealed(body)
