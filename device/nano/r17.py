"""PUT_BEGIN: makes room for an image. The running one goes only when there is no room for both."""

import gc
import struct

from myco import wire


def handle(server, payload):
    """Reply ACK."""
    if len(payload) != 8:
        raise ValueError
    size = struct.unpack_from("<I", payload, 0)[0]
    server.incoming = None
    server.received = 0
    gc.collect()
    try:
        server.incoming = bytearray(size)
    except MemoryError:
        server.engine = None
        gc.collect()
        try:
            server.incoming = bytearray(size)
        except MemoryError:
            server.run("boot", None)
            raise
    return wire.ACK, 0
