"""The requests that need MicroPython, for memory and files: a program's way onto the board, and off it."""

import gc
import os

import nano_context as k
from nano_code import call, context, keep, kernel
from nano_program import files, refusal, start

from myco import wire


def save(data):
    """Write the file that was not booted from, and only then drop that: a power cut leaves a whole one."""
    new = 1 - context[k.FILE]
    with open(files[new], "wb") as f:
        f.write(data)
    context[k.FILE] = new
    remove(1 - new)


def remove(i):
    """Remove file 0 or 1, if it is there."""
    name = files[i]
    try:
        os.size(name)
    except OSError:
        return
    os.remove(name)


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
            remove(1 - context[k.FILE])  # first what does not run: it must not come back
            remove(context[k.FILE])
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
