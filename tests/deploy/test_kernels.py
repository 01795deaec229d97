"""A board runs the fastest kernel that is right there; what is wrong, kills or hangs it goes, and is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from firmware_tools import build_viper
from firmware_tools.wrap_native import wrap

from mycoflux.backends.board import BoardBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.deploy import kernels
from mycoflux.deploy.connect import connect
from mycoflux.errors import BoardUrlError, InstallError
from mycoflux.link.repl import Identity
from mycoflux.link.unix_board import UnixBoard
from mycoflux.program.image import encode
from tests.programs import random_inputs, random_program

pytestmark = pytest.mark.virtual

KILLS = bytes.fromhex("0f0b")  # an instruction that x64 has not
HANGS = bytes.fromhex("ebfe")  # a jump to itself


def replaced(monkeypatch: pytest.MonkeyPatch, data: bytes | None) -> None:
    """Have this mycoflux come with another viper kernel for x64, and no other."""
    monkeypatch.setattr(
        kernels, "built", lambda name, arch: data if (name, arch) == ("viper", "x64") else None
    )
    kernels.acceptable.cache_clear()


@pytest.fixture(autouse=True)
def forget_bundles() -> object:
    yield
    kernels.acceptable.cache_clear()


def wrong_kernel() -> bytes:
    """One that loads, and counts wrongly."""
    source = build_viper.SOURCE.read_text().replace("_WIDE = const(0)", "_WIDE = const(1)")
    right = "here[1] * step + there[0]"
    assert right in source
    return build_viper.cross(source.replace(right, "here[1] * step"), "x64", "viper.py")


def acting(code: bytes) -> bytes:
    """One that acts when it is imported."""
    return wrap({"act": code}, "x64", "viper", "NAME = 'viper'\nact(1)\n")


def test_a_board_runs_what_is_built_for_it_and_says_so() -> None:
    with connect("virtual:") as fast, connect("virtual:?kernel=bytecode") as slow:
        assert (fast.welcome.kernel, slow.welcome.kernel) == ("viper", "bytecode")
        assert fast.kernels_failed == slow.kernels_failed == ()


@pytest.mark.parametrize("kernel", ["viper", "bytecode"])
def test_a_board_that_runs_it_is_not_installed_anew(kernel: str, tmp_path: Path) -> None:
    url = f"virtual:?root={tmp_path}&kernel={kernel}"
    with connect(url) as first:
        assert first.files_sent
        assert (f"myco/{kernel}.mpy" in first.files_sent) == (kernel == "viper")
    with connect(url) as again:
        assert (again.welcome.kernel, again.files_sent) == (kernel, ())
    with connect(f"virtual:?root={tmp_path}") as free:
        assert free.welcome.kernel == "viper"
        assert ("myco/viper.mpy" in free.files_sent) == (kernel == "bytecode")


@pytest.mark.parametrize("how", ["wrong", "kills", "not for this firmware"])
def test_a_kernel_that_fails_is_removed_told_and_left_out(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"virtual:?root={tmp_path}"
    data = {
        "wrong": wrong_kernel,
        "kills": lambda: acting(KILLS),
        "not for this firmware": lambda: b"M\x05\0",
    }
    replaced(monkeypatch, data[how]())
    with connect(url) as connected:
        assert (connected.welcome.kernel, connected.kernels_failed) == ("bytecode", ("viper",))
        assert not (tmp_path / "myco" / "viper.mpy").exists()
        program = random_program(5)
        connected.put(encode(program))
        board, reference = BoardBackend(program, connected.session), PlainReference(program)
        for row in random_inputs(5, program.channels, 20):
            assert board.step(row) == reference.step(row)
    with connect(url) as again:
        assert (again.welcome.kernel, again.kernels_failed) == ("bytecode", ("viper",))
        assert again.files_sent == ()
    monkeypatch.undo()
    kernels.acceptable.cache_clear()
    with connect(url) as mended:
        assert (mended.welcome.kernel, mended.kernels_failed) == ("viper", ())


@pytest.mark.parametrize("resets", [True, False])
def test_a_kernel_that_hangs_the_board_is_left_out_after_a_reset(
    resets: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board that can be reset over its line is, one that cannot says that it must be."""
    url = f"virtual:?root={tmp_path}"
    replaced(monkeypatch, acting(HANGS))
    monkeypatch.setattr(kernels, "_TRY_TIMEOUT_S", 0.5)
    if not resets:
        with monkeypatch.context() as patch:
            patch.setattr(UnixBoard, "interrupt", lambda self: None)
            with pytest.raises(InstallError, match=r"the kernel 'viper' hangs the board") as caught:
                connect(url)
        assert "Reset the board" in str(caught.value.remedy)
    for _ in range(2):
        with connect(url) as after:
            assert (after.welcome.kernel, after.kernels_failed) == ("bytecode", ("viper",))
            assert not (tmp_path / "myco" / "viper.mpy").exists()


def test_a_forced_kernel_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, wrong_kernel())
    with pytest.raises(InstallError, match="the kernel 'viper' does not work on this board"):
        connect(f"virtual:?root={tmp_path}&kernel=viper")


def test_kernels_that_are_not_there_are_refused_by_name() -> None:
    with pytest.raises(BoardUrlError, match="no kernel is called 'fast'") as caught:
        connect("virtual:?kernel=fast")
    assert "kernel=viper" in str(caught.value.remedy)
    old = Identity((1, 19, 1), "Pico", "rp2", 6 | 1 << 8 | 4 << 10, "armv6m", 100_000)
    assert kernels.for_board(old, None, "x").files == ()
    with pytest.raises(InstallError, match=r"no kernel 'viper' for this board \(armv6m, \.mpy 6\.1\)"):
        kernels.for_board(old, "viper", "x")


def test_every_processor_has_its_kernel() -> None:
    for arch in kernels.BUILT_FOR.values():
        assert "viper" in dict(kernels.for_arch(arch).files)
        assert kernels.for_arch(arch).bundle().id in kernels.acceptable(None)
        assert kernels.for_arch(arch, "viper").bundle().id in kernels.acceptable("viper")
    assert kernels.for_arch(None).files == ()
    assert kernels.acceptable("bytecode").isdisjoint(kernels.acceptable(None))
