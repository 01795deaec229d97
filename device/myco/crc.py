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


def _step_tables():
    high = bytearray(32)
    low = bytearray(32)
    for i in range(16):
        h, w = 0, i
        for _ in range(4):
            out = w & 1
            w = (w >> 1) | ((h & 1) << 15)
            h >>= 1
            if out:
                h ^= 0xEDB8
                w ^= 0x8320
        high[2 * i] = h & 255
        high[2 * i + 1] = h >> 8
        low[2 * i] = w & 255
        low[2 * i + 1] = w >> 8
    return high, low


def crc32_by_nibbles(data):
    """CRC-32 of a bytes-like `data` in small integers only; returns (high 16 bits, low 16 bits)."""
    table_high, table_low = _step_tables()
    h = w = 0xFFFF
    for byte in data:
        for nibble in (byte & 15, byte >> 4):
            i = ((w ^ nibble) & 15) << 1
            w = (w >> 4) | ((h & 15) << 12)
            h >>= 4
            h ^= table_high[i] | table_high[i + 1] << 8
            w ^= table_low[i] | table_low[i + 1] << 8
    return h ^ 0xFFFF, w ^ 0xFFFF


if crc32 is None:

    def crc32(data):
        """CRC-32 of a bytes-like `data`, 0..2^32-1."""
        high, low = crc32_by_nibbles(data)
        return high << 16 | low
