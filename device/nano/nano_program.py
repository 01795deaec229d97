"""The program of a board with 9 KB of heap: started from memory, and found again on file.

Calls are few and shallow: the stack has 1,800 bytes, and a call takes some 200 of them. Its twin for boards
that hold the program in flash is `nano_slot`.
"""

import gc
import os

import nano_context as k
from nano_code import call, context, keep, kernel, read_file

from myco import store, wire

files = (store.ACTIVE, store.OLD)  # programs go to the one and the other in turn


def refusal(data):
    """Why an image is refused, one of layout.IMAGE_*; 0 when it is not."""
    for name in ("check.bin", "tables.bin"):
        gc.collect()
        code = call(data, len(data), 0, read_file(name))
        if code:
            break
    return code


def stop():
    """Let the running program go, and its state: an address in the context would keep it."""
    context[k.IMAGE] = context[k.ARENA] = context[k.TICK] = context[k.UNKEPT] = 0
    keep[k.PROGRAM] = keep[k.STATE] = None
    gc.collect()


def start(data):
    """Run the image `data`, which has passed the check. Raises MemoryError: nothing runs."""
    stop()
    state = bytearray(call(k.MEASURE, data, context, kernel))
    keep[k.STATE] = state
    keep[k.PROGRAM] = data
    call(k.SET + k.ARENA, state, context, kernel)
    call(k.SET + k.IMAGE, data, context, kernel)
    call(k.START, 0, context, kernel)


def boot():
    """Run the program on file, if none runs; a board without one still answers."""
    for i in range(2):
        if not context[k.IMAGE]:
            try:
                data = read_file(files[i])
                if refusal(data):
                    context[k.FILES_BAD] += 1
                else:
                    start(data)
                    context[k.FILE] = i
            except OSError:
                pass
            except MemoryError:
                context[k.FILES_BAD] += 1


def save():
    """Run what has arrived, and put it on file; 0 where it is refused. Raises MemoryError, OSError.

    Written is the file that was not booted from; only then that is dropped: a power cut leaves a whole one.
    """
    data = keep[k.ARRIVING]
    context[k.DETAIL] = refusal(data)
    if context[k.DETAIL]:
        return 0
    start(data)
    context[k.UNKEPT] = 1
    new = 1 - context[k.FILE]
    with open(files[new], "wb") as f:
        f.write(data)
    context[k.FILE] = new
    remove(1 - new)
    context[k.UNKEPT] = 0
    return 1


def put(saved):
    """What is left to do after `save` in the other twin; an error of wire.E_* or 0."""
    context[k.REFUSED] += not saved
    return 0 if saved else wire.E_IMAGE


def remove(i):
    """Remove file 0 or 1, if it is there."""
    name = files[i]
    try:
        os.size(name)
    except OSError:
        return
    os.remove(name)


def forget():
    """Run nothing, and keep nothing."""
    stop()
    remove(1 - context[k.FILE])  # first what does not run: it must not come back
    remove(context[k.FILE])
