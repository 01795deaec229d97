"""Scripts for the prompt of a board: the runtime there has no constants, so they get literals."""

from __future__ import annotations

from mycoflux.deploy import runtime
from mycoflux.deploy.inline import with_literals


def script(source: str) -> str:
    """`source` as it runs beside the runtime that is installed."""
    return with_literals(source, runtime.modules())
