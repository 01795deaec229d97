"""A program image on its way onto the board: sent by the host, or copied from the image that runs."""

import gc
import struct

from myco import crc, wire
from myco.wire import Refused

try:
    from uctypes import addressof
except ImportError:
    addressof = None  # CPython, whose heap is not ours to keep in one piece


def free_heap():
    """Bytes free on MicroPython's heap after collection; 0 where nobody can tell (CPython)."""
    gc.collect()
    return gc.mem_free() if hasattr(gc, "mem_free") else 0


class Transfer:
    """One image being received, from its first byte to its last, or none. Methods raise wire.Refused.

    A request that is refused changes nothing, and the transfer can go on.
    """

    def __init__(self):
        self._image = None
        self._received = 0

    def begin(self, payload):
        """Make room for an image; what was being received is forgotten."""
        length, _ = struct.unpack(wire.PUT_BEGIN_FORMAT, payload)
        self._image = None
        gc.collect()
        if length > wire.MAX_IMAGE:
            raise Refused(wire.E_NO_MEMORY, free_heap())
        self._image = bytearray(length)
        self._received = 0

    def data(self, payload):
        """Take the bytes of a PUT_DATA."""
        end = self._room(struct.unpack_from("<I", payload, 0)[0], len(payload) - 4)
        self._image[self._received : end] = payload[4:]
        self._advance(end)

    def copy(self, payload, running):
        """Do what a PUT_COPY says: bytes of the image `running`, bytes of the request, in turn."""
        at, i = wire.number(payload, 0)
        end = self._room(at, 0)
        view = memoryview(running)
        while i < len(payload):
            source, i = wire.number(payload, i)
            size, i = wire.number(payload, i)
            fresh, i = wire.number(payload, i)
            if source + size > len(running):
                raise Refused(wire.E_OUTSIDE, len(running))
            if i + fresh > len(payload):
                raise ValueError
            at = end
            end = self._room(self._received, at - self._received + size + fresh)
            self._image[at : at + size] = view[source : source + size]
            self._image[at + size : end] = payload[i : i + fresh]
            i += fresh
        self._advance(end)

    def _advance(self, end):
        self._received = end
        if end == len(self._image):
            # What came with the data has filled the heap's gaps. Emptied, they take what the next request
            # makes; else that lies in the middle of the large piece that the program's buffers need.
            gc.collect()

    def _room(self, at, size):
        """Where `size` bytes at offset `at` end: that must be where the image goes on, and not beyond it."""
        if self._image is None or at != self._received or at + size > len(self._image):
            raise Refused(wire.E_WRONG_OFFSET, self._received)
        return at + size

    def end(self):
        """The image, which must be whole; afterwards none is being received."""
        image = self._image
        if image is None or self._received != len(image):
            raise Refused(wire.E_WRONG_OFFSET, self._received)
        self._image = None
        return image

    def take_back(self, image):
        """Have the whole `image` as what was received, ready for `settle` and `end`."""
        self._image = image
        self._received = len(image)

    def settle(self):
        """Move the image to where it would lie on an empty heap, if there is room for two of it.

        It came while the program before was there, and lies above that one's place: the next would find the
        heap in two pieces. Nobody else may hold the image, since what it leaves must become free.
        """
        if addressof is None:
            return
        try:
            for _ in (0, 1):
                gc.collect()
                if self._moved_down():
                    break  # else it is above where it was, and what it left joins what is free below
        except MemoryError:
            pass

    def _moved_down(self):
        # By itself, so that no slot of a frame that goes on holds what is to be collected.
        copy = bytearray(self._image)
        down = addressof(copy) < addressof(self._image)
        self._image = copy
        return down

    def forget(self):
        """What has been received is not going to be finished."""
        self._image = None


def checksums(image, payload, reply):
    """Answer a CHECKSUMS about `image` in `reply`; return how long the answer is.

    Raises wire.Refused, and ValueError or IndexError where the request is malformed.
    """
    at, i = wire.number(payload, 0)
    total, i = wire.number(payload, i)
    size, i = wire.number(payload, i)
    if i != len(payload) or total > wire.MAX_SUMMED or not size or -(-total // size) * 4 > len(reply):
        raise ValueError
    end = at + total
    if end > len(image):
        raise Refused(wire.E_OUTSIDE, len(image))
    view = memoryview(image)
    written = 0
    while at < end:
        piece = view[at : min(at + size, end)]
        if size == len(piece) == 4:
            reply[written : written + 4] = piece
        else:
            struct.pack_into("<I", reply, written, crc.crc32(piece))
        written += 4
        at += size
    return written
