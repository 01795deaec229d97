"""PUT_END: runs the image that came and saves it."""

import os

from myco import store, wire


def save(folder, image):
    """Write the file name that is not in use, then drop the other: a power cut leaves a whole one."""
    name, other = store.ACTIVE, store.OLD
    if store.ACTIVE in os.listdir(folder) if folder else os.listdir():
        name, other = other, name
    with open(folder + name, "wb") as f:
        f.write(image)
    if other in (os.listdir(folder) if folder else os.listdir()):
        os.remove(folder + other)


def handle(server, _):
    """Reply ACK."""
    image = server.incoming
    if image is None or server.received != len(image):
        raise KeyError(wire.E_WRONG_OFFSET, server.received)
    server.incoming = None
    try:
        code = server.run("load", image)
    except MemoryError:
        image = None
        server.run("boot", None)
        raise
    if code:
        server.refused += 1
        image = None
        server.run("boot", None)
        raise KeyError(wire.E_IMAGE, code)
    try:
        save(server.folder, image)
    except OSError as e:
        raise KeyError(wire.E_FILE_SYSTEM, e.args[0] if isinstance(e.args[0], int) else 0)
    return wire.ACK, 0
