"""Law 6, with every kernel and both clocks: ticks with the heap locked, and all the frames that come.

10,000 ticks; on the slow `armv7:` 2,000 of the kernels that it would not run if it had the choice.

On real MicroPython, of 64 and of 32 bits: there most numbers beyond 30 bits are objects on the heap.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from myco import wire
from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy import kernels, runtime
from mycoflux.link.repl import RUNTIME_MINIMUM, Repl
from mycoflux.link.session import Session
from mycoflux.link.stream import ByteStream
from mycoflux.link.urls import open_stream
from mycoflux.program.image import encode
from mycoflux.program.types import Program
from mycoflux.resources import data_folder
from tests.programs import random_program
from tests.scripts import script

MIXED = ("general", "adaptive", "ternary", "izhikevich", "graded")
BOARDS = [
    pytest.param("virtual:", marks=pytest.mark.virtual),
    pytest.param("armv7:", marks=pytest.mark.armv7),
]
each_kernel = pytest.mark.parametrize("kernel", kernels.NAMES)

_COMMON = """
import gc, micropython, select, sys, time
from myco import wire
from myco.kernels import choose
from myco.loop import serve
from myco.server import Server
from myco.store import Store

frame = bytearray(wire.MAX_FRAME)

def ask(server, kind, sequence, payload):
    size = wire.encode(kind, sequence, payload, len(payload), frame)
    server.feed(0)
    for i in range(size):
        server.feed(frame[i])

class Lock:
    # Locks the heap when some frames have come, the function that serves has its buffer, and poll its tuple.
    def __init__(self, replies):
        self.left = replies
        self.errors = 0
        self.used = -1
        self.write = None

    def __call__(self, data, size):
        self.errors += data[2] == wire.ERROR
        if self.write:
            self.write(data, size)
        self.left -= 1
        if self.left == 0:
            gc.collect()
            self.used = gc.mem_alloc()
            micropython.heap_lock()

    def grown(self):
        if self.left >= 0:
            return 'never locked'
        micropython.heap_unlock()
        return gc.mem_alloc() - self.used
"""

_LOCKSTEP = """
from myco import wire

def steps(server, ticks, channels, payload):
    for t in range(ticks):
        for i in range(4):
            payload[i] = t >> 8 * i & 255
        for c in range(channels):
            value = (t * 37 + c * 1111) & 4095
            payload[4 + 2 * c] = value & 255
            payload[5 + 2 * c] = value >> 8
        ask(server, wire.STEP, t % 255 + 1, payload)

lock = Lock(1)
server = Server(lock, time, Store(), kernel=choose())
channels = server.engine.header.channels
payload = bytearray(4 + 2 * channels)
steps(server, TICKS, channels, payload)
print((lock.grown(), server.engine.tick_count, lock.errors, server._kernel.NAME))
"""

_REAL_TIME = """
class World:
    # The board's time, and a host that sends FRAMES round and round, a byte each 150 us or so, and then
    # asks for the prompt.
    def __init__(self):
        self.us = self.frame = self.at = 0
        self.frames = FRAMES
        self.yes, self.no = (1,), ()
        self.server = None

    def ipoll(self, ms):
        self.us += 150 + 1000 * ms
        return self.yes

    def readinto(self, byte):
        byte[0] = self.frames[self.frame][self.at]
        self.at += 1
        if self.at == len(self.frames[self.frame]):
            self.at = 0
            self.frame += 1
            if self.frame == len(self.frames):
                self.frame = 0
            if self.server.engine.tick_count >= TICKS:
                self.frames = END
                self.frame = 0

    def ticks_us(self):
        return self.us

    def ticks_ms(self):
        return self.us // 1000

    def ticks_add(self, ticks, delta):
        return ticks + delta

    def ticks_diff(self, a, b):
        return a - b

from myco import wire

world = World()
lock = Lock(2 * len(FRAMES))
world.server = server = Server(lock, world, Store(), kernel=choose())
ask(server, wire.RUN, 255, bytes(4) + b'\\x05\\0\\0\\0')
counts = server.clock.counts
for place in wire.CLOCK_LATENESS, wire.CLOCK_DURATION:
    counts[place + 1] = 0xFFFFFF  # all counters are soon as large as they get
    counts[place + 2] = 0x3FFFFFFF
serve(server, world, world, world)
print((lock.grown(), server.engine.tick_count, lock.errors, -lock.left, server._repeated,
    server._decoder.frames_bad, server._decoder.frames_overlong, list(counts), server._kernel.NAME))
"""

_REAL_LINE = """
from myco import wire

poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
lock = Lock(8)
server = Server(lock, time, Store(), kernel=choose())
ask(server, wire.RUN, 255, b'\\xe8\\x03\\0\\0' + bytes(4))
lock.write = sys.stdout.buffer.write
micropython.kbd_intr(-1)
serve(server, poll, sys.stdin.buffer, time)
micropython.kbd_intr(3)
print(server._kernel.NAME, 'grown by', lock.grown(), '.')
"""


def demo() -> Program:
    return compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py"))).program


def mixed() -> Program:
    """Sensors, actuators and all kinds of neurons."""
    seed = next(
        s for s in range(100)
        if (p := random_program(s, models=MIXED)).channels and p.actuators and len(p.populations) > 2
    )  # fmt: skip
    return random_program(seed, models=MIXED)


def ticks_of(url: str, kernel: str) -> int:
    """How many ticks are run."""
    return 10_000 if url == "virtual:" or kernel == "native" else 2_000


Installed = Callable[[str, str], str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The URL of a board with this kernel on its files; each is installed once."""

    @cache
    def with_kernel(url: str, kernel: str) -> str:
        of_its_own = f"{url}?root={tmp_path_factory.mktemp('board')}"
        with open_stream(of_its_own) as stream:
            repl = Repl(stream)
            repl.enter()
            known = kernels.for_board(repl.identify(RUNTIME_MINIMUM), kernel, url)
            runtime.install(repl, known.bundle(kernel))
        return of_its_own

    return with_kernel


def prepare(stream: ByteStream, program: Program, ticks: int) -> Repl:
    repl = Repl(stream)
    repl.enter()
    image = encode(program)
    repl.exec("f = open('program.bin', 'wb')")
    for at in range(0, len(image), 256):
        repl.exec(f"f.write({image[at : at + 256]!r})")
    repl.exec("f.close()")
    repl.exec(script(_COMMON + f"TICKS = {ticks}"))
    return repl


def frames(program: Program) -> Sequence[bytes]:
    """Requests of a host that senses, reads everything, repeats itself, and is heard badly."""
    readings = [(i * 1111) % 4096 for i in range(program.channels)]
    tables = (wire.READ_OUTPUTS, wire.READ_SPIKES, wire.READ_U, wire.READ_CLOCK, wire.READ_HEALTH)
    asked = [(wire.READ, struct.pack("<BH", table, 0)) for table in tables]
    asked.append((wire.SENSE, struct.pack(f"<H{len(readings)}h", 0, *readings)))
    asked.append((wire.SENSE, struct.pack(f"<H{len(readings)}h", 0, *reversed(readings))))
    out = bytearray(wire.MAX_FRAME)
    made = []
    for sequence, (kind, payload) in enumerate(asked, 1):
        size = wire.encode(kind, sequence, payload, len(payload), out)
        made.append(b"\0" + bytes(out[:size]))
    bent = [made[0][:4] + bytes([made[0][4] ^ 64]) + made[0][5:], b"\0" + b"\x99" * 140 + b"\0"]
    return [*made, made[-1], *bent]


@each_kernel
@pytest.mark.parametrize("make", [demo, mixed])
@pytest.mark.parametrize("url", BOARDS)
def test_lockstep(url: str, make, kernel: str, installed: Installed) -> None:
    ticks = ticks_of(url, kernel)
    with open_stream(installed(url, kernel)) as stream:
        said = eval(prepare(stream, make(), ticks).exec(script(_LOCKSTEP), timeout_s=200))
    assert said == (0, ticks, 0, kernel)


@each_kernel
@pytest.mark.parametrize("make", [demo, mixed])
@pytest.mark.parametrize("url", BOARDS)
def test_real_time(url: str, make, kernel: str, installed: Installed) -> None:
    program = make()
    with open_stream(installed(url, kernel)) as stream:
        repl = prepare(stream, program, ticks_of(url, kernel))
        repl.exec(f"FRAMES = {frames(program)!r}\nEND = [b'\\0\\3\\3']")
        grown, ticks, errors, replies, repeated, bad, overlong, counts, ran = eval(
            repl.exec(script(_REAL_TIME), timeout_s=200)
        )
    assert (ran, grown, errors) == (kernel, 0, 0) and ticks >= ticks_of(url, kernel)
    assert replies > ticks // 10 and min(repeated, bad, overlong) > ticks // 100
    assert sum(counts[wire.CLOCK_BINS :]) == counts[wire.CLOCK_TICKS] == ticks
    assert counts[wire.CLOCK_OVERRUNS] == 0 and max(counts) == 0x3FFFFFFF


@each_kernel
@pytest.mark.parametrize("url", BOARDS)
def test_over_the_real_line(url: str, kernel: str, installed: Installed) -> None:
    """The board's own poll, stdin, stdout and time; only the program and RUN were there before the lock."""
    program = demo()
    with open_stream(installed(url, kernel)) as stream:
        repl = prepare(stream, program, 0)
        repl.start(script(_REAL_LINE))
        session = Session(stream, 10.0)
        report = session.clock()
        session.health()
        for i in range(200):
            session.sense([i * 20] * program.channels)
            assert len(session.read(wire.READ_OUTPUTS, len(program.actuators))) == len(program.actuators)
        report = session.clock()
        assert report.state == wire.RUNNING and report.ticks > 10
        assert session.health()["frames_bad"] == 0 and session.resends == 0
        stream.write(b"\0\3\3")
        assert f"{kernel} grown by 0 .".encode() in said(stream, b" .")


def said(stream: ByteStream, ending: bytes) -> bytes:
    data = b""
    while ending not in data:
        more = stream.read(1000, 10.0)
        assert more, data
        data += more
    return data
