"""HELLO: says who is here, and forgets the past."""

import gc
import struct

from myco import wire

BUNDLE = bytes(8)  # the installer puts the id of the files here


def handle(server, payload):
    """Reply WELCOME."""
    if payload[0] != wire.PROTOCOL:
        raise KeyError(wire.E_PROTOCOL, wire.PROTOCOL)
    server.incoming = None
    engine = server.engine
    gc.collect()
    struct.pack_into(
        wire.WELCOME_FORMAT,
        server.reply,
        0,
        wire.PROTOCOL,
        BUNDLE,
        wire.MAX_FRAME,
        struct.unpack_from("<I", engine.image, len(engine.image) - 4)[0] if engine else 0,
        engine.tick_count if engine else 0,
        gc.mem_free() if hasattr(gc, "mem_free") else 0,
    )
    return wire.WELCOME, 23
