"""Serves a host over the board's standard input and output: `import myco.main; myco.main.run()`."""

import select
import sys

import micropython

from myco import kernels
from myco.server import Server
from myco.store import Store

IDLE_MS = 200  # a frame that pauses longer than this is broken off


def run(folder=""):
    """Serve until the host says STOP or somebody wants the prompt (see `wire`)."""
    try:
        from myco.bundle import ID
    except ImportError:  # copied by hand, without the installer
        ID = bytes(8)
    out = sys.stdout.buffer
    source = sys.stdin.buffer
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    byte = bytearray(1)
    server = Server(out.write, Store(folder), ID, kernels.choose())
    # From here on 0x03 is data; `wire.Decoder` finds out when it is meant as Ctrl-C.
    micropython.kbd_intr(-1)
    try:
        while True:
            if not poll.poll(IDLE_MS):
                server.idle()
                continue
            source.readinto(byte)
            if not server.feed(byte[0]):
                break
    finally:
        micropython.kbd_intr(3)
