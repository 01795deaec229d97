"""The requests that need MicroPython, for memory and files: a program's way onto the board, and off it."""

import gc
import os

import nano_context as k
from nano_code import call, context, keep, kernel
from nano_program import refusal, start

from myco import store, wire


def save(data):
    """Write the file name that is not in use and only then drop the other: a power cut leaves a whole one."""
    names = os.listdir()
    new, old = store.ACTIVE, store.OLD
    if new in names:
        new, old = old, new
    with open(new, "wb") as f:
        f.write(data)
    if old in names:
        os.remove(old)


def receive(size):
    """Make room for an image of `size` bytes. The running one goes only when there is no room for both."""
    gc.collect()
    try:
        data = bytearray(size)
    except MemoryError:
        start(None)
        data = bytearray(size)
    keep[k.ARRIVING] = data
    call(k.SET + k.INCOMING, data, context, kernel)


def execute(kind):
    """Do what the kernel leaves to us; return an error of wire.E_* or 0."""
    data = keep[k.ARRIVING]
    keep[k.ARRIVING] = None
    error = 0
    try:
        if kind == wire.PUT_BEGIN:
            data = None
            receive(context[k.INCOMING_SIZE])
        elif kind == wire.PUT_END:
            context[k.DETAIL] = refusal(data)
            if context[k.DETAIL]:
                context[k.REFUSED] += 1
                error = wire.E_IMAGE
            else:
                start(data)
                context[k.UNKEPT] = 1
                save(data)
                context[k.UNKEPT] = 0
        elif kind == wire.FORGET:
            start(None)
            for name in (store.ACTIVE, store.OLD):
                if name in os.listdir():
                    os.remove(name)
    except MemoryError:
        error = wire.E_NO_MEMORY
    except OSError as e:
        error = wire.E_FILE_SYSTEM
        context[k.DETAIL] = e.args[0] if isinstance(e.args[0], int) else 0
    data = None
    gc.collect()
    context[k.HEAP] = gc.mem_free()
    if error == wire.E_NO_MEMORY:
        context[k.DETAIL] = context[k.HEAP]
    return error
