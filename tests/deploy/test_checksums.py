from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from mycoflux.deploy.checksums import changed_byte, windows


@given(st.binary(max_size=300), st.integers(1, 300))
def test_the_checksum_of_each_window_is_that_of_its_bytes(data: bytes, size: int) -> None:
    expected = [zlib.crc32(data[i : i + size]) for i in range(len(data) - size + 1)]
    assert windows(data, size).tolist() == expected


@given(st.binary(min_size=1, max_size=2000), st.data())
def test_one_changed_byte_is_found_by_the_checksums_alone(new: bytes, data: st.DataObject) -> None:
    at, flip = data.draw(st.integers(0, len(new) - 1)), data.draw(st.integers(1, 255))
    old = bytearray(new)
    old[at] ^= flip
    assert changed_byte(zlib.crc32(old), new) == at


@given(st.binary(min_size=8, max_size=200), st.data())
def test_two_changed_bytes_are_never_taken_for_one_in_a_short_piece(new: bytes, data: st.DataObject) -> None:
    """Two bytes within four of one another are a burst of 32 bits, of which no two have one checksum."""
    at, apart = data.draw(st.integers(0, len(new) - 4)), data.draw(st.integers(1, 3))
    old = bytearray(new)
    old[at] ^= data.draw(st.integers(1, 255))
    old[at + apart] ^= data.draw(st.integers(1, 255))
    found = changed_byte(zlib.crc32(old), new)
    assert found is None or not at <= found < at + 4


def test_what_is_equal_has_no_changed_byte() -> None:
    assert changed_byte(zlib.crc32(b"the same"), b"the same") is None
