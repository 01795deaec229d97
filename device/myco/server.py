"""Answers a host's requests: bytes in, bytes out through `write`; no port and no thread inside.

Two clocks: the host grants each tick (STEP), or the board's own time does, between RUN and HALT; whoever owns
the loop then asks `due` as often as it can, and calls `tick` when it is. STEP, SENSE and READ allocate
nothing (unless they are refused), so that the board may run for ever without collecting garbage.
"""

import gc
import struct
from array import array

from myco import layout, transfer, wire
from myco.engine import Engine
from myco.real_time import PERIOD_MAX, RealTime
from myco.wire import Refused

_NO_BUNDLE = bytes(8)
_STRUCT_ERROR = getattr(struct, "error", ValueError)  # MicroPython raises ValueError


class Server:
    """One host's conversation with this board.

    write: called with (bytearray, n) to send a frame, the first n bytes. time: as `RealTime` takes it.
    store: an object as `store.Store`, or None. bundle: 8 bytes that tell which runtime files these are.
    kernel: for engines, None for bytecode.
    """

    def __init__(self, write, time, store=None, bundle=_NO_BUNDLE, kernel=None):
        self._write = write
        self.clock = RealTime(time)
        self._by_program = False  # the clock's period is the program's dt
        self._store = store
        self._bundle = bundle
        self._kernel = kernel
        self._decoder = wire.Decoder()
        self._frame = bytearray(wire.MAX_FRAME)
        self._frame_size = 0
        self._reply = bytearray(wire.MAX_PAYLOAD)
        self._health = array("i", [0] * len(wire.HEALTH))
        self._size = 0  # of the payload in _reply
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
            self._halt(wire.HALTED)
            return False
        content = self._decoder.content
        kind, sequence = content[0], content[1]
        if kind >= wire.WELCOME:
            return True  # a reply, from another board or our own echo: not for us
        self.clock.heard()
        if sequence == self._last and kind != wire.HELLO:
            self._repeated += 1
        else:
            self._answer(kind, sequence, size)
        self._write(self._frame, self._frame_size)
        return kind != wire.STOP

    def due(self):
        """Whether the clock runs and it is time for a tick."""
        return self.clock.running and self.clock.left_us() <= 0

    def tick(self):
        """Run the tick that is due. One that raises stops the clock, and the board goes on."""
        clock = self.clock
        begun = clock.begin()
        try:
            self.engine.tick()
        except Exception:
            self._halt(wire.FAILED)
            return
        clock.end(begun)
        if clock.hosts_lost:
            self._rest()

    def _halt(self, state):
        """No tick by the clock any more: actuators must not stay as they are."""
        if self.clock.running:
            self.clock.stop(state)
            self._rest()

    def _rest(self):
        outputs = self.engine.outputs
        for i in range(len(outputs)):
            outputs[i] = 0

    def idle(self):
        """Nothing came for a while: what was begun is not going to be finished."""
        self._decoder.drop_partial()

    def _answer(self, kind, sequence, end):
        try:
            reply = self._execute(kind, self._decoder.content, end)
        except Refused as e:
            reply = self._error(e.error, e.detail)
        except MemoryError:
            reply = self._error(wire.E_NO_MEMORY, transfer.free_heap())
        except (ValueError, IndexError, TypeError, _STRUCT_ERROR):
            reply = self._error(wire.E_SHORT_REQUEST, kind)
        except Exception:
            reply = self._error(wire.E_INTERNAL, kind)
        self._last = sequence
        self._frame_size = wire.encode(reply, sequence, self._reply, self._size, self._frame)

    def _error(self, error, detail):
        struct.pack_into(wire.ERROR_FORMAT, self._reply, 0, error, detail)
        self._size = struct.calcsize(wire.ERROR_FORMAT)
        return wire.ERROR

    def _execute(self, kind, content, end):
        """Do what the request content[:end] says; its reply's payload is in _reply, its size in _size.

        Returns the reply's type. The frequent requests are read where they lie: a slice would be garbage.
        """
        self._size = 0
        if kind == wire.STEP:
            return self._step(content, end)
        if kind == wire.READ:
            return self._read(content, end)
        if kind == wire.SENSE:
            _demand(end >= 4)
            self._set_inputs(self._running(), content[2] | content[3] << 8, content, 4, end)
            return wire.ACK
        return self._execute_rare(kind, memoryview(content)[2:end])

    def _execute_rare(self, kind, payload):
        if kind == wire.HELLO:
            return self._hello(payload)
        if kind == wire.RUN:
            self._run(payload)
        elif kind == wire.HALT:
            self._halt(wire.HALTED)
        elif kind == wire.PUT_BEGIN:
            if self.engine:
                self.engine.drop_code()
            self._transfer.begin(payload)
        elif kind == wire.PUT_DATA:
            self._transfer.data(payload)
        elif kind == wire.PUT_COPY:
            self._transfer.copy(payload, self._running().image)
        elif kind == wire.CHECKSUMS:
            self._size = transfer.checksums(self._running().image, payload, self._reply)
            return wire.SUMS
        elif kind == wire.PUT_END:
            self._put_end()
        elif kind == wire.RESET:
            self._reset()
        elif kind == wire.FORGET:
            self._forget()
        elif kind == wire.STOP:
            self._halt(wire.HALTED)
        else:
            raise Refused(wire.E_UNKNOWN_REQUEST, kind)
        return wire.ACK

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
        self._size = size
        return wire.WELCOME

    def _run(self, payload):
        period_us, patience = struct.unpack(wire.RUN_FORMAT, payload)
        engine = self._running()
        self._by_program = not period_us
        period_us = period_us or engine.header.dt_us
        if period_us > PERIOD_MAX:
            raise Refused(wire.E_PERIOD, PERIOD_MAX)
        gc.collect()  # what loading left behind; from here on there is nothing to collect
        self.clock.start(period_us, patience)

    def _put_end(self):
        self._start_received()
        self._settle()
        if self._store:
            self._kept = False
            try:
                self._store.save(self.engine.image)
            except OSError as e:
                raise Refused(wire.E_FILE_SYSTEM, e.errno or 0)
            self._kept = True

    def _start(self, image):
        """Replace the running program; if `image` is refused the old one goes on."""
        gc.collect()  # small objects then find their place in the gaps, and large ones the large piece whole
        try:
            engine = Engine(image, self._kernel)
        except layout.BadImage as e:
            self._refused += 1
            raise Refused(wire.E_IMAGE, e.code)
        if self.clock.running and self._by_program:
            if engine.header.dt_us > PERIOD_MAX:
                raise Refused(wire.E_PERIOD, PERIOD_MAX)
            self.clock.set_period(engine.header.dt_us)
        self.engine = engine

    def _start_received(self):
        self._start(self._transfer.end())

    def _settle(self):
        """Load the program again, now that the one before is gone: or each load would cut the heap up more.

        No function that is still running may hold the image or a buffer of its; hence those of a line.
        """
        header = self.engine.header
        self._lift()
        self._transfer.settle()
        gc.collect()
        try:
            self.engine = Engine(self._transfer.end(), self._kernel, header)
        except MemoryError:  # it had its place a moment ago; if that cannot be, run what is on file
            self.clock.stop(wire.FAILED)
            if self._store:
                self._boot(self._store)
            raise

    def _lift(self):
        self._transfer.take_back(self.engine.image)
        self.engine = None

    def _reset(self):
        engine = self._running()
        self._halt(wire.HALTED)
        engine.reset()

    def _forget(self):
        self._halt(wire.HALTED)
        self.engine = None
        self._transfer.forget()
        if self._store:
            try:
                self._store.forget()
            except OSError as e:
                raise Refused(wire.E_FILE_SYSTEM, e.errno or 0)
        gc.collect()

    def _set_inputs(self, engine, channel, content, at, end):
        _demand((end - at) & 1 == 0)
        inputs = engine.inputs
        while at < end:
            if channel >= engine.header.channels:
                raise Refused(wire.E_SHORT_REQUEST, channel)
            value = content[at] | content[at + 1] << 8
            inputs[channel] = 4095 if 4095 < value < 0x8000 else 0 if value >= 0x8000 else value
            channel += 1
            at += 2

    def _step(self, content, end):
        _demand(end >= 6)
        engine = self._running()
        if self.clock.running:
            raise Refused(wire.E_RUNNING, engine.tick_count)
        tick = content[2] | content[3] << 8 | content[4] << 16 | content[5] << 24
        if tick != engine.tick_count:
            raise Refused(wire.E_WRONG_TICK, engine.tick_count)
        self._set_inputs(engine, 0, content, 6, end)
        engine.tick()
        reply = self._reply
        room = (wire.MAX_PAYLOAD - 7) // 2
        outputs = min(engine.header.actuators, room)
        fired = engine.neurons_fired()
        struct.pack_into(wire.STEPPED_FORMAT, reply, 0, tick, outputs, fired)
        at = _put_words(reply, 7, engine.outputs, 0, outputs)
        self._size = _put_words(reply, at, engine.fired, 0, min(fired, room - outputs))
        return wire.STEPPED

    def _read(self, content, end):
        _demand(end == 5)
        table = content[2]
        first = content[3] | content[4] << 8
        values = self._table(table)
        at = 0
        for i in range(first, min(self._entries(table, values), first + wire.MAX_PAYLOAD // 4)):
            struct.pack_into("<i", self._reply, at, values[i])
            at += 4
        self._size = at
        return wire.TABLE

    def _table(self, table):
        if table == wire.READ_HEALTH:
            return self._fill_health()
        if table == wire.READ_CLOCK:
            return self.clock.counts
        engine = self._running()
        if table == wire.READ_U:
            return engine.u
        if table == wire.READ_V:
            return engine.v
        if table == wire.READ_SPIKES:
            return engine.fired
        if table == wire.READ_OUTPUTS:
            return engine.outputs
        raise Refused(wire.E_UNKNOWN_REQUEST, wire.READ)

    def _entries(self, table, values):
        """How many of `values` mean something: no buffer is empty, and spikes seldom fill theirs."""
        if table == wire.READ_SPIKES:
            return self.engine.neurons_fired()
        if table == wire.READ_OUTPUTS:
            return self.engine.header.actuators
        return len(values)

    def _fill_health(self):
        """The counters in the order of wire.HEALTH."""
        values = self._health
        clock = self.clock.counts
        values[0] = self._decoder.frames_bad
        values[1] = self._decoder.frames_overlong
        values[2] = self._repeated
        values[3] = self.engine.tick_count if self.engine else 0
        values[4] = self._refused
        values[5] = self._store.files_bad if self._store else 0
        values[6] = clock[wire.CLOCK_LATE]
        values[7] = clock[wire.CLOCK_OVERRUNS]
        values[8] = clock[wire.CLOCK_HOSTS_LOST]
        values[9] = len(self.engine.code or ()) if self.engine else 0
        return values


def _demand(sound):
    if not sound:
        raise ValueError


def _put_words(buffer, at, values, first, end):
    """Write values[first:end] as 16-bit little-endian words; return the offset behind them."""
    for i in range(first, end):
        value = values[i]
        buffer[at] = value & 255
        buffer[at + 1] = (value >> 8) & 255
        at += 2
    return at
