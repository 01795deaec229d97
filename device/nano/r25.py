"""FORGET: no program any more, on the board's file system either."""

import os

from myco import store, wire


def handle(server, _):
    """Reply ACK."""
    server.engine = server.incoming = None
    for name in (store.ACTIVE, store.OLD):
        try:
            os.remove(server.folder + name)
        except OSError:
            pass
    return wire.ACK, 0
