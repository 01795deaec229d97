import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mycoflux.errors import BoardLost, EmulatorMissing, FirmwareTooOld
from mycoflux.link import unix_board
from mycoflux.link.repl import Repl
from mycoflux.link.urls import open_stream

BOARDS = [
    pytest.param("virtual:", marks=pytest.mark.virtual),
    pytest.param("armv7:", marks=pytest.mark.armv7),
]


def read_until(stream, ending, timeout_s=5.0):
    data = b""
    deadline = time.monotonic() + timeout_s
    while ending not in data and time.monotonic() < deadline:
        data += stream.read(1000, 0.2)
    return data


@pytest.fixture(params=BOARDS)
def board(request):
    with open_stream(request.param) as stream:
        yield stream


def test_the_interpreter_starts_again_when_it_ends_as_a_board_does(board):
    assert b">>> " in read_until(board, b">>> ")
    board.write(b"\x04")
    said = read_until(board, b">>> ")
    assert b"MPY: soft reboot\r\n" in said
    assert said.endswith(b">>> ")


def test_soft_reset_empties_memory_and_keeps_files(board):
    repl = Repl(board)
    repl.exec("x = 1\nwith open('kept', 'w') as f: f.write('yes')")
    repl.soft_reset()
    assert repl.eval("'x' in globals()") is False
    assert repl.eval("open('kept').read()") == "yes"


def test_reset_kills_what_runs_and_keeps_files(board):
    repl = Repl(board)
    repl.exec("with open('kept', 'w') as f: f.write('yes')")
    before = board.pid
    repl.start("import micropython\nmicropython.kbd_intr(-1)\nwhile True: pass")
    board.reset()
    assert board.pid != before
    repl.enter()
    assert repl.eval("open('kept').read()") == "yes"


def test_killed_in_mid_run_is_lost(board):
    repl = Repl(board)
    repl.start("while True: print('alive')")
    assert b"alive" in read_until(board, b"alive")
    board.kill()
    with pytest.raises(BoardLost):
        board.read(10, 1.0)
    with pytest.raises(BoardLost):
        board.write(b"x")
    with pytest.raises(BoardLost):
        board.reset()


def test_a_wait_for_a_silent_board_ends_in_time(board):
    read_until(board, b">>> ")
    begun = time.monotonic()
    assert board.read(10, 0.2) == b""
    assert 0.15 < time.monotonic() - begun < 1.0


def test_main_runs_at_start(board):
    (board.root / "main.py").write_text("answer = 42\nprint('main ran')\n")
    board.reset()
    assert b"main ran" in read_until(board, b">>> ")
    repl = Repl(board)
    assert repl.eval("answer") == 42


@pytest.mark.virtual
def test_the_file_system_goes_with_the_board_unless_it_was_given(tmp_path):
    with open_stream("virtual:") as stream:
        temporary = stream.root
        assert temporary.is_dir()
    assert not temporary.exists()
    kept = tmp_path / "board"
    with open_stream(f"virtual:?root={kept}") as stream:
        Repl(stream).exec("with open('a', 'w') as f: f.write('b')")
    with open_stream(f"virtual:?root={kept}") as stream:
        assert Repl(stream).eval("open('a').read()") == "b"


@pytest.mark.virtual
def test_a_boards_name_decides_the_heap():
    free = []
    for url in ("virtual:esp32", "virtual:pico"):
        with open_stream(url) as stream:
            repl = Repl(stream)
            repl.enter()
            free.append(repl.identify().heap_free)
    assert 80 * 1024 < free[0] <= 100 * 1024 < 160 * 1024 < free[1] <= 192 * 1024


@pytest.mark.virtual
def test_the_boards_files_do_not_shadow_pythons(tmp_path):
    (tmp_path / "re.py").write_text("raise SystemError\n")
    (tmp_path / "micropython_unix.py").write_text("raise SystemError\n")
    with open_stream(f"virtual:?root={tmp_path}") as stream:
        assert Repl(stream).eval("6 * 7") == 42


@pytest.mark.virtual
def test_an_interpreter_that_dies_at_once_is_lost_with_its_last_words(tmp_path):
    board = unix_board.UnixBoard(
        "virtual:", unix_board.Interpreter(["/bin/sh", "-c", "echo no such chip; exit 1"], True), 64, tmp_path
    )
    with board, pytest.raises(BoardLost, match="no such chip"):
        for _ in range(100):
            board.read(1000, 0.1)


@pytest.mark.virtual
@pytest.mark.parametrize("hang_up", [signal.SIG_DFL, signal.SIG_IGN], ids=["at a terminal", "under nohup"])
@pytest.mark.parametrize("ending", ["sys.exit(0)", "os.kill(os.getpid(), 9)"])
def test_no_interpreter_outlives_its_host(ending, hang_up, tmp_path):
    code = (
        f"import os, signal, sys\nsignal.signal(signal.SIGHUP, {int(hang_up)})\n"
        "from mycoflux.link.urls import open_stream\nfrom mycoflux.link.repl import Repl\n"
        f"s = open_stream('virtual:?root={tmp_path}')\nRepl(s).start('while True: pass')\n"
        f"print(s.pid, flush=True)\n{ending}"
    )
    host = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    pid = int(host.stdout)
    deadline = time.monotonic() + 5
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(pid)


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody waits for is as dead as can be.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_interrupt_reaches_running_code(board):
    repl = Repl(board)
    repl.start("print('going')\nwhile True: pass")
    if b"going" not in repl.rest():
        read_until(board, b"going")
    board.interrupt()
    assert b"KeyboardInterrupt" in read_until(board, b"KeyboardInterrupt")


def test_missing_emulator_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MYCOFLUX_EMULATORS", str(tmp_path))
    with pytest.raises(EmulatorMissing, match="make emulators"):
        open_stream("armv7:")


def test_no_interpreter_at_all_names_the_ways_out(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(unix_board.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmulatorMissing, match="sim:"):
        open_stream("virtual:")


@pytest.mark.parametrize(
    ("said", "fits"), [("1 22", False), ("1 23", True), ("1 29", True), ("nothing", False)]
)
def test_an_interpreter_on_path_must_be_new_enough(tmp_path, monkeypatch, said, fits):
    fake = tmp_path / "micropython"
    fake.write_text(f"#!/bin/sh\necho {said}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(unix_board.importlib.util, "find_spec", lambda name: None)
    if fits:
        found = unix_board.native_interpreter("virtual:")
        assert found.command == [str(fake)]
        assert found.has_raw_repl is (said == "1 29")
    else:
        with pytest.raises(FirmwareTooOld):
            unix_board.native_interpreter("virtual:")


@pytest.mark.virtual
def test_our_own_prompt_does_for_builds_without_one(tmp_path):
    native = unix_board.native_interpreter("virtual:")
    board = unix_board.UnixBoard("virtual:", unix_board.Interpreter(native.command, False), 192, tmp_path)
    with board:
        repl = Repl(board)
        repl.enter()
        assert repl.identify().arch != "none"
        assert repl.eval("len('" + "x" * 5000 + "')") == 5000
        repl.start("import micropython\nmicropython.kbd_intr(-1)\nwhile True: pass")
        repl.enter()
        assert repl.eval("1 + 1") == 2
