"""Answers a host's requests: bytes in, bytes out through `write`; no clock, no port, no thread inside."""

import gc
import struct
from array import array

from myco import layout, transfer, wire
from myco.engine import Engine
from myco.wire import Refused

_NO_BUNDLE = bytes(8)
_STRUCT_ERROR = getattr(struct, "error", ValueError)  # MicroPython raises ValueError


class Server:
    """One host's conversation with this board.

    write: called with a memoryview of each frame to send. store: an object as `store.Store`, or None.
    bundle: 8 bytes that tell which runtime files these are. kernel: for engines, None for bytecode.
    """

    def __init__(self, write, store=None, bundle=_NO_BUNDLE, kernel=None):
        self._write = write
        self._store = store
        self._bundle = bundle
        self._kernel = kernel
        self._decoder = wire.Decoder()
        self._frame = bytearray(wire.MAX_FRAME)
        self._frame_view = memoryview(self._frame)
        self._frame_size = 0
        self._reply = bytearray(wire.MAX_PAYLOAD)
        self._last = -1  # sequence of the request answered by what is in _frame
        self._transfer = transfer.Transfer()
        self._repeated = 0
        self._refused = 0
        self._kept = True  # what runs is on file, or there are no files
        self.engine = None
        if store:
            self._boot(store)

    def _boot(self, store):
        """Run the best program on file that starts; a board without one still answers.

        That it is not the newest shows in WELCOME, which names what runs, and in `files_bad`.
        """
        for image in store.images():
            try:
                self._start(image)
                return
            except (Refused, MemoryError):
                store.files_bad += 1
                image = None  # its memory is for the one before it
                gc.collect()

    def feed(self, byte):
        """Take one byte; False when the host asked to leave or somebody wants the prompt back."""
        size = self._decoder.push(byte)
        if size == 0:
            return True
        if size == wire.BREAK:
            return False
        content = self._decoder.content
        kind, sequence = content[0], content[1]
        if kind >= wire.WELCOME:
            return True  # a reply, from another board or our own echo: not for us
        if sequence == self._last and kind != wire.HELLO:
            self._repeated += 1
        else:
            self._answer(kind, sequence, memoryview(content)[2:size])
        self._write(self._frame_view[: self._frame_size])
        return kind != wire.STOP

    def idle(self):
        """Nothing came for a while: what was begun is not going to be finished."""
        self._decoder.drop_partial()

    def _answer(self, kind, sequence, payload):
        try:
            reply, size = self._execute(kind, payload)
        except Refused as e:
            reply, size = self._error(e.error, e.detail)
        except MemoryError:
            reply, size = self._error(wire.E_NO_MEMORY, transfer.free_heap())
        except (ValueError, IndexError, TypeError, _STRUCT_ERROR):
            reply, size = self._error(wire.E_SHORT_REQUEST, kind)
        except Exception:
            reply, size = self._error(wire.E_INTERNAL, kind)
        self._last = sequence
        self._frame_size = wire.encode(reply, sequence, self._reply, size, self._frame)

    def _error(self, error, detail):
        struct.pack_into(wire.ERROR_FORMAT, self._reply, 0, error, detail)
        return wire.ERROR, struct.calcsize(wire.ERROR_FORMAT)

    def _execute(self, kind, payload):
        if kind == wire.STEP:
            return self._step(payload)
        if kind == wire.READ:
            return self._read(payload)
        if kind == wire.SENSE:
            self._sense(payload)
        elif kind == wire.HELLO:
            return self._hello(payload)
        elif kind == wire.PUT_BEGIN:
            self._transfer.begin(payload)
        elif kind == wire.PUT_DATA:
            self._transfer.data(payload)
        elif kind == wire.PUT_COPY:
            self._transfer.copy(payload, self._running().image)
        elif kind == wire.CHECKSUMS:
            return wire.SUMS, transfer.checksums(self._running().image, payload, self._reply)
        elif kind == wire.PUT_END:
            self._put_end()
        elif kind == wire.RESET:
            self._running().reset()
        elif kind == wire.FORGET:
            self._forget()
        elif kind != wire.STOP:
            raise Refused(wire.E_UNKNOWN_REQUEST, kind)
        return wire.ACK, 0

    def _running(self):
        if self.engine is None:
            raise Refused(wire.E_NO_PROGRAM)
        return self.engine

    def _hello(self, payload):
        if payload[0] != wire.PROTOCOL:
            raise Refused(wire.E_PROTOCOL, wire.PROTOCOL)
        self._transfer.forget()
        engine = self.engine
        struct.pack_into(
            wire.WELCOME_FORMAT,
            self._reply,
            0,
            wire.PROTOCOL,
            self._bundle,
            wire.MAX_FRAME,
            engine.id if engine and self._kept else 0,
            engine.tick_count if engine else 0,
            transfer.free_heap(),
        )
        size = struct.calcsize(wire.WELCOME_FORMAT)
        for letter in self._kernel.NAME if self._kernel else "bytecode":
            self._reply[size] = ord(letter)
            size += 1
        return wire.WELCOME, size

    def _put_end(self):
        image = self._transfer.end()
        self._start(image)
        if self._store:
            self._kept = False
            try:
                self._store.save(image)
            except OSError as e:
                raise Refused(wire.E_FILE_SYSTEM, e.errno or 0)
            self._kept = True

    def _start(self, image):
        """Replace the running program; if `image` is refused the old one goes on."""
        gc.collect()  # small objects then find their place in the gaps, and large ones the large piece whole
        try:
            self.engine = Engine(image, self._kernel)
        except layout.BadImage as e:
            self._refused += 1
            raise Refused(wire.E_IMAGE, e.code)

    def _forget(self):
        self.engine = None
        self._transfer.forget()
        if self._store:
            try:
                self._store.forget()
            except OSError as e:
                raise Refused(wire.E_FILE_SYSTEM, e.errno or 0)
        gc.collect()

    def _sense(self, payload):
        first = struct.unpack_from("<H", payload, 0)[0]
        self._set_inputs(self._running(), first, payload, 2)

    def _set_inputs(self, engine, channel, payload, at):
        inputs = engine.inputs
        end = len(payload)
        while at < end:
            if channel >= engine.header.channels:
                raise Refused(wire.E_SHORT_REQUEST, channel)
            value = payload[at] | payload[at + 1] << 8
            inputs[channel] = 4095 if 4095 < value < 0x8000 else 0 if value >= 0x8000 else value
            channel += 1
            at += 2

    def _step(self, payload):
        engine = self._running()
        tick = payload[0] | payload[1] << 8 | payload[2] << 16 | payload[3] << 24
        if tick != engine.tick_count:
            raise Refused(wire.E_WRONG_TICK, engine.tick_count)
        self._set_inputs(engine, 0, payload, 4)
        engine.tick()
        reply = self._reply
        room = (wire.MAX_PAYLOAD - 7) // 2
        outputs = min(engine.header.actuators, room)
        fired = engine.neurons_fired()
        struct.pack_into(wire.STEPPED_FORMAT, reply, 0, tick, outputs, fired)
        at = _put_words(reply, 7, engine.outputs, 0, outputs)
        at = _put_words(reply, at, engine.fired, 0, min(fired, room - outputs))
        return wire.STEPPED, at

    def _read(self, payload):
        table, first = struct.unpack("<BH", payload)
        values, size = self._table(table)
        end = min(size, first + wire.MAX_PAYLOAD // 4)
        at = 0
        for i in range(first, end):
            struct.pack_into("<i", self._reply, at, values[i])
            at += 4
        return wire.TABLE, at

    def _table(self, table):
        engine = self._running() if table != wire.READ_HEALTH else self.engine
        if table == wire.READ_U:
            return engine.u, engine.header.neurons
        if table == wire.READ_V:
            return engine.v, engine.header.neurons
        if table == wire.READ_SPIKES:
            return engine.fired, engine.neurons_fired()
        if table == wire.READ_OUTPUTS:
            return engine.outputs, engine.header.actuators
        if table == wire.READ_HEALTH:
            values = self._health()
            return values, len(values)
        raise Refused(wire.E_UNKNOWN_REQUEST, wire.READ)

    def _health(self):
        """The counters in the order of wire.HEALTH."""
        return array(
            "i",
            (
                self._decoder.frames_bad,
                self._decoder.frames_overlong,
                self._repeated,
                self.engine.tick_count if self.engine else 0,
                self._refused,
                self._store.files_bad if self._store else 0,
            ),
        )


def _put_words(buffer, at, values, first, end):
    """Write values[first:end] as 16-bit little-endian words; return the offset behind them."""
    for i in range(first, end):
        value = values[i]
        buffer[at] = value & 255
        buffer[at + 1] = (value >> 8) & 255
        at += 2
    return at
