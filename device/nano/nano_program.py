"""The program of a board with 9 KB of heap: started, and found again on file.

Calls are few and shallow: the stack has 1,800 bytes, and a call takes some 200 of them.
"""

import gc

import nano_context as k
from nano_code import call, context, keep, kernel, read_file

from myco import store

files = (store.ACTIVE, store.OLD)  # programs go to the one and the other in turn


def refusal(data):
    """Why an image is refused, one of layout.IMAGE_*; 0 when it is not."""
    for name in ("check.bin", "tables.bin"):
        gc.collect()
        code = call(data, len(data), 0, read_file(name))
        if code:
            break
    return code


def start(data):
    """Run the image `data`, which has passed the check, or nothing. Raises MemoryError: nothing runs."""
    context[k.IMAGE] = context[k.TICK] = context[k.UNKEPT] = 0
    keep[k.PROGRAM] = keep[k.STATE] = None
    gc.collect()
    if data:
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
