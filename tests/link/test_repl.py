import time

import pytest

from mycoflux.errors import BoardLost, FirmwareTooOld, LinkError, WrongFirmware
from mycoflux.link import repl as repl_module
from mycoflux.link.repl import Repl
from mycoflux.link.urls import open_stream

BANNER = b"raw REPL; CTRL-B to exit\r\n>"


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(repl_module, "_TRIES_S", (0.1, 0.1))


@pytest.fixture
def virtual():
    with open_stream("virtual:") as stream:
        yield stream


def modem(data):
    return b"\r\nERROR\r\n" if b"\r" in data else b""


def silent(data):
    return b""


def stubborn(data):
    return b"\r\nMicroPython v1.22 on something\r\nstill busy\r\n"


class OldBoard:
    """A raw prompt that knows one snippet's answer: a board with an older MicroPython, or another Python."""

    def __init__(self, identity):
        self._identity = identity
        self._line = b""

    def __call__(self, data):
        out = b""
        for i in range(len(data)):
            out += self._take(data[i : i + 1])
        return out

    def _take(self, byte):
        if byte == b"\x01":
            self._line = b""
            return BANNER
        if byte == b"\x03":
            self._line = b""
            return b""
        if byte == b"\x04":
            said = self._identity if b"_mpy" in self._line else b"here"
            self._line = b""
            return b"OK" + said + b"\r\n\x04\x04>"
        self._line += byte
        return b""


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (modem, WrongFirmware, "ERROR"),
        (silent, LinkError, "nothing answers"),
        (stubborn, LinkError, "does not give its prompt back"),
    ],
)
def test_what_is_no_prompt_is_told_apart(serial_peer, quick, answer, error, says):
    with open_stream(serial_peer(answer).port) as stream, pytest.raises(error, match=says) as caught:
        Repl(stream).enter()
    assert type(caught.value) is error
    assert caught.value.remedy


def test_too_old_a_micropython_is_refused(serial_peer):
    old = OldBoard(b"('micropython', (1, 9, 4), 'old board', 'old', 0, 20000)")
    with open_stream(serial_peer(old).port) as stream:
        repl = Repl(stream)
        repl.enter()
        with pytest.raises(FirmwareTooOld, match=r"1\.9\.4"):
            repl.identify()
        assert repl.identify((1, 9)).version == (1, 9, 4)


@pytest.mark.parametrize("identity", [b"('circuitpython', (9, 0, 0), 'cp', 'cp', 0, 20000)", b"gibberish"])
def test_another_python_is_refused(serial_peer, identity):
    with open_stream(serial_peer(OldBoard(identity)).port) as stream:
        repl = Repl(stream)
        repl.enter()
        with pytest.raises(WrongFirmware):
            repl.identify()


@pytest.mark.virtual
def test_identify(virtual):
    repl = Repl(virtual)
    repl.enter()
    identity = repl.identify()
    assert identity.version >= (1, 23)
    assert identity.platform in ("linux", "darwin")
    assert identity.mpy & 0xFF == 6
    assert identity.arch in repl_module.ARCHS[1:]
    assert 150_000 < identity.heap_free <= 192 * 1024


@pytest.mark.virtual
def test_exec_eval_and_what_the_board_raises(virtual):
    repl = Repl(virtual)  # enters by itself
    assert repl.exec("print('a')\nprint('b')") == "a\nb\n"
    assert repl.eval("[1, 'zwei', b'3']") == [1, "zwei", b"3"]
    with pytest.raises(LinkError, match="ZeroDivisionError"):
        repl.exec("1/0")
    assert repl.eval("1 + 1") == 2  # and goes on
    assert repl.eval("len('" + "x" * 30_000 + "')") == 30_000


@pytest.mark.virtual
@pytest.mark.parametrize(
    "left_as",
    [
        b"\x02",  # friendly prompt
        b"\x02if True:\r",  # in mid block
        b"\x02\x05pasted",  # paste mode
        b"print('half a raw li",
        b"\x05A\x01half a raw paste",
        b"\x05A",
        b"\x05",
        b"import time\nwhile True: time.sleep(0.01)\x04",
        b"while True: print('x' * 100)\x04",
        b"import micropython\nmicropython.kbd_intr(-1)\nwhile True: pass\x04",
        b"import sys\nwhile True: sys.stdin.buffer.read(1)\x04",
        b"while True:\n try:\n  while True: pass\n except KeyboardInterrupt: break\x04",
        b"\x04",  # just rebooting
    ],
)
def test_the_prompt_comes_back_whatever_was_going_on(virtual, left_as):
    Repl(virtual).enter()
    virtual.write(left_as)
    time.sleep(0.05)
    again = Repl(virtual)
    again.enter()
    assert again.eval("6 * 7") == 42


@pytest.mark.virtual
def test_the_runtime_gives_the_prompt_back(virtual):
    """What `enter` sends first must be what the runtime takes as a wish for the prompt."""
    repl = Repl(virtual)
    repl.start(
        "import sys, micropython\nmicropython.kbd_intr(-1)\ns = b''\n"
        "while not s.endswith(b'\\x00\\r\\x03'): s += sys.stdin.buffer.read(1)\n"
        "micropython.kbd_intr(3)\nleft = True"
    )
    time.sleep(0.05)
    pid = virtual.pid
    repl.enter()
    assert repl.eval("left") is True
    assert virtual.pid == pid


@pytest.mark.virtual
def test_what_started_code_says_is_not_lost(virtual):
    repl = Repl(virtual)
    repl.start("print('first words')")
    data = repl.rest()
    deadline = time.monotonic() + 2
    while b"first words" not in data and time.monotonic() < deadline:
        data += virtual.read(100, 0.1)
    assert b"first words" in data


@pytest.mark.virtual
def test_a_board_lost_during_exec_is_lost(virtual):
    repl = Repl(virtual)
    repl.enter()
    virtual.kill()
    with pytest.raises(BoardLost):
        repl.exec("print(1)")


@pytest.mark.virtual
def test_a_silent_exec_ends_in_time_and_the_prompt_can_be_had_again(virtual):
    repl = Repl(virtual)
    with pytest.raises(LinkError, match="broke off"):
        repl.exec("while True: pass", timeout_s=0.2)
    assert repl.eval("6 * 7") == 42


def test_a_board_without_prompt_says_so():
    with open_stream("sim:") as stream, pytest.raises(LinkError, match="no MicroPython prompt"):
        Repl(stream).enter()
