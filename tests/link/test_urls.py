import pytest

from mycoflux.errors import BoardFileError, BoardUrlError
from mycoflux.link.urls import board_file_for, open_stream


@pytest.mark.parametrize(
    "url", ["", "foo:", "pico:", "virtual", "http://x", "virtual://x", "ttyACM0", "COMX"]
)
def test_unknown_urls_are_answered_with_an_example_of_each_kind(url):
    with pytest.raises(BoardUrlError) as caught:
        open_stream(url)
    for example in (
        "/dev/ttyACM0",
        "COM3",
        "socket://",
        "rfc2217://",
        "sim:",
        "virtual:",
        "armv7:",
        "microbit-qemu:",
    ):
        assert example in caught.value.remedy


@pytest.mark.parametrize(
    "url", ["virtual:?rot=x", "sim:?heap=1", "/dev/ttyACM0?bauds=1", "microbit-qemu:?root=x"]
)
def test_unknown_options_are_refused(url):
    with pytest.raises(BoardUrlError, match="unknown option"):
        open_stream(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("virtual:?kernel=native&kernel=viper", "'kernel=' was given twice"),
        ("microbit-qemu:?icount=2", "neither 0 nor 1"),
        ("sim:pico", "has no heap of its own"),
    ],
)
def test_options_that_contradict_or_mean_nothing_are_refused(url, said):
    with pytest.raises(BoardUrlError, match=said):
        open_stream(url)


def test_a_baud_rate_is_a_number():
    with pytest.raises(BoardUrlError, match="whole number"):
        open_stream("/dev/ttyACM0?baud=fast")


def test_what_is_known_before_asking():
    assert board_file_for("virtual:").heap_kib == 192
    assert board_file_for("virtual:esp32").heap_kib == 100
    assert board_file_for("virtual:esp32").arch == "x64"
    assert board_file_for("virtual:sim").heap_kib == 192  # sim has no bound to take over
    assert board_file_for("microbit-qemu:").runtime == "nano"
    assert board_file_for("/dev/ttyACM0") is None
    assert board_file_for("/dev/ttyACM0?board=pico").name == "pico"
    assert board_file_for("COM7?board=pico").name == "pico"
    assert board_file_for("socket://10.0.0.7:3333") is None
    with pytest.raises(BoardFileError, match="nope"):
        board_file_for("virtual:nope")
