import pytest

from mycoflux.deploy.runtime import NAME_FILE, bundle_for, install, make_bundle
from mycoflux.errors import BoardLost, InstallError
from mycoflux.link.repl import Repl
from mycoflux.link.stream import ByteStream
from mycoflux.link.urls import open_stream
from mycoflux.resources import package_folder


def tiny(letter):
    """Four files, of which one is longer than a chunk and one holds every byte."""
    return make_bundle(
        {
            "myco/__init__.py": f"LETTER = {letter!r}\n".encode(),
            "myco/long.py": f"# {letter}\n".encode() * 700,
            "myco/sub/bytes.py": bytes(range(256)) + letter.encode(),
            "myco_hal/x.py": b"x = 1\n",
        }
    )


A, B = tiny("a"), tiny("b")


def files_of(board):
    found = (path for folder in ("myco", "myco_hal") for path in (board.root / folder).rglob("*"))
    return {path.relative_to(board.root).as_posix(): path.read_bytes() for path in found if path.is_file()}


@pytest.fixture
def virtual():
    with open_stream("virtual:") as stream:
        yield stream


def test_the_name_of_a_bundle_is_that_of_its_bytes():
    assert A.id == tiny("a").id
    assert A.id != B.id
    assert A.files[-1] == (NAME_FILE, b"ID = " + repr(A.id).encode() + b"\n")
    moved = make_bundle({"ab": b"c", "d": b""})
    assert moved.id != make_bundle({"a": b"bc", "d": b""}).id


def test_the_runtimes_bundle_holds_what_the_board_imports():
    paths = [path for path, _ in bundle_for("myco").files]
    assert {"myco/__init__.py", "myco/wire.py", "myco_hal/__init__.py"} <= set(paths)
    assert paths[-1] == NAME_FILE
    assert not [path for path in paths if "pycache" in path]
    with pytest.raises(InstallError):
        bundle_for("mega")


def test_drivers_are_not_in_the_runtimes_bundle():
    assert (package_folder("myco_hal") / "drivers" / "motor.py").exists()
    paths = [path for path, _ in bundle_for("myco").files]
    assert "myco_hal/encoders.py" in paths and not any("drivers" in path for path in paths)


@pytest.mark.virtual
def test_drivers_on_a_board_stay(virtual):
    install(virtual, A)
    driver = virtual.root / "myco_hal" / "drivers" / "motor.py"
    driver.parent.mkdir()
    driver.write_text("x = 1")
    report = install(virtual, B)
    assert not report.removed and driver.read_text() == "x = 1"


@pytest.mark.virtual
def test_fresh_then_nothing_then_what_changed(virtual):
    progress = []
    report = install(virtual, A, lambda *step: progress.append(step))
    assert report.sent == tuple(path for path, _ in A.files)
    assert report.sent_bytes == sum(len(data) for _, data in A.files)
    assert progress[-1] == (NAME_FILE, report.sent_bytes, report.sent_bytes)
    assert files_of(virtual) == dict(A.files)

    again = install(virtual, A)
    assert (again.sent, again.sent_bytes) == ((), 0)
    assert again.skipped == report.sent

    changed = make_bundle({**dict(A.files[:-1]), "myco_hal/x.py": b"x = 2\n"})
    assert install(virtual, changed).sent == ("myco_hal/x.py", NAME_FILE)
    assert files_of(virtual) == dict(changed.files)


@pytest.mark.virtual
def test_a_damaged_file_is_repaired_alone(virtual):
    install(virtual, A)
    damaged = virtual.root / "myco" / "long.py"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    assert install(virtual, A).sent == ("myco/long.py",)
    assert files_of(virtual) == dict(A.files)


@pytest.mark.virtual
def test_leftovers_of_our_packages_go_and_others_stay(virtual):
    install(virtual, A)
    for stale in ("myco/gone.py", "myco/long.py.new", "myco_hal/old.py"):
        (virtual.root / stale).write_text("old")
    for kept in ("main.py", "myco/notes.txt"):
        (virtual.root / kept).write_text("")
    report = install(virtual, A)
    assert sorted(report.removed) == ["myco/gone.py", "myco/long.py.new", "myco_hal/old.py"]
    assert report.sent == ()
    assert set(files_of(virtual)) == {*dict(A.files), "myco/notes.txt"}
    assert (virtual.root / "main.py").exists()


@pytest.mark.virtual
def test_a_file_system_that_refuses_is_an_install_error(virtual):
    (virtual.root / "myco").write_text("a file where the folder should be")
    with pytest.raises(InstallError) as caught:
        install(virtual, A)
    assert caught.value.remedy


@pytest.mark.virtual
def test_the_real_runtime_installs_and_imports(virtual):
    bundle = bundle_for("myco")
    install(virtual, bundle)
    repl = Repl(virtual)
    assert repl.eval("__import__('myco.bundle').bundle.ID") == bundle.id
    repl.exec("import myco.main, myco_hal.encoders")


class Cut(ByteStream):
    """A stream whose wire breaks after `left` bytes were written."""

    def __init__(self, inner, left):
        self.url, self._inner, self.left = inner.url, inner, left

    def read(self, size, timeout_s):
        return self._inner.read(size, timeout_s)

    def write(self, data):
        self._inner.write(data[: max(0, self.left)])
        self.left -= len(data)
        if self.left < 0:
            raise BoardLost("the wire broke", where=self.url)

    def interrupt(self):
        self._inner.interrupt()

    def close(self):
        pass


def broken_off_everywhere(board, points):
    """Break an installation off at `points` places, each followed by a whole one on the same live board."""
    install(board, A)
    counting = Cut(board, 1_000_000)
    install(counting, B)
    in_all = 1_000_000 - counting.left
    old, new = B, A
    for point in range(points):
        with pytest.raises(BoardLost):
            install(Cut(board, point * in_all // points), new)
        for path, data in files_of(board).items():
            assert path.endswith(".new") or data in (dict(old.files).get(path), dict(new.files).get(path)), (
                path
            )
        install(board, new)
        assert files_of(board) == dict(new.files)
        old, new = new, old


@pytest.mark.virtual
def test_broken_off_at_any_byte_the_next_installation_succeeds(virtual):
    pid = virtual.pid
    broken_off_everywhere(virtual, 60)
    assert virtual.pid == pid  # without a power cycle


@pytest.mark.armv7
def test_broken_off_on_a_board_without_raw_paste():
    with open_stream("armv7:") as board:
        broken_off_everywhere(board, 12)


@pytest.mark.virtual
def test_a_board_that_dies_in_mid_install_is_lost_and_the_files_it_had_are_whole(tmp_path):
    with open_stream(f"virtual:?root={tmp_path}") as board:
        install(board, A)
        with pytest.raises(BoardLost):
            install(board, B, lambda path, done, total: board.kill() if done > 1500 else None)
    with open_stream(f"virtual:?root={tmp_path}") as board:
        install(board, B)
        assert files_of(board) == dict(B.files)
