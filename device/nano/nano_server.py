"""Answers a host's requests as `myco.server` does, in less memory: bytes in, frames out through `write`.

Only what a tick needs stays in memory. Every other request has a file of its own, `rNN.py` by the
request's number in `wire`, that is compiled when the request comes and forgotten afterwards; and so
have `boot` and `load`. Each defines `handle(server, payload)`, which returns the reply's type and size.

A refusal is a KeyError of a wire.E_* and its detail: a class of our own would cost 100 bytes.
"""

import gc
import struct

from nano_wire import Decoder, encode

from myco import wire


class Server:
    """One host's conversation with this board. `folder` holds the program and the request files."""

    def __init__(self, write, folder=""):
        self.write = write
        self.folder = folder
        self.decoder = Decoder()
        self.frame = bytearray(wire.MAX_FRAME)
        self.frame_size = 0
        self.reply = bytearray(wire.MAX_PAYLOAD)
        self.last = -1
        self.incoming = None
        self.repeated = self.refused = self.files_bad = 0
        self.engine = None
        self.run("boot", None)

    def feed(self, byte):
        """Take one byte; False when the host asked to leave or somebody wants the prompt back."""
        size = self.decoder.push(byte)
        if size <= 0:
            return size == 0
        content = self.decoder.content
        kind = content[0]
        if kind >= wire.WELCOME:
            return True
        if content[1] == self.last and kind != wire.HELLO:
            self.repeated += 1
        else:
            self.answer(kind, content[1], content[2:size])
        self.write(self.frame[: self.frame_size])
        return kind != wire.STOP

    def answer(self, kind, sequence, payload):
        """Execute one request and make its reply in self.frame."""
        detail = kind
        try:
            error = wire.E_SHORT_REQUEST
            reply, size = self.execute(kind, payload)
            error = 0
        except KeyError as e:
            error, detail = e.args
        except MemoryError:
            error = wire.E_NO_MEMORY
            gc.collect()
            detail = gc.mem_free()
        except OSError:
            error = wire.E_UNKNOWN_REQUEST  # there is no file for it
        except (ValueError, IndexError, TypeError):
            pass
        except Exception:
            error = wire.E_INTERNAL
        if error:
            reply = wire.ERROR
            size = 5
            struct.pack_into(wire.ERROR_FORMAT, self.reply, 0, error, detail)
        self.last = sequence
        self.frame_size = encode(reply, sequence, self.reply, size, self.frame)

    def run(self, name, payload):
        """Compile a request's file, do what it says, forget it."""
        gc.collect()
        with open(self.folder + name + ".py") as f:
            text = f.read()
        scope = {}
        exec(text, scope)
        text = None
        return scope["handle"](self, payload)

    def execute(self, kind, payload):
        """Do what is asked; return the reply's type and size."""
        if kind == wire.STEP:
            return self.step(payload)
        if kind == wire.READ:
            return self.read(payload)
        if kind == wire.SENSE:
            self.sense(payload[0] | payload[1] << 8, payload, 2)
        elif kind != wire.STOP:
            return self.run("r%d" % kind, payload)
        return wire.ACK, 0

    def running(self):
        """The engine, if there is a program."""
        if self.engine is None:
            raise KeyError(wire.E_NO_PROGRAM, 0)
        return self.engine

    def sense(self, channel, payload, at):
        """Set inputs from `channel` on to the i16 values from payload[at] on, clipped to 0..4095."""
        engine = self.running()
        while at < len(payload):
            if channel >= engine.channels:
                raise KeyError(wire.E_SHORT_REQUEST, channel)
            value = payload[at] | payload[at + 1] << 8
            engine.inputs[channel] = 0 if value >= 0x8000 else 4095 if value > 4095 else value
            channel += 1
            at += 2

    def step(self, payload):
        """Execute a tick; reply with outputs and with as many spikes as fit."""
        engine = self.running()
        tick = payload[0] | payload[1] << 8 | payload[2] << 16 | payload[3] << 24
        if tick != engine.tick_count:
            raise KeyError(wire.E_WRONG_TICK, engine.tick_count)
        self.sense(0, payload, 4)
        engine.tick()
        outputs = len(engine.actuators)
        struct.pack_into(wire.STEPPED_FORMAT, self.reply, 0, tick, outputs, engine.spikes)
        return wire.STEPPED, self.words(engine.fired, engine.spikes, self.words(engine.outputs, outputs, 7))

    def words(self, values, size, at):
        """Write values[:size] as 16-bit words into the reply, as they fit; return the offset behind."""
        reply = self.reply
        for i in range(size):
            if at <= wire.MAX_PAYLOAD - 2:
                reply[at] = values[i] & 255
                reply[at + 1] = values[i] >> 8 & 255
                at += 2
        return at

    def read(self, payload):
        """Entries of one of the tables READ_*, from the first one asked for."""
        which, first, high = payload
        first |= high << 8
        decoder = self.decoder
        if which == wire.READ_HEALTH:
            values = (
                decoder.frames_bad,
                decoder.frames_overlong,
                self.repeated,
                self.engine.tick_count if self.engine else 0,
                self.refused,
                self.files_bad,
            )
            size = len(values)
        else:
            engine = self.running()
            if not wire.READ_U <= which <= wire.READ_OUTPUTS:
                raise KeyError(wire.E_UNKNOWN_REQUEST, wire.READ)
            values = (engine.u, engine.v, engine.fired, engine.outputs)[which - 1]
            size = (engine.neurons, engine.neurons, engine.spikes, len(engine.actuators))[which - 1]
        at = 0
        while first < size and at <= wire.MAX_PAYLOAD - 4:
            struct.pack_into("<i", self.reply, at, values[first])
            first += 1
            at += 4
        return wire.TABLE, at
