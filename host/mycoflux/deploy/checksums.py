"""What the CRC-32s of bytes that are elsewhere tell about them.

A CRC is linear: as a register without its first and last inversion, that of a ^ b is that of a ^ that of b,
and each byte of zeros appended is one linear map more (Williams, "A Painless Guide to CRC Error Detection
Algorithms", 1993). So the CRCs of all windows of some bytes follow from those of their beginnings, and the
two CRCs of bytes that differ in one place tell which place.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_ONES = 0xFFFFFFFF
# What a byte does to an empty register; the highest byte of each is another.
_BYTES = [zlib.crc32(bytes([b]), _ONES) ^ _ONES for b in range(256)]
_BY_HIGHEST = {value >> 24: b for b, value in enumerate(_BYTES)}
_VALUES = {value: b for b, value in enumerate(_BYTES)}


def windows(data: bytes, size: int) -> Words:
    """The CRC-32 of each window of `size` bytes: entry i is that of data[i : i + size]."""
    count = len(data) - size + 1
    if count <= 0:
        return np.zeros(0, np.uint32)
    registers = np.empty(len(data) + 1, np.uint32)
    register = registers[0] = _ONES
    view = memoryview(data)
    for i in range(len(data)):
        register = zlib.crc32(view[i : i + 1], register ^ _ONES) ^ _ONES
        registers[i + 1] = register
    # A window from the same start register as all: what came before it is taken out again.
    found: Words = registers[size:] ^ _append_zeros(registers[:count] ^ np.uint32(_ONES), size)
    return found ^ np.uint32(_ONES)


def _append_zeros(registers: Words, size: int) -> Words:
    """The registers after `size` bytes of zeros."""
    zeros = bytes(size)
    bits = [zlib.crc32(zeros, 1 << bit ^ _ONES) ^ _ONES for bit in range(32)]
    result: Words = np.zeros(len(registers), np.uint32)
    for at in range(0, 32, 8):
        table = np.zeros(256, np.uint32)
        for bit in range(8):
            table[1 << bit : 2 << bit] = table[: 1 << bit] ^ np.uint32(bits[at + bit])
        result ^= table[registers >> np.uint32(at) & np.uint32(255)]
    return result


def changed_byte(old: int, new: bytes) -> int | None:
    """Where in `new` the one byte is in which it differs from bytes of the same length whose CRC-32 is `old`.

    None where no single byte explains it, or two would. What is found is a guess: bytes that differ in more
    places look as if it were one, in one of 2^24 / len(new) cases.
    """
    register, found = old ^ zlib.crc32(new), None
    for at in range(len(new) - 1, -1, -1):
        if register in _VALUES:
            if found is not None:
                return None
            found = at
        # One byte of zeros less behind it: the map of a byte, backwards.
        low = _BY_HIGHEST[register >> 24]
        register = (register ^ _BYTES[low]) << 8 & _ONES | low
    return found
