"""The directory: each byte of an image is in one section, and damage to the directory is seen."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import check, layout
from mycoflux.errors import ImageError
from mycoflux.program import sections
from mycoflux.program.image import decode, encode
from tests.programs import ALL_MODELS, random_program


def closed(body: bytearray) -> bytes:
    """With the image's own checksum, and no other."""
    return bytes(body) + struct.pack("<I", zlib.crc32(body))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_sections_are_one_behind_the_other_and_hold_what_the_records_name(seed: int) -> None:
    program = random_program(seed, max_size=12, models=ALL_MODELS)
    image = encode(program)
    records, params, names, *tables = sections.read(image)
    at = 0
    for section in (records, params, names, *tables):
        assert section.at == at and at % layout.ALIGN == 0
        assert section.crc == zlib.crc32(image[at : at + section.size])
        at = section.end
    assert at + sections.directory_size(len(tables)) + 4 == len(image)
    header = layout.Header(image)
    assert (names.at, len(tables)) == (header.names_at, header.projections)
    assert program.name.encode() in image[names.at : names.end]
    for i, table in enumerate(tables):
        places = [place for place in layout.projection(image, header, i)[-3:] if place]
        assert min(places) == table.at and max(places) < table.end


def test_a_directory_that_is_not_that_of_its_sections_is_refused_by_the_host() -> None:
    """Boards do not read it: they would run such an image, but what is copied from it would be wrong."""
    image = encode(random_program(3))
    count = len(sections.read(image))
    start = len(image) - 4 - count * layout.SECTION_SIZE
    for at in range(start, len(image) - 4):
        body = bytearray(image[:-4])
        body[at] ^= 1 << at % 8
        check.check(closed(body))
        with pytest.raises(ImageError, match="directory"):
            decode(closed(body))


def test_an_image_of_the_layout_before_is_refused_by_its_version() -> None:
    body = bytearray(encode(random_program(3))[:-4])
    body[4] = 2
    with pytest.raises(ImageError, match="version"):
        decode(closed(body))
