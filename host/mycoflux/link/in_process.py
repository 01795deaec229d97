"""`sim:`: the device runtime itself, run by CPython in this process: no prompt, and no waiting."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mycoflux.link import descriptor
from mycoflux.link.board_file import BoardFile
from mycoflux.link.board_url import BoardUrl
from mycoflux.link.stream import ByteStream

BUNDLE = bytes(8)  # nothing was installed, so no bundle has a name; the runtime is the host's own copy


class InProcessBoard(ByteStream):
    """The runtime's server, fed by `write` and emptied by `read`."""

    has_repl = False

    def __init__(self, url: str, root: Path | None) -> None:
        self.url = url
        self._temporary = tempfile.TemporaryDirectory(prefix="mycoflux-sim-") if root is None else None
        self.root = Path(self._temporary.name) if self._temporary else root or Path()
        self.root.mkdir(parents=True, exist_ok=True)
        self._out = bytearray()
        self._gone = False
        self.reset()

    def read(self, size: int, timeout_s: float) -> bytes:
        """See ByteStream.read; never waits, for nothing happens here but in `write`."""
        if self._gone:
            raise descriptor.lost(self.url)
        data = bytes(self._out[:size])
        del self._out[:size]
        return data

    def write(self, data: bytes) -> None:
        """Let the runtime take `data`; its answers are there when this returns."""
        if self._gone:
            raise descriptor.lost(self.url)
        feed = self._server.feed
        for byte in data:
            if not feed(byte):
                # A board would be at its prompt now. There is none here: the runtime begins again.
                self._start()
                return

    def reset(self) -> None:
        """Begin again with the same files."""
        self._out.clear()
        self._start()

    def kill(self) -> None:
        """Pull the plug: from now on the board is lost."""
        self._gone = True

    def close(self) -> None:
        """See ByteStream.close."""
        self._gone = True
        if self._temporary is not None:
            self._temporary.cleanup()

    def _start(self) -> None:
        from myco.server import Server
        from myco.store import Store

        self._server = Server(self._out.extend, Store(f"{self.root}/"), BUNDLE)


def open_url(url: BoardUrl, board: BoardFile) -> InProcessBoard:
    """Open `sim:[?root=DIR]`."""
    del board  # CPython has no heap of a board's size
    url.allow("root")
    root = url.options.get("root")
    return InProcessBoard(url.text, Path(root).expanduser().resolve() if root else None)
