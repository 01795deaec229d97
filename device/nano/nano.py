"""Serves a host over the micro:bit's USB serial line: `import nano; nano.run()`."""

import gc
import micropython

micropython.opt_level(3)  # no line numbers: they cost heap in every function compiled from here on

# The largest first, while the heap is empty: compiling takes three times a file's size.
from nano_server import Server  # noqa: E402

gc.collect()

import nano_loops  # noqa: E402, F401

gc.collect()

import nano_engine  # noqa: E402, F401
from microbit import running_time, uart  # noqa: E402

IDLE_MS = 200  # a frame that pauses longer than this is broken off


def run():
    """Serve until the host says STOP or somebody wants the prompt (see `wire`)."""
    # From here on 0x03 is data; the decoder finds out when it is meant as Ctrl-C. `uart` is not
    # initialised: as it stands it is the prompt's own line, which is there again afterwards.
    micropython.kbd_intr(-1)
    try:
        server = Server(uart.write)
        byte = bytearray(1)
        heard = 0
        while True:
            if uart.any():
                uart.readinto(byte)
                if not server.feed(byte[0]):
                    break
                heard = running_time()
            elif running_time() - heard > IDLE_MS:
                server.decoder.drop_partial()
                heard = running_time()
    finally:
        micropython.kbd_intr(3)
