"""The native code, the buffers it works on, and the way into it."""

# ruff: noqa: F821  (the assembler's names are not Python's)

import os
from array import array

import micropython
import nano_context as k
import nano_places as places

from myco import wire

BUNDLE = bytes(8)  # the installer puts the id of the files here

context = array("i", [0] * k.WORDS)
content = bytearray(wire.MAX_CONTENT)
frame = bytearray(wire.MAX_FRAME)


@micropython.asm_thumb
def call(r0, r1, r2, r3):
    """Call the code in buffer r3 with three arguments; buffers are passed as their addresses."""
    bl(GO)
    b(END)
    label(GO)
    add(r3, 1)  # the processor's mark of Thumb code
    bx(r3)
    label(END)


def read_file(name):
    """A file's bytes as a bytearray, made at once: growing one needs its memory twice."""
    data = bytearray(os.size(name))
    with open(name, "rb") as f:
        f.readinto(data)
    return data


# Bytes are passed to `call` as an object, a bytearray as its contents.
bundle = bytearray(BUNDLE)
kernel = places.KERNEL or read_file("kernel.bin")
keep = [None] * k.KEPT
call(k.SET + k.CONTENT, content, context, kernel)
call(k.SET + k.FRAME, frame, context, kernel)
call(k.SET + k.BUNDLE, bundle, context, kernel)
context[k.LAST] = -1
context[k.SKIPPING] = 1
