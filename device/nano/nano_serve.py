"""Serves a host over the micro:bit's USB serial line."""

import micropython
import nano_context as k
from microbit import running_time, uart
from nano_code import call, context, frame, kernel
from nano_program import boot
from nano_requests import execute

from myco import wire

IDLE_MS = 200  # a frame that pauses longer than this is broken off


def run():
    """Serve until the host says STOP or somebody wants the prompt (see `wire`); then that is there again."""
    # From here on 0x03 is data; the kernel finds out when it is meant as Ctrl-C. `uart` is not initialised:
    # as it stands it is the prompt's own line.
    micropython.kbd_intr(-1)
    try:
        boot()
        byte = bytearray(1)
        heard = kind = 0
        while kind != wire.STOP:
            if uart.any():
                uart.readinto(byte)
                kind = call(k.PUSH, byte[0], context, kernel)
                if kind == k.BREAK:
                    break
                if kind:
                    if kind != k.SEND:
                        error = execute(kind)
                        if not context[k.IMAGE] and (error or kind == wire.HELLO):
                            boot()
                        call(k.REPLY, error, context, kernel)
                    uart.write(frame[: context[k.FRAME_SIZE]])
                heard = running_time()
            elif running_time() - heard > IDLE_MS:
                call(k.QUIET, 0, context, kernel)
                heard = running_time()
    finally:
        micropython.kbd_intr(3)
