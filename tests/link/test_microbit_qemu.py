import pytest

from mycoflux.errors import EmulatorMissing, FirmwareTooOld
from mycoflux.link import microbit_qemu
from mycoflux.link.repl import Repl
from mycoflux.link.urls import board_file_for, open_stream


@pytest.mark.microbit
@pytest.mark.parametrize("url", ["microbit-qemu:", "microbit-qemu:?icount=1"])
def test_long_blocks_arrive_whole(url):
    lines = "".join(f"n+={i}\n" for i in range(200))
    with open_stream(url) as stream:
        repl = Repl(stream)
        repl.enter()
        for _ in range(3):
            assert repl.exec(f"n=0\n{lines}print(n)").strip() == str(sum(range(200)))


@pytest.mark.microbit
def test_it_says_who_it_is_and_is_too_old_for_the_large_runtime():
    with open_stream("microbit-qemu:") as stream:
        repl = Repl(stream)
        repl.enter()
        identity = repl.identify(board_file_for("microbit-qemu:").micropython_min)
        assert identity.version == (1, 9, 2)
        assert (identity.mpy, identity.arch) == (0, "none")
        assert 6_000 < identity.heap_free < 10_000
        with pytest.raises(FirmwareTooOld, match=r"1\.19 or later"):
            repl.identify()


@pytest.mark.microbit
def test_a_running_program_gives_the_prompt_back():
    with open_stream("microbit-qemu:") as stream:
        repl = Repl(stream)
        repl.start("while True: pass")
        repl.enter()
        assert repl.eval("6 * 7") == 42


def test_missing_firmware_names_the_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(microbit_qemu, "FIRMWARE", tmp_path / "firmware.hex")
    with pytest.raises(EmulatorMissing, match="firmware-microbit-micropython"):
        open_stream("microbit-qemu:")
