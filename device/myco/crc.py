"""CRC-32 as zlib and IEEE 802.3 compute it (check value of b"123456789": 0xCBF43926).

Boards with `binascii.crc32` use it; the few without (micro:bit v1) use the table of 16 nibbles below,
split into 16-bit halves so that no intermediate is a heap integer on a 31-bit small-int board.
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


def crc32_by_nibbles(data):
    """CRC-32 of a bytes-like `data` in small integers only; returns (high 16 bits, low 16 bits)."""
    table_high = NIBBLES_HIGH
    table_low = NIBBLES_LOW
    h = w = 0xFFFF
    for byte in data:
        for _ in (0, 1):
            i = ((w ^ byte) & 15) << 1
            w = (w >> 4 | (h & 15) << 12) ^ (table_low[i] | table_low[i + 1] << 8)
            h = (h >> 4) ^ (table_high[i] | table_high[i + 1] << 8)
            byte >>= 4
    return h ^ 0xFFFF, w ^ 0xFFFF


if crc32 is None:

    def crc32(data):
        """CRC-32 of a bytes-like `data`, 0..2^32-1."""
        high, low = crc32_by_nibbles(data)
        return high << 16 | low
