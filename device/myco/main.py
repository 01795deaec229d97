"""Serves a host over the board's standard input and output: `import myco.main; myco.main.run()`."""

import gc
import select
import sys
import time

import micropython

from myco import kernels
from myco.loop import serve
from myco.server import Server
from myco.store import Store


def run(folder=""):
    """Serve until the host says STOP or somebody wants the prompt (see `wire`)."""
    try:
        from myco.bundle import ID
    except ImportError:  # copied by hand, without the installer
        ID = bytes(8)
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    server = Server(sys.stdout.buffer.write, time, Store(folder), ID, kernels.choose())
    if hasattr(gc, "threshold"):
        gc.threshold(-1)  # all is compiled (see `myco`), and no tick is to wait for a collection
    # From here on 0x03 is data; `wire.Decoder` finds out when it is meant as Ctrl-C.
    micropython.kbd_intr(-1)
    try:
        serve(server, poll, sys.stdin.buffer, time)
    finally:
        micropython.kbd_intr(3)
