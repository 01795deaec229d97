"""The conversation with one running board: requests, replies, resends. Knows bytes, not neurons.

Every request carries a sequence number and is repeated until its reply came; the board answers a repeat
from memory (see `myco.wire`), so each request is executed exactly once however many frames are lost.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from myco import layout, wire
from myco.real_time import COUNT_MAX, PERIOD_MAX
from mycoflux.errors import BoardLost, DoesNotFit, InvalidInput, LinkError, MycofluxError
from mycoflux.link.clock_report import ClockReport
from mycoflux.link.refusal import Refusal
from mycoflux.link.stream import ByteStream
from mycoflux.link.transfer import Splice, copying, numbers, sending

ATTEMPTS = 4
_READ_SIZE = 4096
_AROUND = wire.MAX_FRAME - wire.MAX_PAYLOAD  # delimiters, COBS, type, sequence, CRC
_SMALLEST_FRAME = _AROUND + 14  # the three numbers of a PUT_COPY, how many bytes follow, and one of them


@dataclass(frozen=True)
class Welcome:
    """What a board says of itself."""

    protocol: int
    bundle: bytes  # which runtime files it runs
    largest_frame: int  # bytes it can receive in one frame
    program: int  # CRC-32 of the program it runs and keeps on file, 0 for none
    tick: int
    heap_free: int  # bytes; 0 where nobody can tell
    kernel: str = ""  # that runs its ticks; "" where the runtime has but one


@dataclass(frozen=True)
class Stepped:
    """The result of one tick on the board."""

    tick: int
    spikes: tuple[int, ...]
    outputs: tuple[int, ...]


class Session:
    """Requests to the runtime at the other end of `stream`.

    Every method raises BoardLost when the stream ends, LinkError when no reply comes, and Refusal when
    the board answers with an error.
    """

    def __init__(self, stream: ByteStream, reply_timeout_s: float = 2.0) -> None:
        """Args: stream: to a board whose runtime runs; reply_timeout_s: wait this long before a resend."""
        self.stream = stream
        self._timeout_s = reply_timeout_s
        self._decoder = wire.Decoder()
        self._out = bytearray(wire.MAX_FRAME)
        self._sequence = 0
        self._pending = b""
        self._largest_frame = wire.MAX_FRAME
        self.resends = 0
        self.bytes_out = 0  # to the board, frames and resends and all
        self.bytes_in = 0

    def hello(self, attempts: int = ATTEMPTS) -> Welcome:
        """Begin, or begin again: the board forgets transfers that were not finished."""
        self._pending = b""
        self._decoder = wire.Decoder()
        self._decoder.drop_partial()
        reply = self._request(wire.HELLO, bytes([wire.PROTOCOL]), wire.WELCOME, attempts)
        size = struct.calcsize(wire.WELCOME_FORMAT)
        if len(reply) < size or not (reply[size:] or b"x").isalpha():  # a name of letters, or none
            raise self._nonsense(f"its welcome has {len(reply)} bytes")
        welcome = replace(
            Welcome(*struct.unpack(wire.WELCOME_FORMAT, reply[:size])), kernel=reply[size:].decode()
        )
        if welcome.largest_frame < _SMALLEST_FRAME:
            raise self._nonsense(f"it takes frames of {welcome.largest_frame} bytes")
        self._largest_frame = min(welcome.largest_frame, wire.MAX_FRAME)
        return welcome

    def put(
        self,
        image: bytes,
        progress: Callable[[int, int], None] | None = None,
        splices: Sequence[Splice] = (),
    ) -> None:
        """Send a program image; the board checks it, runs it and keeps it on file.

        Args:
            image: as built.
            progress: called with (bytes the board has of it, bytes in all).
            splices: that make the image of the one that runs; none to send all of it.

        Raises:
            DoesNotFit: the board lacks memory or a part of the runtime for it. The old program goes on.
        """
        try:
            self._put(image, progress, splices)
        except Refusal as refusal:
            if refusal.code == wire.E_NO_MEMORY:
                raise DoesNotFit(
                    f"the program of {len(image):,} bytes and its buffers do not fit: "
                    f"{refusal.detail:,} bytes of heap are free",
                    where=self.stream.url,
                    remedy="Use fewer synapses or shorter delays, or a board with more memory",
                ) from refusal
            if refusal.code == wire.E_IMAGE and refusal.detail == layout.IMAGE_UNSUPPORTED:
                raise DoesNotFit(
                    "the program has a neuron model, a convolution or a decoder of potentials, which the "
                    "board's runtime lacks",
                    where=self.stream.url,
                    remedy="Use plain LIF neurons, or a board with more memory, which has them all",
                ) from refusal
            raise

    def _put(
        self, image: bytes, progress: Callable[[int, int], None] | None, splices: Sequence[Splice]
    ) -> None:
        head = struct.pack(wire.PUT_BEGIN_FORMAT, len(image), struct.unpack("<I", image[-4:])[0])
        self._request(wire.PUT_BEGIN, head, wire.ACK)
        room = self._largest_frame - _AROUND
        for kind, payload, done in copying(splices, room) if splices else sending(image, room):
            self._request(kind, payload, wire.ACK)
            if progress:
                progress(done, len(image))
        self._request(wire.PUT_END, b"", wire.ACK)

    def checksums(self, at: int, total: int, size: int) -> tuple[int, ...] | None:
        """CRC-32s of pieces of `size` bytes of `total` bytes at offset `at` of the image that runs.

        The last piece may be shorter. Where `size` is 4, they are those bytes, little-endian.
        None where the image ends before.
        """
        room = min(self._largest_frame - _AROUND, wire.MAX_PAYLOAD)  # of the reply, and the board's own limit
        pieces = min(room // 4, wire.MAX_SUMMED // size or 1)
        found: tuple[int, ...] = ()
        for start in range(at, at + total, pieces * size):
            asked = min(pieces * size, at + total - start)
            try:
                reply = self._request(wire.CHECKSUMS, numbers(start, asked, size), wire.SUMS)
            except Refusal as refusal:
                if refusal.code == wire.E_OUTSIDE:
                    return None
                raise
            if len(reply) != 4 * -(-asked // size):
                raise self._nonsense(f"its checksums of {asked} bytes have {len(reply)} bytes")
            found += struct.unpack(f"<{len(reply) // 4}I", reply)
        return found

    def step(self, tick: int, inputs: Sequence[int]) -> Stepped:
        """Execute tick number `tick` with these readings and return what came of it."""
        room = (self._largest_frame - 13) // 2
        self.sense(inputs[room:], room)
        values = inputs[:room]
        reply = self._request(wire.STEP, struct.pack(f"<I{len(values)}h", tick, *values), wire.STEPPED)
        if len(reply) < struct.calcsize(wire.STEPPED_FORMAT):
            raise self._nonsense(f"its result of tick {tick} has {len(reply)} bytes")
        executed, outputs_here, spikes_all = struct.unpack_from(wire.STEPPED_FORMAT, reply)
        if executed != tick:
            raise self._nonsense(f"it executed tick {executed} where {tick} was asked")
        words = struct.unpack_from(f"<{(len(reply) - 7) // 2}H", reply, 7)
        outputs = tuple(w - 0x10000 if w & 0x8000 else w for w in words[:outputs_here])
        spikes = words[outputs_here:]
        if len(spikes) < spikes_all:
            spikes += self._table(wire.READ_SPIKES, len(spikes), spikes_all)
        return Stepped(tick, spikes, outputs)

    def sense(self, inputs: Sequence[int], first: int = 0) -> None:
        """Readings of the channels from `first` on, for the next tick and those after it."""
        room = (self._largest_frame - _AROUND) // 2 - 1
        for at in range(0, len(inputs), room):
            values = inputs[at : at + room]
            self._request(wire.SENSE, struct.pack(f"<H{len(values)}h", first + at, *values), wire.ACK)

    def run_free(self, period_us: int = 0, patience_ticks: int = 0) -> None:
        """Let the board tick by its own clock, and count from 0.

        Args:
            period_us: of a tick, 1..PERIOD_MAX; 0 for the program's dt.
            patience_ticks: ticks without a request until the board counts its host as lost and keeps its
                outputs at 0, 1..COUNT_MAX; 0 for never.

        Raises:
            DoesNotFit: its runtime has no clock.
            InvalidInput: the period is none of a clock, or the patience none it can count to.
        """
        self._demand_clock("period", period_us, PERIOD_MAX, "us", "the program's dt")
        self._demand_clock("patience", patience_ticks, COUNT_MAX, "ticks", "one without end")
        try:
            self._request(wire.RUN, struct.pack(wire.RUN_FORMAT, period_us, patience_ticks), wire.ACK)
        except Refusal as refusal:
            if refusal.code == wire.E_UNKNOWN_REQUEST:
                raise DoesNotFit(
                    "the board's runtime has no clock of its own",
                    where=self.stream.url,
                    remedy="Run in lockstep, or on a board with 16 KB of heap or more",
                ) from refusal
            if refusal.code == wire.E_PERIOD:
                raise InvalidInput(
                    "the program's dt is too long for a board's clock",
                    where=self.stream.url,
                    remedy=f"Give a period, at most {refusal.detail:,} us, or a circuit with a shorter dt_s",
                ) from refusal
            raise

    def _demand_clock(self, what: str, given: int, most: int, unit: str, zero: str) -> None:
        if not 0 <= given <= most:
            raise InvalidInput(
                f"a {what} of {given:,} {unit} is none that a board's clock can have",
                where=self.stream.url,
                remedy=f"Give 1 to {most:,} {unit}, or 0 for {zero}",
            )

    def halt(self) -> None:
        """No tick but by `step` any more; every output is 0."""
        self._request(wire.HALT, b"", wire.ACK)

    def clock(self) -> ClockReport:
        """How the board's own clock fared since it was started."""
        counts = self.read(wire.READ_CLOCK, wire.CLOCK_SIZE)
        return ClockReport.of(counts)

    def wait(self, seconds: float) -> None:
        """Let time pass; what comes meanwhile is kept."""
        self._pending += self.stream.read(_READ_SIZE, seconds)

    def _nonsense(self, what: str) -> LinkError:
        return LinkError(
            f"the board does not speak as this mycoflux does: {what}",
            where=self.stream.url,
            remedy="Flash the runtime again: `mycoflux flash`",
        )

    def read(self, table: int, size: int) -> tuple[int, ...]:
        """The first `size` entries of one of wire.READ_*."""
        return self._table(table, 0, size)

    def _table(self, table: int, first: int, end: int) -> tuple[int, ...]:
        values: tuple[int, ...] = ()
        while first + len(values) < end:
            reply = self._request(wire.READ, struct.pack("<BH", table, first + len(values)), wire.TABLE)
            if not reply:
                raise LinkError(
                    f"the board's table {table} ends at {first + len(values)} of {end} entries",
                    where=self.stream.url,
                    remedy="The board runs another program than the host thinks: flash it again",
                )
            values += struct.unpack(f"<{len(reply) // 4}i", reply)
        return values[: end - first]

    def health(self) -> dict[str, int]:
        """The board's counters by name; those of a clock only where there is one."""
        reply = self._request(wire.READ, struct.pack("<BH", wire.READ_HEALTH, 0), wire.TABLE)
        return dict(zip(wire.HEALTH, struct.unpack(f"<{len(reply) // 4}i", reply), strict=False))

    def reset(self) -> None:
        """The program back to before its first tick."""
        self._request(wire.RESET, b"", wire.ACK)

    def forget(self) -> None:
        """Remove the program from the board's memory and file system."""
        self._request(wire.FORGET, b"", wire.ACK)

    def stop(self) -> None:
        """Make the runtime end; the board is at MicroPython's prompt afterwards."""
        self._request(wire.STOP, b"", wire.ACK)

    # --- frames ------------------------------------------------------------------------------------

    def _request(self, kind: int, payload: bytes, expected: int, attempts: int = ATTEMPTS) -> bytes:
        self._sequence = self._sequence % 255 + 1
        size = wire.encode(kind, self._sequence, payload, len(payload), self._out)
        frame = bytes(self._out[:size])
        for attempt in range(attempts):
            self.resends += attempt > 0
            self.stream.write(frame)
            self.bytes_out += size
            reply = self._reply(expected)
            if reply is not None:
                return reply
        raise LinkError(
            f"the board stopped answering (request {kind:#x}, {attempts} times in "
            f"{attempts * self._timeout_s:g} s)",
            where=self.stream.url,
            remedy="It may have been reset, or its emulator ended: run the command again. If it stays, check "
            "the cable, and that nothing else uses the port",
        )

    def _reply(self, expected: int) -> bytes | None:
        deadline = time.monotonic() + self._timeout_s
        while True:
            size = self._next_frame(deadline)
            if size == 0:
                return None
            content = self._decoder.content
            if content[1] != self._sequence:
                continue  # the answer to an earlier attempt
            if content[0] == wire.ERROR and size >= 7:
                code, detail = struct.unpack_from(wire.ERROR_FORMAT, content, 2)
                raise Refusal(code, detail, self.stream.url)
            if content[0] == expected:
                return bytes(content[2:size])

    def _next_frame(self, deadline: float) -> int:
        """The size of the next good frame in the decoder, 0 when the deadline passes first."""
        while True:
            for at, byte in enumerate(self._pending):
                size = int(self._decoder.push(byte))
                if size > 0:
                    self._pending = self._pending[at + 1 :]
                    return size
            left = deadline - time.monotonic()
            self._pending = self.stream.read(_READ_SIZE, left) if left > 0 else b""
            self.bytes_in += len(self._pending)
            if left <= 0:
                return 0


def answers(stream: ByteStream, timeout_s: float = 0.3) -> Welcome | None:
    """What the board says if its runtime is running at the other end, else None."""
    try:
        return Session(stream, timeout_s).hello(attempts=1)
    except BoardLost:
        raise
    except MycofluxError:
        return None
