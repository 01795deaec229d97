"""A file system in memory whose power can be cut at any operation, even in the middle of writing a file."""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import TracebackType
from typing import Any


class PowerCutError(BaseException):
    """Nothing on the board catches this, as nothing on a board runs on without power."""


class FakeFiles:
    """What a board keeps of its files. Operations that change something are counted; number `cut_at` fails.

    As on FAT, a name that is taken cannot be given to another file. `broken`: operations fail with OSError
    from then on instead, one after another, as on a flash that is worn out.
    """

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.cut_at = -1
        self.error: Callable[[], BaseException] = PowerCutError
        self.done = 0

    def _operation(self, name: str = "", half: bytes | None = None) -> None:
        if self.done == self.cut_at:
            if half is not None:
                self.contents[name] = half
            raise self.error()
        self.done += 1

    def cut(self, at: int, error: Callable[[], BaseException] = PowerCutError) -> None:
        """The operation number `at` from here on fails; -1 for none."""
        self.cut_at, self.done, self.error = at, 0, error

    # --- what device code calls: open, os.stat, os.rename, os.remove, os.size -------------------------

    def open(self, name: str, mode: str) -> _File:
        if mode == "wb":
            self._operation()
            self.contents[name] = b""
        return _File(self, name, self._found(name))

    def stat(self, name: str) -> tuple[int, ...]:
        return (0, 0, 0, 0, 0, 0, len(self._found(name)))

    def size(self, name: str) -> int:
        return len(self._found(name))

    def rename(self, old: str, new: str) -> None:
        self._found(old)
        if new in self.contents:
            raise OSError(errno.EEXIST)
        self._operation()
        self.contents[new] = self.contents.pop(old)

    def remove(self, name: str) -> None:
        self._found(name)
        self._operation()
        del self.contents[name]

    def _found(self, name: str) -> bytes:
        if name not in self.contents:
            raise OSError(errno.ENOENT)
        return self.contents[name]

    def burn(self, name: str, size: int, page: int, at: int, data: bytes) -> None:
        """Write flash as `flash.c` does; `name` stands for `size` bytes of it, in pages erased first."""
        before = self.contents.get(name, b"\xff" * size)
        if at % page == 0:
            self._operation(name, before[:at] + b"\xff" * (page // 2) + before[at + page // 2 :])
            before = before[:at] + b"\xff" * page + before[at + page :]
            self.contents[name] = before
        assert before[at : at + len(data)].strip(b"\xff") == b"", "written twice"
        half = data[: len(data) // 2]
        self._operation(name, before[:at] + half + before[at + len(half) :])
        self.contents[name] = before[:at] + data + before[at + len(data) :]

    def write(self, name: str, data: bytes) -> int:
        self._operation(name, data[: len(data) // 2])
        self.contents[name] += data
        return len(data)


class _File:
    def __init__(self, files: FakeFiles, name: str, data: bytes) -> None:
        self._files, self._name, self._data = files, name, data

    def write(self, data: Any) -> int:
        return self._files.write(self._name, bytes(data))

    def readinto(self, buffer: bytearray) -> int:
        part, self._data = self._data[: len(buffer)], self._data[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def __enter__(self) -> _File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
