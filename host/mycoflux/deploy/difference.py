"""What to send of an image to a board that runs another: the rest is copied there (docs/incremental.md).

Nobody remembers what a board has: it is asked for checksums of what it runs. First those of its sections,
which its image holds; of a section that differs, those of ever smaller pieces, for as long as asking costs
less than sending.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from myco import layout, wire
from mycoflux.deploy.checksums import changed_byte, windows
from mycoflux.link.transfer import Splice
from mycoflux.program import sections
from mycoflux.program.sections import Section

# Session.checksums: offset, bytes and size of a piece, of what the board runs; the CRC-32 of each piece.
Ask = Callable[[int, int, int], tuple[int, ...] | None]

_WORTH_ASKING = 100  # bytes; request, reply and what is still to be sent afterwards come to nearly as much
_WORTH_COPYING = 6  # bytes; to say what to copy takes as many
_GUESS = 1 << 14  # bytes in which the place of one changed byte is guessed: wrong once in a thousand times
_PIECES = wire.MAX_PAYLOAD // 4  # that one reply tells of
_PIECE_MAX = 1 << 15


@dataclass(frozen=True)
class Copy:
    """`size` bytes at offset `at` of the new image are those at offset `source` of the old one."""

    at: int
    source: int
    size: int


def difference(new: bytes, running: int, ask: Ask) -> tuple[Splice, ...]:
    """The splices that make the image `new` of the one that the board runs; none where they share nothing.

    Args:
        new: an image; if its directory is not sound there are no splices.
        running: the CRC-32 that the board's image ends with.
        ask: how the board answers.

    The result may be wrong, once in some thousand times: the image's own checksum shows it.
    """
    ours = sections.read(new)
    theirs = _directory(new, running, ask) if ours else None
    if ours is None or theirs is None:
        return ()
    old, tail = theirs
    copies = []
    for here, there in _pairs(ours, old):
        copies += _compare(new, here, there, ask)
    copies += _known(new[ours[-1].end :], ours[-1].end, tail, old[-1].end)
    return tuple(_splices(new, copies))


def _directory(new: bytes, running: int, ask: Ask) -> tuple[tuple[Section, ...], bytes] | None:
    """The sections of what the board runs, and all that follows them."""
    words = layout.HEADER_SIZE // 4
    for image in (new, None):  # most often it is as long as the new one, and has as many projections
        if image is None:
            answer = ask(0, layout.HEADER_SIZE, 4)
            if answer is None:
                return None
            image = struct.pack(f"<{words}I", *answer)
        header = layout.Header(image)
        size = sections.directory_size(header.projections)
        at = header.length - 4 - size
        answer = ask(at, size + 4, 4) if at > 0 else None
        if answer is None or answer[-1] != running:
            continue
        tail = struct.pack(f"<{len(answer)}I", *answer)
        found = sections.parse(tail[:-4])
        if found[-1].end == at:
            return found, tail
    return None


# --- which sections to compare ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Range:
    """Bytes of an image, and their CRC-32 where it is known."""

    at: int
    size: int
    crc: int | None = None

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.at + self.size


def _pairs(new: Sequence[Section], old: Sequence[Section]) -> Iterator[tuple[_Range, _Range]]:
    """What of the new image to compare with what of the old one."""
    places = {section.key: section for section in reversed(old)}
    places |= {o.key: o for n, o in zip(new, old, strict=False) if n.key == o.key}
    behind = 0  # in the old image, the end of what was found last
    changed: list[Section] = []
    for section in new:
        same = places.get(section.key)
        if same is None:
            changed.append(section)
            continue
        yield from _changed(changed, old, behind, same.at)
        yield _range([section]), _range([same])
        behind, changed = same.end, []
    yield from _changed(changed, old, behind, old[-1].end)


def _changed(
    new: Sequence[Section], old: Sequence[Section], start: int, end: int
) -> Iterator[tuple[_Range, _Range]]:
    """What is not found is compared with what of the old image lies between what was found around it."""
    new = [section for section in new if section.size]
    between = [section for section in old if section.size and start <= section.at and section.end <= end]
    if len(between) == len(new):
        yield from ((_range([n]), _range([o])) for n, o in zip(new, between, strict=True))
    elif between and new:
        yield _range(new), _range(between)


def _range(together: Sequence[Section]) -> _Range:
    first, last = together[0], together[-1]
    return _Range(first.at, last.end - first.at, first.crc if len(together) == 1 else None)


# --- what of a range is the same -------------------------------------------------------------------


def _compare(new: bytes, here: _Range, there: _Range, ask: Ask, most: int = _PIECE_MAX) -> list[Copy]:
    """What of range `here` of the new image is in range `there` of the old one; `most`: bytes of a piece."""
    told = _told(new, here, there)
    if told is not None:
        return told
    # More pieces make the reply longer and what differs shorter: the sum is least at half the root.
    pieces = min(max(round(math.sqrt(there.size) / 2), 2), _PIECES)
    size = min(-(-there.size // pieces), most)
    if min(here.size, there.size) < _WORTH_ASKING or size < _WORTH_COPYING:
        return []
    answer = ask(there.at, there.size, size)
    if answer is None:
        return []
    asked = [
        _Range(there.at + i * size, min(size, there.size - i * size), crc) for i, crc in enumerate(answer)
    ]
    places = _places(new, here, asked)
    # Where nothing at all is found the rest is hardly worth asking about.
    finer = size // 4 if any(place is not None for place in places) else 0
    copies = []
    for part, old in _parts(here, asked, places):
        copies += _compare(new, part, old, ask, finer)
    return copies


def _told(new: bytes, here: _Range, there: _Range) -> list[Copy] | None:
    """What the checksum of range `there` alone tells; None where that is nothing."""
    if here.size != there.size or there.crc is None:
        return None
    ours = new[here.at : here.end]
    if zlib.crc32(ours) == there.crc:
        return [Copy(here.at, there.at, here.size)]
    place = changed_byte(there.crc, ours) if here.size <= _GUESS else None
    if place is None:
        return None
    behind = place + 1
    return [Copy(here.at, there.at, place), Copy(here.at + behind, there.at + behind, here.size - behind)]


def _places(new: bytes, here: _Range, asked: Sequence[_Range]) -> list[int | None]:
    """Where in range `here` each piece is, one behind the other: nearest to where it would be unmoved."""
    ours = new[here.at : here.end]
    places: list[int | None] = []
    behind, moved = 0, -asked[0].at
    crcs = cache(lambda size: windows(ours, size))
    for piece in asked:
        place = piece.at + moved
        found = place >= behind and zlib.crc32(ours[place : place + piece.size]) == piece.crc
        if not found:
            all_places = behind + np.flatnonzero(crcs(piece.size)[behind:] == piece.crc)
            found = len(all_places) > 0
            place = int(all_places[np.argmin(abs(all_places - place))]) if found else place
        if found:
            behind, moved = place + piece.size, place - piece.at
        places.append(here.at + place if found else None)
    return places


def _parts(
    here: _Range, asked: Sequence[_Range], places: Sequence[int | None]
) -> Iterator[tuple[_Range, _Range]]:
    """Range `here` cut where pieces were found, each part with what it is to be compared with."""
    behind = here.at
    lost: list[_Range] = []
    for piece, place in zip((*asked, None), (*places, here.end), strict=True):
        if place is None:
            lost += [piece] if piece else []
            continue
        if lost:
            old = _Range(lost[0].at, lost[-1].end - lost[0].at)
            if place - behind == old.size:
                yield from ((_Range(behind + p.at - old.at, p.size), p) for p in lost)
            else:
                yield _Range(behind, place - behind), old
        if piece:
            yield _Range(place, piece.size), piece
            behind = place + piece.size
        lost = []


def _known(new: bytes, at: int, old: bytes, source: int) -> list[Copy]:
    """What of `new`, at `at` in the new image, is in the bytes `old`, at `source` in the old one."""
    places = {old[o : o + 8]: o for o in range(len(old) - 8, -1, -4)}
    copies, i = [], 0
    while i < len(new):
        place = places.get(new[i : i + 8])
        if place is None:
            i += 4
            continue
        size = 8
        while place + size < len(old) and i + size < len(new) and old[place + size] == new[i + size]:
            size += 1
        copies.append(Copy(at + i, source + place, size))
        i += -(-size // 4) * 4
    return copies


# --- splices ---------------------------------------------------------------------------------------


def _splices(new: bytes, copies: Sequence[Copy]) -> Iterator[Splice]:
    """Copies that are worth it, each with what is sent between it and the next."""
    worth = [copy for copy in _joined(copies) if copy.size >= _WORTH_COPYING]
    if not worth:
        return
    if worth[0].at:
        yield Splice(0, 0, new[: worth[0].at])
    for copy, following in zip(worth, (*worth[1:], Copy(len(new), 0, 0)), strict=True):
        yield Splice(copy.source, copy.size, new[copy.at + copy.size : following.at])


def _joined(copies: Sequence[Copy]) -> list[Copy]:
    """The same in the order of the new image, copies that go on in both images as one."""
    joined: list[Copy] = []
    for copy in sorted(copies, key=lambda copy: copy.at):
        last = joined[-1] if joined else Copy(0, 0, 0)
        if (last.at + last.size, last.source + last.size) == (copy.at, copy.source):
            joined[-1:] = [Copy(last.at, last.source, last.size + copy.size)]
        else:
            joined.append(copy)
    return joined
