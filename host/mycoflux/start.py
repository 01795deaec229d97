"""Where the `mycoflux` command begins: Ctrl-C while Python still loads the rest is no traceback."""

from __future__ import annotations

import sys


def main() -> None:
    """See `mycoflux.cli.main`."""
    try:
        from mycoflux.cli import main as command_line
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    command_line()
