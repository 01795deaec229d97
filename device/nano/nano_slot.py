"""The program of a board that holds it in flash: run in place, so that the heap has only its state.

Stands on the board as `nano_program`, whose twin it is. There is one slot; a new program is whole on file
before the slot is touched, and the file goes when the slot has it. So whenever power is cut, one is whole.
"""

import gc
import os

import nano_context as k
import nano_places as places
from nano_code import call, context, keep, kernel, read_file

from myco import store, wire

PIECE = 64  # bytes written to flash at once; a page is a multiple


def refusal(image, size):
    """Why an image is refused, one of layout.IMAGE_*; 0 when it is not. image: a buffer or an address."""
    for check in (places.CHECK, places.TABLES):
        code = call(image, size, 0, check)
        if code:
            break
    return code


def stop():
    """Let the running program go, and its state: an address in the context would keep it."""
    context[k.IMAGE] = context[k.ARENA] = context[k.TICK] = 0
    keep[k.STATE] = None
    gc.collect()


def burn():
    """Bring the program on file into the slot, then remove the file. Raises OSError: it does not stay."""
    piece = bytearray(PIECE)
    at = places.SLOT
    with open(store.ACTIVE, "rb") as f:
        n = f.readinto(piece)
        while n:
            call(piece, at, n, places.FLASH)
            at += n
            n = f.readinto(piece)
    if refusal(places.SLOT, at - places.SLOT):
        raise OSError(5)
    os.remove(store.ACTIVE)


def start(state):
    """Run the program in the slot on `state`, a buffer."""
    keep[k.STATE] = state
    call(k.SET + k.ARENA, state, context, kernel)
    call(k.SET + k.IMAGE, places.SLOT, context, kernel)
    call(k.START, 0, context, kernel)


def boot():
    """Run the program in the slot, if none runs; first, what was on its way there when power was cut."""
    if context[k.IMAGE]:
        return
    try:
        data = read_file(store.ACTIVE)
        if len(data) > places.ROOM or refusal(data, len(data)):
            context[k.FILES_BAD] += 1
            os.remove(store.ACTIVE)
        else:
            data = None
            burn()
    except OSError:
        pass
    data = None
    gc.collect()
    size = call(places.ROOM, places.SLOT, 0, places.FLASH)
    try:
        if size:
            if refusal(places.SLOT, size):
                context[k.FILES_BAD] += 1
            else:
                start(bytearray(call(k.MEASURE, places.SLOT, context, kernel)))
    except MemoryError:
        context[k.FILES_BAD] += 1


def save():
    """Put what has arrived on file; the bytes of its state, 0 where it is refused. Raises OSError.

    Apart from `put`, since the image stays in memory until the caller has the stack to itself again.
    """
    data = keep[k.ARRIVING]
    context[k.DETAIL] = refusal(data, len(data))
    if context[k.DETAIL]:
        return 0
    with open(store.ACTIVE, "wb") as f:
        f.write(data)
    return call(k.MEASURE, data, context, kernel)


def put(needed):
    """Run what `save` put on file; an error of wire.E_* or 0. Raises MemoryError, OSError."""
    if not needed:
        context[k.REFUSED] += 1
        return wire.E_IMAGE
    keep[k.ARRIVING] = None
    stop()
    try:
        state = bytearray(needed)
    except MemoryError:
        os.remove(store.ACTIVE)
        raise
    burn()
    start(state)
    return 0


def forget():
    """Run nothing, and keep nothing."""
    stop()
    try:
        os.remove(store.ACTIVE)
    except OSError:
        pass
    call(bytearray(4), places.SLOT, 4, places.FLASH)
