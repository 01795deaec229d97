"""The board's file of the program: written whole or not at all, the one before kept as a fallback."""

import os

from myco import check, layout

NEW = "program.new"
ACTIVE = "program.bin"
OLD = "program.old"


class Store:
    """Program images in `folder` ("" is the board's current folder; otherwise ends with a slash)."""

    def __init__(self, folder=""):
        self._folder = folder
        self.files_bad = 0

    def save(self, image):
        """Write `image` beside the active one, then change names. Raises OSError; the old one stays.

        A power cut leaves `program.bin` or, between the two renames, `program.old`: load() reads both.
        """
        new, active, old = self._folder + NEW, self._folder + ACTIVE, self._folder + OLD
        with open(new, "wb") as f:
            f.write(image)
        self._remove(old)
        if self._exists(active):
            os.rename(active, old)
        os.rename(new, active)

    def load(self):
        """The newest whole image as a bytearray, or None. What is damaged is counted and passed over."""
        for name in (ACTIVE, OLD):
            path = self._folder + name
            if not self._exists(path):
                continue
            try:
                size = os.stat(path)[6]
                image = bytearray(size)
                with open(path, "rb") as f:
                    f.readinto(image)
                check.check(image)
                return image
            except (OSError, layout.BadImage):
                self.files_bad += 1
        return None

    def forget(self):
        """Remove every program file."""
        for name in (NEW, ACTIVE, OLD):
            self._remove(self._folder + name)

    def _exists(self, path):
        try:
            os.stat(path)
            return True
        except OSError:
            return False

    def _remove(self, path):
        if self._exists(path):
            os.remove(path)
