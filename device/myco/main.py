"""Serves a host over the board's standard input and output: `import myco.main; myco.main.run()`."""

import gc
import select
import sys
import time

import micropython

from myco.server import Server
from myco.store import Store

IDLE_MS = 200  # a frame that pauses longer than this is broken off
BURST = 32  # bytes taken between two ticks that follow one another without a pause: a quarter of a frame


def run(folder=""):
    """Serve until the host says STOP or somebody wants the prompt (see `wire`)."""
    try:
        from myco.bundle import ID
    except ImportError:  # copied by hand, without the installer
        ID = bytes(8)
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    server = Server(sys.stdout.buffer.write, time, Store(folder), ID)
    if hasattr(gc, "threshold"):
        gc.threshold(-1)  # the heap is not collected in a tick because somebody's boot.py wants it often
    # From here on 0x03 is data; `wire.Decoder` finds out when it is meant as Ctrl-C.
    micropython.kbd_intr(-1)
    try:
        serve(server, poll, sys.stdin.buffer, time)
    finally:
        micropython.kbd_intr(3)


def serve(server, poll, source, time):
    """Give `server` the bytes that come and the ticks that are due, until it wants no more.

    poll: knows whether `source` has a byte. time: MicroPython's module of that name.

    A tick waits for a byte, never for a frame. Where ticks leave no time between them, BURST bytes are taken
    nevertheless: a board that is too slow must not be deaf to whoever wants to halt it.
    """
    byte = bytearray(1)
    heard = time.ticks_ms()
    while True:
        behind = False
        if server.due():
            server.tick()
            behind = server.due()
        wait = server.clock.wait_ms(IDLE_MS)
        taken = 0
        while taken < BURST and _ready(poll, wait):
            source.readinto(byte)
            if not server.feed(byte[0]):
                return
            taken += 1
            wait = 0
            if not behind and server.due():
                break
        now = time.ticks_ms()
        if taken:
            heard = now
        elif time.ticks_diff(now, heard) >= IDLE_MS:
            server.idle()
            heard = now


def _ready(poll, wait_ms):
    for _ in poll.ipoll(wait_ms):
        return True
    return False
