"""What the native kernel and the Python around it share: words of an array, operations, results, by number.

The installer puts the numbers where they are used, and `kernel/build.py` gives them to the C compiler; this
file does not go onto the board.
"""

# Words of the context. Addresses are of buffers that are kept alive in `keep`; MicroPython moves nothing.
CONTENT = 0  # address: type, sequence, payload and CRC of the frame that came or that is to be sent
FRAME = 1  # address: the last frame sent, as it went over the wire
FRAME_SIZE = 2
IMAGE = 3  # address of the running program, 0 for none
ARENA = 4  # address of its state
TICK = 5
SPIKES = 6  # neurons that fired in the last tick
INCOMING = 7  # address of an image being received, 0 for none
INCOMING_SIZE = 8
RECEIVED = 9
LAST = 10  # sequence of the request that FRAME answers, -1 for none
SIZE = 11  # the decoder's: bytes in CONTENT so far
LEFT = 12  # bytes until the next code byte
BEGUN = 13
SKIPPING = 14
FRAMES_BAD = 15  # the counters of wire.HEALTH, apart from the tick
FRAMES_OVERLONG = 16
REPEATED = 17
REFUSED = 18
FILES_BAD = 19
DETAIL = 20  # of an error to be sent
HEAP = 21  # bytes free, for WELCOME
BUNDLE = 22  # address: 8 bytes, for WELCOME
UNKEPT = 23  # 1 while the running program is not on file
FILE = 24  # which of its two files the program was read from or written to: 0 or 1
WORDS = 25

# Operations of the kernel: its first argument. The second is `argument`.
PUSH = 0  # a byte that came: returns NOTHING, BREAK, SEND or the type of a request for Python
REPLY = 1  # answer the request that Python was left with: argument is an error of wire.E_* or 0
MEASURE = 2  # argument: a checked image; returns the bytes of its state
START = 3  # IMAGE and ARENA are set: state to zero
QUIET = 4  # nothing came for a while: forget a frame that has begun
SET = 16  # plus a word: the address of the argument, a buffer, goes there

NOTHING = 0
SEND = 1  # FRAME is to be sent
BREAK = -1

# Places of the list of buffers that must stay alive.
PROGRAM = 0
STATE = 1
ARRIVING = 2
KEPT = 3
