"""Serves a host over the board's standard input and output: `import myco.main; myco.main.run()`."""

import gc
import select
import sys
import time

import micropython

import myco
from myco.loop import serve
from myco.server import Server
from myco.store import Store


def _once(name):
    """A module of ours that is wanted only now: nothing of it stays in memory that nobody holds."""
    module = __import__("myco." + name, None, None, (name,))
    del sys.modules["myco." + name]
    delattr(myco, name)
    return module


def run(folder=""):
    """Serve until the host says STOP or somebody wants the prompt (see `wire`)."""
    try:
        bundle = _once("bundle").ID
    except ImportError:  # copied by hand, without the installer
        bundle = bytes(8)
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    server = Server(sys.stdout.buffer.write, time, Store(folder), bundle, _once("kernels").choose())
    if server.engine and server.engine.plan:
        try:
            _once("straight").make(server.engine)
        except MemoryError:
            gc.collect()  # there is no room for it: tables will do
    if hasattr(gc, "threshold"):
        gc.threshold(-1)  # all is compiled (see `myco`), and no tick is to wait for a collection
    # From here on 0x03 is data; `wire.Decoder` finds out when it is meant as Ctrl-C.
    micropython.kbd_intr(-1)
    try:
        serve(server, poll, sys.stdin.buffer, time)
    finally:
        micropython.kbd_intr(3)
