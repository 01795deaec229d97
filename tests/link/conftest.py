"""Peers that are not boards of ours: the other end of a serial port, as the world may fill it."""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Answer = Callable[[bytes], bytes]


class SerialPeer:
    """Something at the other end of `port`, that answers each piece it receives with `answer(piece)`."""

    def __init__(self, answer: Answer) -> None:
        self._fd, self._port_fd = pty.openpty()
        tty.setraw(self._fd)
        tty.setraw(self._port_fd)
        self.port = os.ttyname(self._port_fd)
        self._answer = answer
        self._stop, self._stopper = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._fd, self._stop], [], [])
            if self._stop in ready:
                return
            answer = self._answer(os.read(self._fd, 4096))
            if answer:
                os.write(self._fd, answer)

    def unplug(self) -> None:
        os.write(self._stopper, b"x")
        self._thread.join()
        for fd in (self._port_fd, self._fd, self._stop, self._stopper):
            os.close(fd)


@pytest.fixture
def serial_peer() -> Iterator[Callable[[Answer], SerialPeer]]:
    peers: list[SerialPeer] = []

    def make(answer: Answer) -> SerialPeer:
        peers.append(SerialPeer(answer))
        return peers[-1]

    yield make
    for peer in peers:
        if peer._thread.is_alive():
            peer.unplug()


@pytest.fixture
def mine(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a board file of the name that its text says, and gives its path."""

    def write(text: str) -> Path:
        file = tmp_path / "mine.toml"
        file.write_text(text)
        return file

    return write
