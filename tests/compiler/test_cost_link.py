"""Bytes on a link against frames that `myco.wire` makes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myco import wire
from mycoflux.compiler.cost import link_bytes, unit_costs
from mycoflux.compiler.cost_memory import memory
from mycoflux.link import board_file
from tests.compiler.test_cost_memory import recurrent


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


@pytest.mark.parametrize("kind", ["armv7", "microbit", "virtual"])
def test_the_weights_of_the_partition_are_what_programs_grow_by(kind: str) -> None:
    figures = board_file.load(kind).machine
    assert figures is not None
    one, weights = recurrent(200, 2, 3), unit_costs(figures)

    def grown(size: int, fan_out: int, depth: int) -> float:
        return memory(recurrent(size, fan_out, depth), figures).total - memory(one, figures).total

    neuron = weights.neuron_bytes + 3 * weights.slot_bytes + weights.row_bytes + 2 * weights.synapse_bytes
    assert grown(250, 2, 3) == pytest.approx(50 * neuron, rel=0.05)
    assert grown(200, 20, 3) == pytest.approx(200 * 18 * weights.synapse_bytes, rel=0.05)
    assert grown(200, 2, 13) == pytest.approx(200 * 10 * weights.slot_bytes, rel=0.05)
