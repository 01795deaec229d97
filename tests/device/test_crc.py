"""CRC-32 for boards that have none of their own."""

from __future__ import annotations

import builtins
import importlib.util
import zlib
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myco import crc


@pytest.fixture(scope="module")
def bare() -> ModuleType:
    """`myco.crc` as a firmware without `binascii` imports it."""
    real = builtins.__import__

    def without(name: str, *rest: object) -> ModuleType:
        if name in ("binascii", "ubinascii"):
            raise ImportError(name)
        return real(name, *rest)

    spec = importlib.util.spec_from_file_location("bare_crc", crc.__file__)
    module = importlib.util.module_from_spec(spec)
    builtins.__import__ = without
    try:
        spec.loader.exec_module(module)
    finally:
        builtins.__import__ = real
    return module


@given(data=st.binary(max_size=300))
def test_the_table_is_zlibs_crc(bare: ModuleType, data: bytes) -> None:
    expected = zlib.crc32(data)
    assert bare.crc32 is not crc.crc32
    assert bare.crc32(data) == bare.crc32(memoryview(data)) == crc.crc32(data) == expected
    assert bare.crc32(data + expected.to_bytes(4, "little")) == crc.RESIDUE


@given(data=st.binary(max_size=130), at=st.integers(0, 130), behind=st.integers(4, 9))
def test_it_is_written_behind_what_it_is_of(data: bytes, at: int, behind: int) -> None:
    at, end = min(at, len(data)), len(data)
    room = bytearray(data + bytes(behind))
    crc.put_crc32(room, at, end, room, end)
    assert room == data + zlib.crc32(data[at:]).to_bytes(4, "little") + bytes(behind - 4)


@given(data=st.binary(max_size=130), bent=st.integers(0, 8 * 134 - 1), behind=st.binary(max_size=5))
def test_what_ends_with_its_own_is_whole_and_a_bent_bit_shows(data: bytes, bent: int, behind: bytes) -> None:
    whole = data + zlib.crc32(data).to_bytes(4, "little")
    assert crc.is_whole(whole + behind, len(whole))
    bent %= 8 * len(whole)
    broken = bytearray(whole + behind)
    broken[bent // 8] ^= 1 << bent % 8
    assert not crc.is_whole(broken, len(whole))


def test_the_check_value_of_the_catalogue() -> None:
    assert crc.crc32_by_table(b"123456789") == 0xCBF43926
