"""A board runs the fastest kernel that is right there; what is wrong, kills or hangs it goes, and is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from firmware_tools import build_kernels, build_viper, mpy_file

from mycoflux.backends.board import BoardBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.deploy import kernel_trial, kernels
from mycoflux.deploy.connect import connect, connect_stream
from mycoflux.errors import BoardUrlError, InstallError, LinkError
from mycoflux.link import board_file
from mycoflux.link.repl import ARCHS, Identity
from mycoflux.link.stream import ByteStream
from mycoflux.link.unix_board import UnixBoard
from mycoflux.link.urls import board_file_for, open_stream
from mycoflux.program.image import encode
from tests.programs import random_inputs, random_program

pytestmark = pytest.mark.virtual

KILLS = bytes.fromhex("0f0b")  # an instruction that x64 has not
HANGS = bytes.fromhex("ebfe")  # a jump to itself


def replaced(monkeypatch: pytest.MonkeyPatch, name: str, data: bytes) -> None:
    """Have this mycoflux come with another kernel `name` for x64."""
    built = kernels.built
    monkeypatch.setattr(
        kernels, "built", lambda n, arch: data if (n, arch) == (name, "x64") else built(n, arch)
    )
    kernels.acceptable.cache_clear()


@pytest.fixture(autouse=True)
def forget_bundles() -> object:
    yield
    kernels.acceptable.cache_clear()


def wrong_kernel() -> bytes:
    """One that loads, and counts wrongly."""
    source = build_viper.joined().replace("_WIDE = const(0)", "_WIDE = const(1)")
    right = "here[1] * step + there[0]"
    assert right in source
    return build_viper.cross(source.replace(right, "here[1] * step"), "x64", "viper.py")


def acting(code: bytes) -> bytes:
    """One that acts when it is imported."""
    python = "@micropython.viper\ndef run(x: int) -> int:\n    return x\nrun(1)\n"
    return build_kernels.module(python, "x64", "acting", code)


def test_a_board_runs_what_is_built_for_it_and_says_so() -> None:
    for name in kernels.NAMES:
        with connect(f"virtual:?kernel={name}") as forced:
            assert (forced.welcome.kernel, forced.kernels_failed) == (name, {})
    with connect("virtual:") as free:
        assert (free.welcome.kernel, free.kernels_failed) == ("native", {})
        assert compiled(free.files_sent) == ["myco/native.mpy"]


def compiled(files: Sequence[str]) -> list[str]:
    """The kernels among files."""
    return [file for file in files if file.endswith(".mpy")]


@pytest.mark.parametrize("kernel", kernels.NAMES)
def test_a_board_that_runs_it_is_not_installed_anew(kernel: str, tmp_path: Path) -> None:
    url = f"virtual:?root={tmp_path}&kernel={kernel}"
    with connect(url) as first:
        assert compiled(first.files_sent) == ([] if kernel == "bytecode" else [f"myco/{kernel}.mpy"])
    with connect(url) as again:
        assert (again.welcome.kernel, again.files_sent) == (kernel, ())
    with connect(f"virtual:?root={tmp_path}") as free:
        assert free.welcome.kernel == "native"
        assert ("myco/native.mpy" in free.files_sent) == (kernel != "native")


@pytest.mark.parametrize("how", ["wrong", "kills", "not for this firmware"])
@pytest.mark.parametrize(("fails", "runs"), [("native", "viper"), ("viper", "bytecode")])
def test_a_kernel_that_fails_is_removed_told_and_left_out(
    how: str, fails: str, runs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next is sent then, and no other. A fault is not tried again; firmware may be changed."""
    url = f"virtual:?root={tmp_path}"
    data = {
        "wrong": wrong_kernel,
        "kills": lambda: acting(KILLS),
        "not for this firmware": lambda: b"M\x05\0",
    }
    monkeypatch.setattr(kernel_trial, "_TRY_TIMEOUT_S", 3.0)
    replaced(monkeypatch, "native", data[how]())
    reason = {"wrong": "wrong", "kills": "hung", "not for this firmware": "absent"}[how]
    failed = {"native": reason}
    if fails == "viper":
        replaced(monkeypatch, "viper", data[how]())
        failed["viper"] = reason
    with connect(url) as connected:
        assert (connected.welcome.kernel, connected.kernels_failed) == (runs, failed)
        assert not any((tmp_path / "myco" / f"{name}.mpy").exists() for name in failed)
        assert connected.bytes_sent > len(data[how]())
        program = random_program(5)
        connected.put(encode(program))
        board, reference = BoardBackend(program, connected.session), PlainReference(program)
        for row in random_inputs(5, program.channels, 20):
            assert board.step(row) == reference.step(row)
    with connect(url) as again:
        assert (again.welcome.kernel, again.kernels_failed) == (runs, failed)
        tried_again = [f"myco/{name}.mpy" for name in failed] if reason == "absent" else []
        assert compiled(again.files_sent)[: len(failed)] == tried_again
        assert reason == "absent" or again.files_sent == ()
    before = kernels.acceptable(None)
    monkeypatch.undo()
    kernels.acceptable.cache_clear()
    assert connected.welcome.bundle in before - kernels.acceptable(None)  # a mended one is tried, then
    with connect(url) as mended:
        assert (mended.welcome.kernel, mended.kernels_failed) == ("native", {})


@pytest.mark.parametrize("resets", [True, False])
def test_a_kernel_that_hangs_the_board_is_left_out_after_a_reset(
    resets: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board that can be reset over its line is, one that cannot says that it must be."""
    url = f"virtual:?root={tmp_path}"
    replaced(monkeypatch, "native", acting(HANGS))
    with monkeypatch.context() as patch:
        patch.setattr(kernel_trial, "_TRY_TIMEOUT_S", 0.5)
        if not resets:
            patch.setattr(UnixBoard, "interrupt", lambda self: None)
            with pytest.raises(InstallError, match=r"the kernel 'native' hangs the board") as caught:
                connect(url)
            assert "Reset the board" in str(caught.value.remedy)
        else:
            connect(url).session.stream.close()
    for _ in range(2):
        with connect(url) as after:
            assert (after.welcome.kernel, after.kernels_failed) == ("viper", {"native": "hung"})
            assert not (tmp_path / "myco" / "native.mpy").exists()


@pytest.mark.parametrize("name", kernels.COMPILED)
def test_a_forced_kernel_that_fails_is_an_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, name, wrong_kernel())
    with pytest.raises(InstallError, match=f"the kernel '{name}' gives wrong answers on this board"):
        connect(f"virtual:?root={tmp_path}&kernel={name}")


class BendingStream(ByteStream):
    """A stream that bends what goes to the board: the first `times` times that `old` does."""

    def __init__(self, inner: ByteStream, old: bytes, new: bytes, times: int) -> None:
        self.inner, self.old, self.new, self.times, self.url = inner, old, new, times, inner.url

    def read(self, size: int, timeout_s: float) -> bytes:
        return self.inner.read(size, timeout_s)

    def write(self, data: bytes) -> None:
        if self.times and self.old in data:
            self.times -= 1
            data = data.replace(self.old, self.new, 1)
        self.inner.write(data)

    def interrupt(self) -> None:
        self.inner.interrupt()

    def close(self) -> None:
        self.inner.close()


# A syntax error, a name that is none, and the name of a kernel that is not there.
BENT = [(b"print(_n, _k", b"print(_n, _k("), (b"_k.trial", b"_k.tral"), (b"_n = 'native'", b"_n = 'natve'")]


@pytest.mark.parametrize(("old", "new"), BENT)
def test_a_byte_lost_in_the_trial_bars_no_kernel(old: bytes, new: bytes, tmp_path: Path) -> None:
    """Lost once, it is tried again; lost each time, the command ends, and nothing is noted."""
    url = f"virtual:?root={tmp_path}"
    board = board_file_for(url)
    with open_stream(url) as stream:
        bending = BendingStream(stream, old, new, 9)
        with pytest.raises(LinkError):
            connect_stream(bending, board)
        assert bending.times == 7 and not (tmp_path / "myco" / "suspects.txt").read_text().strip()
        once = connect_stream(BendingStream(stream, old, new, 1), board)
        assert (once.welcome.kernel, once.kernels_failed) == ("native", {})


def test_too_little_memory_is_told_and_bars_no_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"virtual:?root={tmp_path}"
    python = "raise MemoryError"
    replaced(monkeypatch, "native", build_viper.cross(python, "x64", "greedy.py"))
    with connect(url) as connected:
        assert (connected.welcome.kernel, connected.kernels_failed) == ("viper", {"native": "memory"})
    assert not (tmp_path / "myco" / "suspects.txt").read_text().strip()


def test_a_kernel_that_was_barred_is_tried_again_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it then does is what counts from there on, and other kernels' notes stay."""
    url = f"virtual:?root={tmp_path}"
    with connect(f"{url}&kernel=bytecode"):
        pass
    lines = kernels.for_arch("x64").lines()
    notes = tmp_path / "myco" / "suspects.txt"
    notes.write_text(f"{lines['native']} hung\n{lines['viper']} wrong")
    with connect(url) as barred:
        assert barred.kernels_failed == {"native": "hung", "viper": "wrong"}
        assert barred.welcome.kernel == "bytecode"
    with connect(f"{url}&kernel=native") as forced:
        assert (forced.welcome.kernel, forced.kernels_failed) == ("native", {})
    assert notes.read_text().split() == [*lines["viper"].split(), "wrong"]
    with connect(url) as again:
        assert (again.welcome.kernel, again.kernels_failed) == ("native", {"viper": "wrong"})


def test_kernels_that_are_not_there_are_refused_by_name() -> None:
    with pytest.raises(BoardUrlError, match="no kernel is called 'fast'") as caught:
        connect("virtual:?kernel=fast")
    assert "kernel=viper" in str(caught.value.remedy)
    old = Identity((1, 19, 1), "Pico", "rp2", 6 | 1 << 8 | 4 << 10, "armv6m", 100_000)
    assert kernels.for_board(old, None, "x").files == ()
    with pytest.raises(InstallError, match=r"no kernel 'viper' for this board \(armv6m, \.mpy 6\.1\)"):
        kernels.for_board(old, "viper", "x")


def test_costs_are_those_of_the_kernel_that_a_board_is_given_first() -> None:
    for name in board_file.names():
        board = board_file.load(name)
        if board.machine is not None and board.runtime == "myco":
            assert board.machine.kernel == kernels.for_arch(kernels.BUILT_FOR[board.arch]).names()[0], name


def test_every_processor_has_its_kernels() -> None:
    for said, arch in kernels.BUILT_FOR.items():
        found = kernels.for_arch(arch)
        has_native = said.startswith("armv") or said == "x64"
        assert found.names() == (("native",) if has_native else ()) + ("viper", "bytecode")
        assert {found.bundle(name).id for name in found.names()} < kernels.acceptable(None)
        assert kernels.for_arch(arch, "viper").bundle("viper").id in kernels.acceptable("viper")
    assert kernels.for_arch(None).names() == ("bytecode",)
    assert kernels.acceptable("bytecode").isdisjoint(kernels.acceptable(None))


def test_kernels_are_for_a_processor_that_runs_them() -> None:
    """A .mpy names its processor; MicroPython loads those for itself and, on ARM, for lesser ones."""
    for said, arch in kernels.BUILT_FOR.items():
        for _, data in kernels.for_arch(arch).files:
            made_for = ARCHS.index(mpy_file.read(data).arch)
            lesser = ARCHS.index("armv6m") <= made_for <= ARCHS.index(said)
            assert made_for == ARCHS.index(said) or (said.startswith("armv") and lesser)
