"""Ctrl-C while the command line is still being loaded."""

from __future__ import annotations

import subprocess
import sys

INTERRUPTED = """
import sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "mycoflux.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupts())
from mycoflux.start import main
main()
"""


def test_it_ends_as_it_does_later() -> None:
    ran = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (130, "interrupted\n")
