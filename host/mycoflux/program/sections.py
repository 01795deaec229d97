"""The sections of an image: what its directory says lies where, with a CRC-32 of each."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from myco import layout

FIXED = ("records", "parameters", "names")  # the sections before those of the projections
assert len(FIXED) == layout.SECTIONS


@dataclass(frozen=True)
class Section:
    """`size` bytes of an image from offset `at`; offsets and sizes are multiples of layout.ALIGN."""

    at: int
    size: int
    crc: int  # CRC-32 of those bytes

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.at + self.size

    @property
    def key(self) -> tuple[int, int]:
        """Equal for sections of equal bytes, wherever they lie."""
        return self.size, self.crc


def directory_size(projections: int) -> int:
    """Bytes of the directory of an image with so many projections."""
    return (len(FIXED) + projections) * int(layout.SECTION_SIZE)


def directory(sections: Iterable[bytes]) -> bytes:
    """The directory of sections with these contents."""
    return b"".join(struct.pack(layout.SECTION_FORMAT, len(s), zlib.crc32(s)) for s in sections)


def parse(entries: bytes) -> tuple[Section, ...]:
    """The sections that a directory names; nothing says that they are those of an image."""
    sections, at = [], 0
    for size, crc in struct.iter_unpack(layout.SECTION_FORMAT, entries):
        sections.append(Section(at, size, crc))
        at += size
    return tuple(sections)


def read(image: bytes) -> tuple[Section, ...] | None:
    """The sections of an image; None where these bytes have no directory, or one that is not theirs."""
    if len(image) < layout.HEADER_SIZE + 4:
        return None
    end = len(image) - 4
    at = end - directory_size(layout.Header(image).projections)
    if at < layout.HEADER_SIZE:
        return None
    sections = parse(image[at:end])
    view = memoryview(image)
    sound = sections[-1].end == at and all(
        s.size % layout.ALIGN == 0 and zlib.crc32(view[s.at : s.end]) == s.crc for s in sections
    )
    return sections if sound else None
