"""The runtime for boards with 9 KB of heap, on the emulated micro:bit with its stock firmware."""

import random
import struct
import zlib

import numpy as np
import pytest

from myco import layout, wire
from myco.engine import Engine
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation, IntegerProjection, IntegerSensor
from mycoflux.deploy import nano, nano_bundle, nano_flash
from mycoflux.deploy.connect import Connected, connect_stream
from mycoflux.errors import DoesNotFit
from mycoflux.link.refusal import Refusal
from mycoflux.link.repl import Repl
from mycoflux.link.session import Session
from mycoflux.link.urls import board_file_for, open_stream
from mycoflux.program.image import encode
from mycoflux.program.neurons import Lif
from mycoflux.resources import data_folder
from tests.native import build_module, nano_check
from tests.programs import random_inputs, random_program

URL = "microbit-qemu:"
TICKS = 60


def image_of(seed):
    return encode(random_program(seed, max_size=4, max_delay=8))


def sealed(body):
    return bytes(body) + struct.pack("<I", zlib.crc32(bytes(body)))


def compare(connected, image, rows, every=1):
    engine = Engine(bytearray(image))
    n = engine.header.neurons
    for t, row in enumerate(rows):
        for channel, value in enumerate(row):
            engine.inputs[channel] = value
        engine.tick()
        stepped = connected.session.step(t, row)
        assert stepped.spikes == tuple(engine.fired[: engine.neurons_fired()]), t
        assert stepped.outputs == tuple(engine.outputs[: engine.header.actuators]), t
        if t % every == 0:
            assert connected.session.read(wire.READ_U, n) == tuple(engine.u[:n]), t
            assert connected.session.read(wire.READ_V, n) == tuple(engine.v[:n]), t


def robot():
    """16 neurons, 3 sensor channels, 60 synapses: what such a board is for."""
    rng = random.Random(16)
    populations = (
        IntegerPopulation("a", 10, Lif(du=1000, dv=300, vth=400), 1.0, ""),
        IntegerPopulation("b", 6, Lif(du=900, dv=200, vth=300, bias_mant=30, bias_exp=2), 1.0, ""),
    )
    sensors = (IntegerSensor("s", 3, layout.ENCODE_CURRENT, 0, ""),)
    projections = []
    for name, source, target, synapses, delay in (
        ("s", 3, populations[0], 15, 0),
        ("a", 10, populations[1], 30, 2),
        ("b", 6, populations[0], 15, 1),
    ):
        pairs = sorted(rng.sample([(i, j) for i in range(source) for j in range(target.size)], synapses))
        sources, targets = zip(*pairs, strict=True)
        weights = [rng.randint(1, 255) for _ in pairs]
        graded = name == "s"
        projections.append(
            IntegerProjection(
                f"{name}>{target.name}",
                name,
                target.name,
                graded,
                1,
                8 if graded else 1,
                delay,
                np.array(sources),
                np.array(targets),
                np.array(weights),
                "",
            )
        )
    return encode(emit(IntegerCircuit("robot", 10_000, populations, sensors, tuple(projections), ())))


@pytest.fixture(params=["flash", "files"])
def way(request):
    """Where native code and programs are: in flash, or in files that are read into the heap."""
    return request.param


@pytest.fixture
def stream(way, monkeypatch):
    """A board whose flash is known how to use, and one with another build of the firmware."""
    if way == "files":
        monkeypatch.setattr(nano_flash, "_RELEASE", "1.0.2")
    with open_stream(URL) as opened:
        yield opened


@pytest.fixture
def board(stream):
    connected = connect_stream(stream, board_file_for(URL))
    connected.session.forget()
    connected.welcome = connected.session.hello()
    return connected


def test_the_native_code_is_built_from_the_sources_that_are_here():
    folder = data_folder("nano") / "kernel"
    build = build_module()
    recorded = (folder / "sources.sha256").read_text().strip()
    assert recorded == build.sources_hash(build.constants()), "run device/nano/kernel/build.py"
    assert build.MAX_FRAME == nano_bundle.MAX_FRAME


@pytest.mark.parametrize("bundle", nano_bundle.bundles())
def test_a_bundle_has_its_own_id_and_no_shared_module_left(bundle):
    files = dict(bundle.files)
    assert bundle.files[-1][0] == "nano.py"
    assert repr(bundle.id).encode() in files["nano_code.py"]
    shared = (b"import wire", b"nano_context", b"nano_places")
    assert not any(name in data for data in files.values() for name in shared)
    assert bundle.id not in [other.id for other in nano_bundle.bundles() if other is not bundle]


@pytest.mark.microbit
@pytest.mark.parametrize("seed", range(20))
def test_same_integers_as_the_engine(board, seed):
    image = image_of(seed)
    board.put(image)
    channels = Engine(bytearray(image)).header.channels
    compare(board, image, random_inputs(seed, channels, TICKS))
    board.session.reset()
    compare(board, image, random_inputs(seed + 1000, channels, TICKS // 4), every=5)


@pytest.mark.microbit
def test_a_robots_program_leaves_heap(board, way):
    free = board.welcome.heap_free
    assert free > {"flash": 5700, "files": 2800}[way]
    image = robot()
    board.put(image)
    compare(board, image, random_inputs(1, 3, 100))
    assert board.session.hello().heap_free > free - {"flash": 400, "files": 1000}[way]
    board.session.forget()
    assert board.session.hello().heap_free == free


@pytest.mark.microbit
def test_second_connect_sends_nothing_and_finds_the_program(board, stream):
    image = image_of(3)
    assert board.put(image)
    again = connect_stream(stream, board_file_for(URL))
    assert again.files_sent == () and not again.put(image)


@pytest.mark.microbit
def test_ctrl_c_gives_the_prompt_and_the_program_survives(board, stream):
    image = image_of(5)
    board.put(image)
    repl = Repl(stream)
    repl.enter()
    assert repl.eval("6 * 7") == 42
    again = connect_stream(stream, board_file_for(URL))
    assert again.files_sent == () and not again.put(image)


@pytest.mark.microbit
def test_interrupted_installation_is_repaired(stream):
    class UnpluggedError(Exception):
        pass

    def pull(name, done, total):
        if done > total // 2:
            raise UnpluggedError

    repl = Repl(stream)
    repl.enter()
    repl.exec("import os\nfor n in os.listdir(): os.remove(n)")
    with pytest.raises(UnpluggedError):
        nano.install(repl, pull)
    repl.soft_reset()
    assert "nano.py" not in repl.eval("__import__('os').listdir()")
    connected = connect_stream(stream, board_file_for(URL))
    assert connected.files_sent[-1] == "nano.py"


@pytest.mark.microbit
def test_a_file_that_changed_is_sent_again(board, stream):
    repl = Repl(stream)
    repl.enter()
    repl.exec("f = open('nano_serve.py', 'wb')\nf.write(b'nonsense')\nf.close()")
    connected = connect_stream(stream, board_file_for(URL))
    assert connected.files_sent == ("nano_serve.py", "nano.py")


@pytest.mark.microbit
def test_interrupted_transfer_leaves_the_old_program(board):
    image, other = image_of(1), image_of(2)
    board.put(image)

    class UnpluggedError(Exception):
        pass

    def pull(done, total):
        raise UnpluggedError

    with pytest.raises(UnpluggedError):
        board.session.put(other, pull)
    fresh = Session(board.session.stream)
    welcome = fresh.hello()
    assert welcome.program == struct.unpack("<I", image[-4:])[0]
    with pytest.raises(Refusal) as refusal:
        fresh._request(wire.PUT_END, b"", wire.ACK)
    assert refusal.value.code == wire.E_WRONG_OFFSET
    assert Connected(fresh, welcome).put(other)


@pytest.mark.microbit
def test_a_program_that_could_not_be_kept_is_sent_again(board, stream, way):
    repl = Repl(stream)
    repl.enter()
    # Files of one block each: a file that finds no more room is removed whole.
    fill = "f = open('z%d' % n, 'wb')\n  f.write(b'z')\n  f.close()\n  n += 1"
    repl.exec(f"n = 0\ntry:\n while 1:\n  {fill}\nexcept OSError:\n pass", timeout_s=60)
    image = image_of(1)
    full = connect_stream(stream, board_file_for(URL))
    for _ in range(2):
        with pytest.raises(Refusal, match="file system"):
            full.put(image)
    assert full.session.hello().program == 0
    if way == "files":  # it runs until power is cut
        compare(full, image, random_inputs(1, Engine(bytearray(image)).header.channels, 3))
    repl.enter()
    repl.soft_reset()
    remove = "n = 0\ntry:\n while 1:\n  os.remove('z%d' % n)\n  n += 1\nexcept OSError:\n pass"
    repl.exec(f"import os\n{remove}", timeout_s=60)
    again = connect_stream(stream, board_file_for(URL))
    assert again.put(image) and not again.put(image)


@pytest.mark.microbit
def test_half_a_frame_is_forgotten(board):
    stream = board.session.stream
    stream.write(b"\x00\x05\x10\x20")
    stream.read(1, 0.4)
    assert board.session.hello().protocol == wire.PROTOCOL
    assert board.session.health()["frames_bad"] > 0


@pytest.mark.microbit
def test_what_does_not_fit_is_refused_and_the_old_program_runs(board):
    image = image_of(4)
    board.put(image)
    large = random_program(7, max_size=30, max_delay=62)
    with pytest.raises(DoesNotFit):
        board.session.put(encode(large) + bytes(6000))
    assert board.session.hello().program == struct.unpack("<I", image[-4:])[0]
    compare(board, image, random_inputs(4, Engine(bytearray(image)).header.channels, 10))


@pytest.mark.microbit
def test_damage_is_refused_as_the_full_runtime_refuses_it(board):
    good = image_of(9)
    board.put(good)
    rng = random.Random(9)
    refused, running = 0, good
    for trial in range(60):
        body = bytearray(good[:-4])
        at = rng.randrange(16, 200) if trial % 4 else rng.randrange(16)
        body[at] ^= 1 << rng.randrange(8)
        bad = sealed(body) if trial % 3 else bytes(body) + good[-4:]
        # What the check says here, `test_check.py` holds against the full runtime's.
        expected = nano_check()(bad)
        if not expected:
            board.session.put(bad)
            running = bad
            continue
        with pytest.raises((Refusal, DoesNotFit)) as caught:
            board.session.put(bad)
        refusal = caught.value if isinstance(caught.value, Refusal) else caught.value.__cause__
        assert (refusal.code, refusal.detail) == (wire.E_IMAGE, expected)
        refused += 1
    assert refused > 20 and running != good
    assert board.session.hello().program == struct.unpack("<I", running[-4:])[0]


@pytest.mark.microbit
def test_errors_are_those_of_the_protocol(board):
    session = board.session

    def code(kind, payload=b""):
        with pytest.raises(Refusal) as refusal:
            session._request(kind, payload, wire.ACK)
        return refusal.value.code

    assert code(wire.STEP, bytes(4)) == wire.E_NO_PROGRAM
    assert code(wire.RESET) == wire.E_NO_PROGRAM
    assert code(wire.PUT_DATA, bytes(8)) == wire.E_WRONG_OFFSET
    assert code(wire.PUT_BEGIN, bytes(3)) == wire.E_SHORT_REQUEST
    assert code(wire.HELLO, b"\x63") == wire.E_PROTOCOL
    assert code(0x0F) == wire.E_UNKNOWN_REQUEST
    board.put(image_of(6))
    assert code(wire.STEP, bytes(3)) == wire.E_SHORT_REQUEST
    assert code(wire.STEP, struct.pack("<I", 5)) == wire.E_WRONG_TICK
    assert code(wire.READ, b"\x09\0\0") == wire.E_UNKNOWN_REQUEST


@pytest.mark.microbit
def test_a_repeated_request_is_executed_once(board):
    board.put(image_of(8))
    session = board.session
    session.step(0, [])
    session._sequence -= 1
    session._request(wire.STEP, struct.pack("<I", 0), wire.STEPPED)
    assert session.health()["requests_repeated"] >= 1
    session.step(1, [])
