"""The requests that need MicroPython, for memory and files: a program's way onto the board, and off it."""

import gc

import nano_context as k
import nano_places as places
from nano_code import call, context, keep, kernel
from nano_program import forget, put, save, stop

from myco import wire


def receive(size):
    """Make room for an image of `size` bytes. The running one goes only when there is no room for both."""
    gc.collect()
    if size > places.ROOM:
        raise MemoryError
    try:
        data = bytearray(size)
    except MemoryError:
        stop()
        data = bytearray(size)
    keep[k.ARRIVING] = data
    call(k.SET + k.INCOMING, data, context, kernel)


def execute(kind):
    """Do what the kernel leaves to us; return an error of wire.E_* or 0."""
    error = 0
    try:
        if kind == wire.PUT_END:
            error = put(save())
        keep[k.ARRIVING] = None
        if kind == wire.PUT_BEGIN:
            receive(context[k.INCOMING_SIZE])
        elif kind == wire.FORGET:
            forget()
    except MemoryError:
        error = wire.E_NO_MEMORY
    except OSError as e:
        error = wire.E_FILE_SYSTEM
        context[k.DETAIL] = e.args[0] if isinstance(e.args[0], int) else 0
    if error:
        keep[k.ARRIVING] = None
    gc.collect()
    context[k.HEAP] = gc.mem_free()
    if error == wire.E_NO_MEMORY:
        context[k.DETAIL] = context[k.HEAP]
    return error
