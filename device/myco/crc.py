"""CRC-32 as zlib and IEEE 802.3 compute it (check value of b"123456789": 0xCBF43926).

Boards with `binascii.crc32` check with it; the few without use the table of 16 nibbles below, split into
16-bit halves so that no intermediate is a heap integer on a 31-bit small-int board. What is sent is summed
with the table everywhere: `binascii` needs a slice of the buffer, and most sums are heap integers.
"""

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


# What each nibble does to the high and to the low half of the CRC: 16 little-endian 16-bit words each.
# They follow from the polynomial 0xEDB88320; a test computes them again.
NIBBLES_HIGH = (
    b"\x00\x00\xb7\x1d\x6e\x3b\xd9\x26\xdc\x76\x6b\x6b\xb2\x4d\x05\x50"
    b"\xb8\xed\x0f\xf0\xd6\xd6\x61\xcb\x64\x9b\xd3\x86\x0a\xa0\xbd\xbd"
)
NIBBLES_LOW = (
    b"\x00\x00\x64\x10\xc8\x20\xac\x30\x90\x41\xf4\x51\x58\x61\x3c\x71"
    b"\x20\x83\x44\x93\xe8\xa3\x8c\xb3\xb0\xc2\xd4\xd2\x78\xe2\x1c\xf2"
)


def put_crc32(data, at, end, out, place):
    """Write the CRC-32 of data[at:end] to out[place : place + 4], little-endian. Allocates nothing."""
    table_high = NIBBLES_HIGH
    table_low = NIBBLES_LOW
    h = w = 0xFFFF
    while at < end:
        byte = data[at]
        i = ((w ^ byte) & 15) << 1
        w = (w >> 4 | (h & 15) << 12) ^ (table_low[i] | table_low[i + 1] << 8)
        h = (h >> 4) ^ (table_high[i] | table_high[i + 1] << 8)
        i = ((w ^ byte >> 4) & 15) << 1
        w = (w >> 4 | (h & 15) << 12) ^ (table_low[i] | table_low[i + 1] << 8)
        h = (h >> 4) ^ (table_high[i] | table_high[i + 1] << 8)
        at += 1
    h ^= 0xFFFF
    w ^= 0xFFFF
    out[place] = w & 255
    out[place + 1] = w >> 8
    out[place + 2] = h & 255
    out[place + 3] = h >> 8


def crc32_by_nibbles(data):
    """CRC-32 of a bytes-like `data`, 0..2^32-1, without `binascii`."""
    found = bytearray(4)
    put_crc32(data, 0, len(data), found, 0)
    return found[0] | found[1] << 8 | found[2] << 16 | found[3] << 24


if crc32 is None:
    crc32 = crc32_by_nibbles
