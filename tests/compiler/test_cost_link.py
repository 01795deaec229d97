"""Bytes on a link against frames that `myco.wire` makes."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from myco import wire
from mycoflux.compiler.cost import link_bytes


def frame(payload: bytes) -> int:
    """The length of a payload's frame."""
    return int(wire.encode(wire.STEP, 1, payload, len(payload), bytearray(wire.MAX_FRAME)))


@given(st.integers(1, 60), st.integers(61, 256))
def test_a_list_or_a_bit_a_source_whichever_is_shorter(spikes: int, sources: int) -> None:
    tick = struct.pack("<I", 1000)
    as_list, as_bits = frame(tick + bytes(spikes)), frame(tick + bytes((sources + 7) // 8))
    assert link_bytes(spikes, sources) == min(as_list, as_bits)


def test_what_is_longer_than_a_frame_takes_several() -> None:
    most = wire.MAX_PAYLOAD - 4
    assert link_bytes(0, 100) == frame(bytes(4))
    rest = 5000 // 8 - 5 * most
    assert 0 < rest < most
    assert link_bytes(600, 5000) == 5 * frame(bytes(4 + most)) + frame(bytes(4 + rest))
    assert link_bytes(2, 5000) == frame(bytes(4 + 4))
    assert link_bytes(0, 100, values=3) == frame(bytes(4 + 3 * 4))
    assert link_bytes(0, 0) == 0
