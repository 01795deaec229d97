"""The loop of a board: bytes that come, and ticks that are due, in turn."""

IDLE_MS = 200  # a frame that pauses longer than this is broken off
BURST = 32  # bytes taken between two ticks that follow one another without a pause: a quarter of a frame


def serve(server, poll, source, time):
    """Give `server` the bytes of `source` and the ticks that are due, until it wants no more.

    poll: has `ipoll`, which says whether `source` has a byte. time: as MicroPython's module.

    A tick waits for a byte and its answer, never for the rest of a frame. Where ticks leave no time between
    them, BURST bytes are taken nevertheless: a board that is too slow must not be deaf to a HALT.
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
