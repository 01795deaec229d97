"""The wire between a host and a board: frames, message numbers, error numbers. Sans-I/O.

A frame is `type u8, sequence u8, payload, CRC-32 (little-endian)`, COBS-encoded (Cheshire and Baker,
"Consistent Overhead Byte Stuffing", 1999) between two zero bytes; 128 bytes at most. Damage to one
frame costs that frame only. Every number is little-endian.

Type 0 and type 3 are reserved for ever: with them free, a terminal's `\\r Ctrl-C` or `Ctrl-C Ctrl-C`
at a frame boundary can be told from any frame, so stock tools can always get the board's prompt back.

The host sends requests, the board answers each with one reply of the same sequence number. A request
that arrives again with the sequence number of the one before is answered from memory and not executed
again, so a lost reply is repaired by asking again. HELLO is always executed and forgets the past.
"""

from myco import crc

PROTOCOL = 1
MAX_FRAME = 128  # bytes on the wire, both delimiters included
MAX_CONTENT = MAX_FRAME - 3  # type, sequence, payload and CRC; COBS adds one byte
MAX_PAYLOAD = MAX_CONTENT - 6
MAX_IMAGE = 1 << 26  # bytes; a transfer of more is refused before any memory is asked for
MAX_SUMMED = 1 << 18  # bytes that one CHECKSUMS is about: a fraction of a second on a slow board
CTRL_C = 3

# Requests (host to board) and what their payloads hold.
HELLO = 0x10  # protocol u8
PUT_BEGIN = 0x11  # length u32, CRC-32 of the image u32
PUT_DATA = 0x12  # offset u32, bytes
PUT_END = 0x13  # nothing
RESET = 0x14  # nothing: the clock halted; every u, v, trace, pending spike to zero, tick to 0
SENSE = 0x15  # first input u16, values i16...: inputs that do not fit into STEP
STEP = 0x16  # tick to execute u32, values i16... of the inputs from 0 on
READ = 0x17  # table u8 (READ_*), first entry u16
STOP = 0x18  # nothing: leave the runtime, back to MicroPython's prompt
FORGET = 0x19  # nothing: no program any more, on the board's file system either
# Of the image that runs: offset, bytes, bytes of a piece (each a `number`): the CRC-32 of each piece, one
# behind the other; the last may be shorter. Where pieces have 4 bytes, those come as they are.
CHECKSUMS = 0x1A
# Like PUT_DATA, from the image that runs and from the request in turn. Offset, then any number of: offset in
# the running image, bytes to copy from there, bytes that follow (each a `number`), those bytes.
PUT_COPY = 0x1B
# Ticks by the board's clock from now on, all counters of READ_CLOCK from 0. us a tick u32 (0: the program's
# dt), ticks without a request after which outputs are 0 u32 (0: never).
RUN = 0x1C
HALT = 0x1D  # nothing: no tick but by STEP any more; every output is 0

# Replies (board to host). WELCOME's program is 0 where there is none, or where it runs but could not be kept
# on file: whoever wants it there sends it again.
# protocol u8, bundle 8 bytes, largest frame u16, program CRC u32, tick u32, free heap u32, name of the kernel
# in ASCII (the smallest runtime, which has but one, leaves it out)
WELCOME = 0x20
ACK = 0x21  # nothing
STEPPED = 0x22  # tick u32, outputs here u8, spikes in all u16, outputs i16..., spikes u16... as they fit
TABLE = 0x23  # values i32... from the first entry asked for, as they fit
SUMS = 0x24  # u32...: what CHECKSUMS asked for
ERROR = 0x2F  # error u8, detail u32

WELCOME_FORMAT = "<B8sHIII"
PUT_BEGIN_FORMAT = "<II"
STEPPED_FORMAT = "<IBH"
ERROR_FORMAT = "<BI"
RUN_FORMAT = "<II"

READ_U = 1
READ_V = 2
READ_SPIKES = 3
READ_OUTPUTS = 4
READ_HEALTH = 5
READ_CLOCK = 6  # in one reply, so that its entries are of one moment

# Order of the entries of READ_HEALTH; the smallest boards have no clock, and there it ends before ticks_late.
HEALTH = (
    "frames_bad",
    "frames_overlong",
    "requests_repeated",
    "ticks",
    "programs_refused",
    "files_bad",
    "ticks_late",
    "ticks_overrun",
    "hosts_lost",
    "tables_straight",  # as machine code, see `myco.straight`
)

# Places of READ_CLOCK; all but the first two from the last RUN on. What they mean: `myco.real_time`.
CLOCK_STATE = 0  # one of HALTED, RUNNING, FAILED
CLOCK_PERIOD = 1  # us a tick
CLOCK_TICKS = 2
CLOCK_LATE = 3
CLOCK_MISSED = 4
CLOCK_OVERRUNS = 5
CLOCK_LATENESS = 6  # us: the worst, then the sum's low 24 bits, then its high ones
CLOCK_DURATION = 9  # us of a tick, likewise
CLOCK_HOSTS_LOST = 12
CLOCK_BINS = 13  # ticks by lateness: 0 us, 1, 2..3, 4..7, and so on; the last holds what is beyond, too
CLOCK_SIZE = 29

HALTED = 0
RUNNING = 1
FAILED = 2  # a tick raised, and the clock was stopped

# Errors. Numbers are never reused.
E_UNKNOWN_REQUEST = 1
E_SHORT_REQUEST = 2
E_NO_PROGRAM = 3
E_WRONG_TICK = 4  # detail: the tick the board is at
E_WRONG_OFFSET = 5  # detail: the offset the board expects
E_NO_MEMORY = 6  # detail: bytes free
E_FILE_SYSTEM = 7  # detail: errno
E_IMAGE = 8  # detail: one of layout.IMAGE_*
E_PROTOCOL = 9  # detail: the board's protocol
E_INTERNAL = 10  # an exception nobody expected; the board goes on
E_OUTSIDE = 11  # not in the running image; detail: its length
E_RUNNING = 12  # STEP while the board's clock runs; detail: the tick the board is at
E_PERIOD = 13  # no period of a clock; detail: the longest in us

_BULK = (PUT_DATA, PUT_COPY)  # many, long, and their requests make garbage anyway: summed by the firmware
BREAK = -1  # what Decoder.push returns when somebody wants the prompt


class Refused(Exception):
    """A request that cannot be done: an error of E_* and its detail."""

    def __init__(self, error, detail=0):
        super().__init__(error, detail)
        self.error = error
        self.detail = detail


def number(payload, at):
    """The number at offset `at`, 0..2^28-1, and the offset behind it.

    7 bits a byte, lowest first, +128 if more follow.
    Raises IndexError where it does not end in time, ValueError where it is longer than any of ours.
    """
    value = payload[at] & 127
    shift = 7
    while payload[at] & 128:
        if shift > 21:
            raise ValueError
        at += 1
        value |= (payload[at] & 127) << shift
        shift += 7
    return value, at + 1


def encode(kind, sequence, payload, size, out):
    """Write the frame of `payload[:size]` into `out` (a bytearray of MAX_FRAME); return its length.

    Allocates nothing: the content is put where it goes, then its zeros become COBS's distances.
    """
    out[0] = 0
    out[2] = kind
    out[3] = sequence
    for i in range(size):
        out[4 + i] = payload[i]
    end = size + 4
    crc.put_crc32(out, 2, end, out, end)
    end += 4
    code_at = 1
    for i in range(2, end):
        if not out[i]:
            out[code_at] = i - code_at
            code_at = i
    out[code_at] = end - code_at
    out[end] = 0
    return end + 1


class Decoder:
    """Bytes in, frames out; any input is survived, and what is lost is counted.

    After `push` returned n > 0, `content[:n]` is a good frame's type, sequence and payload, valid
    until the next `push`.
    """

    def __init__(self):
        self.content = bytearray(MAX_CONTENT)
        self._size = 0
        self._left = 0  # bytes until the next code byte
        self._skipping = True  # until the first delimiter nothing makes sense
        self._begun = False
        self.frames_bad = 0
        self.frames_overlong = 0

    def drop_partial(self):
        """Forget a frame that began and did not end; the next byte is taken as a frame's first."""
        if self._begun and not self._skipping:
            self.frames_bad += 1
        self._restart()

    def _restart(self):
        self._size = 0
        self._left = 0
        self._begun = False
        self._skipping = False

    def push(self, byte):
        """Take one byte (0..255). Returns 0 (nothing yet), the length of a good frame, or BREAK."""
        if byte == 0:
            return self._end()
        if self._skipping:
            return 0
        if not self._begun:
            self._begun = True
            self._left = byte - 1
            return 0
        if self._size >= MAX_CONTENT:
            self.frames_overlong += 1
            self._skipping = True
            return 0
        if self._left:
            self._left -= 1
            if byte == CTRL_C and self._size == 0:
                self._restart()
                return BREAK
            self.content[self._size] = byte
        else:
            self.content[self._size] = 0
            self._left = byte - 1
        self._size += 1
        return 0

    def _end(self):
        begun, size, whole = self._begun, self._size, self._left == 0
        lost = self._skipping
        self._restart()
        if lost or not begun:
            return 0
        if not whole or size < 6 or not self._sound(size):
            self.frames_bad += 1
            return 0
        return size - 4

    def _sound(self, size):
        kind = self.content[0]
        if kind in _BULK:
            return crc.crc32(memoryview(self.content)[:size]) == crc.RESIDUE
        return crc.is_whole(self.content, size)
