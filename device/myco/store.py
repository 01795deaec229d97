"""The board's files of its program: written whole or not at all, the one before kept as a fallback.

Whatever moment power is cut at, the old program or the new one is found again: a new image is written beside
the others and is whole before any other file is touched, and what was booted from is never written to.
"""

import os

from myco import check, layout

NEW = "program.new"
ACTIVE = "program.bin"
OLD = "program.old"


class Store:
    """Program images in `folder` ("" is the board's current folder; otherwise ends with a slash)."""

    def __init__(self, folder=""):
        self._folder = folder
        self._good = None  # the file that was last read or written whole; "" for none, None before looking
        self.files_bad = 0

    def images(self):
        """The whole images on file as bytearrays, the best first; the next is for when one does not start.

        What is damaged, or too large to read, is counted and passed over.
        """
        self._good = ""
        for name in (ACTIVE, NEW, OLD):
            image = self._read(name)
            if image:
                self._good = name
                yield image
                image = None  # make room for the next

    def load(self):
        """The first of `images`, or None."""
        for image in self.images():
            return image
        return None

    def _read(self, name):
        path = self._folder + name
        if not self._exists(path):
            return None
        try:
            image = bytearray(os.stat(path)[6])
            with open(path, "rb") as f:
                f.readinto(image)
            check.check(image)
            return image
        except (OSError, MemoryError, layout.BadImage):
            self.files_bad += 1
        return None

    def save(self, image):
        """Keep `image`, and the program before it as a fallback. Raises OSError; what was there stays."""
        if self._good is None:
            self.load()
        new, active, old = self._folder + NEW, self._folder + ACTIVE, self._folder + OLD
        if self._good == NEW:
            self._replace(new, active)
            self._good = ACTIVE
        with open(new, "wb") as f:
            if f.write(image) != len(image):
                raise OSError(28)  # some file systems say "full" with a count alone
        if self._good == ACTIVE and self._exists(active):
            self._replace(active, old)
        self._good = NEW
        self._replace(new, active)
        self._good = ACTIVE

    def forget(self):
        """Remove every program file, the fallbacks first: what was replaced must not come back."""
        for name in (OLD, NEW, ACTIVE):
            self._remove(self._folder + name)
        self._good = ""

    def _replace(self, path, by):
        """Give the file another name; not every file system does that where one has it already."""
        self._remove(by)
        os.rename(path, by)

    def _exists(self, path):
        try:
            os.stat(path)
            return True
        except OSError:
            return False

    def _remove(self, path):
        if self._exists(path):
            os.remove(path)
