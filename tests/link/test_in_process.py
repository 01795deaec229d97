import pytest

from myco import wire
from mycoflux.errors import BoardLost
from mycoflux.link.urls import open_stream


def frame(kind, sequence, payload=b""):
    out = bytearray(wire.MAX_FRAME)
    size = wire.encode(kind, sequence, payload, len(payload), out)
    return bytes(out[:size])


def replies(data):
    decoder = wire.Decoder()
    found = []
    for byte in data:
        size = decoder.push(byte)
        if size > 0:
            found.append(bytes(decoder.content[:size]))
    return found


HELLO = frame(wire.HELLO, 1, bytes([wire.PROTOCOL]))


def test_the_runtime_answers_at_once():
    with open_stream("sim:") as stream:
        stream.write(HELLO)
        (welcome,) = replies(stream.read(1000, 0))
        assert welcome[:3] == bytes([wire.WELCOME, 1, wire.PROTOCOL])
        assert stream.read(1000, 10.0) == b""  # and nothing is worth waiting for


def test_it_begins_again_after_stop_and_reset(tmp_path):
    with open_stream(f"sim:?root={tmp_path / 'board'}") as stream:
        stream.write(frame(wire.STOP, 1))
        stream.write(HELLO)
        assert [reply[0] for reply in replies(stream.read(1000, 0))] == [wire.ACK, wire.WELCOME]
        stream.write(HELLO)
        stream.reset()
        assert stream.read(1000, 0) == b""


def test_killed_is_lost():
    with open_stream("sim:") as stream:
        stream.kill()
        with pytest.raises(BoardLost):
            stream.write(HELLO)
        with pytest.raises(BoardLost):
            stream.read(1, 0)
