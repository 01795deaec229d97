"""Straight-line code for tables that the compiler marked hot, made when a board starts with a program.

The native kernel makes it, and checks each row of it against the table. It lies in the heap, each table's in
a piece by itself, and only in what is left: a board gives it back before it takes another program. One that
was just loaded has none until the board starts again.
"""

import gc
import sys

from myco import layout

try:
    from uctypes import addressof
except ImportError:
    addressof = None

RESERVE = 16384  # bytes of heap that are left alone: requests allocate, and not all is in one piece
# Ports whose heap lies in RAM that processors run code from: MicroPython's own native code lies there too.
PORTS = ("rp2", "pyboard", "samd", "nrf51", "nrf52", "renesas-ra")
CPUID = 0xE000ED00
# Its part number: Cortex-M0, M0+, M3, M4, M23, M33, which have no caches. An M7 would run what its own holds.
PROCESSORS = (0xC20, 0xC60, 0xC23, 0xC24, 0xD20, 0xD21)


def can_run():
    """Whether this processor runs what was just written into its heap."""
    if addressof is None or sys.platform not in PORTS:
        return False
    try:
        from machine import mem32
    except ImportError:
        return False
    return (mem32[CPUID] >> 4) & 0xFFF in PROCESSORS


def room(size):
    """An object that keeps `size` bytes, and the address of these. Raises MemoryError."""
    kept = bytearray(size)
    return kept, addressof(kept)


def make(engine):
    """Code for as many hot tables as there is room for, in the image's order; nothing may be due in `engine`.

    What keeps it is in `engine.code` then, an object a table.
    """
    kernel = engine.kernel
    if not hasattr(kernel, "emit") or not can_run():
        return
    gc.collect()
    engine.code = code = []
    for i in range(engine.header.projections):
        if engine.projections[i][0] & layout.TABLE_HOT:
            size = kernel.measure(engine.plan, i)
            if not size or gc.mem_free() < size + RESERVE:
                continue
            try:
                kept, address = room(size)
            except MemoryError:  # what is free is not in one piece
                continue
            code.append(kept)  # before anything runs it
            if kernel.emit(engine.plan, i, address) != size:
                code.pop()
