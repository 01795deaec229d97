"""CRC-32 as zlib and IEEE 802.3 compute it (check value of b"123456789": 0xCBF43926).

`crc32` is the firmware's own, where it has one: fast, for images. Its sums are objects on the heap of a board
whose small integers have 31 bits, and it wants a slice of a buffer of which a part is summed; so frames are
summed by `put_crc32` and `is_whole`, which allocate nothing: a table of 256 entries, in halves of 16 bits.
"""

from array import array

try:
    from binascii import crc32
except ImportError:  # MicroPython before the u-prefix was dropped, or a port without it
    try:
        from ubinascii import crc32
    except ImportError:
        crc32 = None

# A frame or image followed by its own CRC, little-endian, has this CRC (the "residue"). It is below
# 2^30, so checking good data allocates nothing on boards with 31-bit small integers.
RESIDUE = 0x2144DF1C

_high = array("H", range(256))  # what each byte does to the halves of the CRC
_low = array("H", range(256))
_found = bytearray(4)


def _fill_tables():
    """Entry n is n divided by the polynomial 0xEDB88320 (bits reflected)."""
    for n in range(256):
        h, w = 0, n
        for _ in range(8):
            odd = w & 1
            w = w >> 1 | (h & 1) << 15
            h >>= 1
            if odd:
                h ^= 0xEDB8
                w ^= 0x8320
        _high[n] = h
        _low[n] = w


_fill_tables()


def put_crc32(data, at, end, out, place):
    """Write the CRC-32 of data[at:end] to out[place : place + 4], little-endian. Allocates nothing."""
    high = _high
    low = _low
    h = w = 0xFFFF
    for i in range(at, end):
        n = (w ^ data[i]) & 255
        w = (w >> 8 | (h & 255) << 8) ^ low[n]
        h = (h >> 8) ^ high[n]
    h ^= 0xFFFF
    w ^= 0xFFFF
    out[place] = w & 255
    out[place + 1] = w >> 8
    out[place + 2] = h & 255
    out[place + 3] = h >> 8


def is_whole(data, end):
    """Whether data[:end] ends with its own CRC-32. Allocates nothing."""
    end -= 4
    put_crc32(data, 0, end, _found, 0)
    return (
        data[end] == _found[0]
        and data[end + 1] == _found[1]
        and data[end + 2] == _found[2]
        and data[end + 3] == _found[3]
    )


def crc32_by_table(data):
    """CRC-32 of a bytes-like `data`, 0..2^32-1, without `binascii`."""
    put_crc32(data, 0, len(data), _found, 0)
    return _found[0] | _found[1] << 8 | _found[2] << 16 | _found[3] << 24


if crc32 is None:
    crc32 = crc32_by_table
