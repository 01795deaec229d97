"""How native code gets into the micro:bit's flash, and what happens when it does not, or not all of it."""

import contextlib
import itertools
import tempfile

import pytest

from mycoflux.deploy import nano, nano_bundle, nano_files, nano_flash, nano_line
from mycoflux.deploy.connect import connect_stream
from mycoflux.deploy.nano_flash import END, MARK, PAGE, REGION, SPARE, State
from mycoflux.errors import InstallError, LinkError
from mycoflux.link.repl import Repl
from mycoflux.link.urls import board_file_for, open_stream

URL = "microbit-qemu:"


class UnpluggedError(Exception):
    pass


@pytest.fixture
def stream():
    with open_stream(URL) as opened:
        yield opened


@pytest.fixture
def repl(stream):
    prompt = Repl(stream)
    prompt.enter()
    return prompt


def erase(repl, page):
    """Without the guards of the installer."""
    nano_line.run(repl, "import machine\nm = machine.mem32\nm[0x4001e504] = 2")
    nano_line.run(repl, f"m[0x4001e508] = {page}\nm[0x4001e504] = 0")


def burn(repl, address, word):
    nano_line.run(
        repl, f"m[0x4001e504] = 1\nm[{address}] = {int.from_bytes(word, 'little')}\nm[0x4001e504] = 0"
    )


def word(repl, address):
    code = f"import machine\nprint(bytes([machine.mem8[{address} + i] for i in range(4)]))"
    return nano_line.printed_surely(repl, code)[0]


def write(repl, name, data):
    nano_files.write(repl, {name: data})


def names(repl):
    return set(nano_files.names(repl))


class Cut:
    """Unplugs at the command number `at` of those that `nano_flash` sends."""

    def __init__(self, monkeypatch, at):
        self.at, self.done = at, 0
        self.plain = nano_line.run
        monkeypatch.setattr(nano_flash, "run", self)
        monkeypatch.setattr(nano_line, "run", self)

    def __call__(self, repl, code):
        if self.done == self.at:
            raise UnpluggedError
        self.done += 1
        return self.plain(repl, code)


def test_pieces_lie_one_behind_the_other_between_the_marks():
    placed = nano_flash.place({"a": b"12345", "b": bytes(PAGE)})
    assert placed.data[:16] == MARK + b"12345\xff\xff\xff" + bytes(4) and len(placed.data) == 2 * PAGE
    assert placed.addresses == {"a": REGION + 4, "b": REGION + 12}
    assert (placed.slot, placed.slot + placed.room) == (REGION + 2 * PAGE, END - len(MARK))
    with pytest.raises(InstallError, match="leaves no room"):
        nano_flash.place({"a": bytes(END - REGION - PAGE)})


def test_the_firmware_does_not_run_what_is_marked():
    assert MARK[:1] == b"M" and MARK[1:2] != b"P"


def test_a_program_has_three_pages():
    placed = nano_bundle.bundle(in_flash=True).flash
    assert placed.room == 3 * PAGE - len(MARK)


@pytest.mark.microbit
def test_power_may_go_at_any_moment_while_the_file_system_is_shortened(repl, monkeypatch):
    for at in itertools.count(step=2):
        for page in (REGION, END - PAGE):
            erase(repl, page)
        repl.soft_reset()
        assert nano_flash.state(repl) is State.FILES
        write(repl, "kernel.bin", b"of an older runtime")
        with monkeypatch.context() as patch:
            cut = Cut(patch, at)
            with contextlib.suppress(UnpluggedError):
                nano._make_room(repl)
        repl.soft_reset()
        assert names(repl) <= {"kernel.bin"}
        assert nano._make_room(repl) == ""
        assert nano_flash.state(repl) is State.OURS
        write(repl, "a", b"as much as there is room for".ljust(2000))
        assert names(repl) - {"kernel.bin"} == {"a"} and word(repl, REGION) == MARK
        nano_files.remove(repl, "a")
        if cut.done < at:
            break
    assert at > 8


@pytest.mark.microbit
def test_an_installation_into_flash_that_is_interrupted_again_and_again_gets_done(stream, repl, monkeypatch):
    flash = nano_bundle.bundle(in_flash=True).flash
    for at in (20, 45, 80):
        with monkeypatch.context() as patch:
            Cut(patch, at)
            with pytest.raises(UnpluggedError):
                nano.install(repl)
        repl.soft_reset()
        assert "nano.py" not in names(repl)
    connected = connect_stream(stream, board_file_for(URL))
    assert connected.files_sent[0] == "flash" and connected.note == ""
    repl.enter()
    erase(repl, REGION)  # as a power cut leaves it while this page is written
    repl.soft_reset()
    assert nano_flash.state(repl) is State.UNMARKED
    connected = connect_stream(stream, board_file_for(URL))
    assert connected.files_sent == ("flash", "nano.py")
    assert connected.bytes_sent == PAGE + len(dict(nano_bundle.bundle(in_flash=True).files)["nano.py"])
    repl.enter()
    assert nano_flash.differing(repl, flash.data) == []


@pytest.mark.microbit
def test_nothing_is_written_beside_the_region(repl):
    nano_flash.claim(repl)
    nano_flash._ready(repl)
    before = {address: word(repl, address) for address in (0, 0x3E04, SPARE - 4, REGION)}
    for outside in (
        f"_erase({SPARE - PAGE})",
        f"_erase({END})",
        f"_burn({REGION - 4}, bytes(4))",
        f"_burn({END - 4}, bytes(8))",
        f"_burn({REGION // 16}, bytes(4))",  # a digit was lost
        f"_burn({REGION + 1}, bytes(4))",
    ):
        with pytest.raises(LinkError, match="ValueError"):
            repl.exec(outside)
    assert {address: word(repl, address) for address in before} == before


@pytest.mark.microbit
def test_definitions_that_arrive_damaged_are_not_run(repl, monkeypatch):
    """A lost byte must not make of an address another one."""
    plain = Repl.exec
    lost = []

    def exec_losing(self, code, timeout_s=10.0):
        if "0x4001e5" in str(code) and len(lost) < 3:
            lost.append(code)
            code = code.replace("0x4001e5", "0x401e5")
        return plain(self, code, timeout_s)

    monkeypatch.setattr(Repl, "exec", exec_losing)
    nano_line.define(repl, "def _f():\n return 0x4001e508\n", "test")
    assert lost and repl.eval("_f()") == 0x4001E508


@pytest.mark.microbit
def test_the_users_files_come_back(stream, repl, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = {"main.py": b"# my own\n" * 20, "notes": bytes(range(256))}
    for name, data in mine.items():
        write(repl, name, data)
    connected = connect_stream(stream, board_file_for(URL))
    assert connected.files_sent[0] == "flash"
    repl.enter()
    assert names(repl) == {*mine, *dict(nano_bundle.bundle(in_flash=True).files)}
    assert all(nano_files.contents(repl, name) == data for name, data in mine.items())
    assert not list(tmp_path.iterdir())


@pytest.mark.microbit
def test_the_users_files_are_kept_here_when_something_goes_wrong(repl, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    write(repl, "main.py", b"# mine")
    with monkeypatch.context() as patch:
        patch.setattr(nano_flash, "MARK", b"Nyco")  # which does not shorten the file system
        patch.setattr(nano_flash, "state", lambda repl: State.FILES)
        with pytest.raises(InstallError, match="own files are kept in"):
            nano.install(repl)
    (folder,) = tmp_path.iterdir()
    assert (folder / "main.py").read_bytes() == b"# mine"


@pytest.mark.microbit
def test_files_too_large_for_half_the_flash_stay_where_they_are(stream, repl):
    write(repl, "large", bytes(range(250)) * 20)
    connected = connect_stream(stream, board_file_for(URL))
    assert "kernel.bin" in connected.files_sent and "large would not fit" in connected.note
    repl.enter()
    assert nano_flash.state(repl) is State.FILES
    assert nano_files.contents(repl, "large") == bytes(range(250)) * 20


@pytest.mark.microbit
def test_an_appended_script_is_left_alone(repl):
    erase(repl, REGION)
    burn(repl, REGION, b"MP\x01\x00")
    burn(repl, REGION + 4, b"#\n\n\n")
    repl.soft_reset()
    assert nano_flash.state(repl) is State.TAKEN
    assert "script" in nano._make_room(repl)
    # What the file system has left is too little for the native code, too.
    with pytest.raises(InstallError, match="does not go onto the board"):
        nano.install(repl)
    assert word(repl, REGION) == b"MP\x01\x00" and nano_flash.state(repl) is State.TAKEN


@pytest.mark.microbit
@pytest.mark.parametrize(
    "name, other", [("_RELEASE", "1.1.1"), ("_REVISION", "MicroPython v1.9.3 "), ("_PAGES", 128)]
)
def test_another_firmware_is_not_touched(repl, monkeypatch, name, other):
    monkeypatch.setattr(nano_flash, name, other)
    assert nano_flash.state(repl) is State.UNKNOWN and "firmware" in nano._make_room(repl)
    assert word(repl, REGION) == bytes(4)  # as the emulator starts; erased flash has other bytes
