"""Lava's own classes, if it is installed, imported so that they work on Python 3.11.

`lava.magma.compiler.var_model` has a dataclass whose default is another dataclass's instance, which 3.11
refuses as unhashable (and so perhaps mutable). While Lava is imported, its dataclasses get the hash of plain
objects; nothing else is changed.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from mycoflux.errors import ExtraMissing


@contextmanager
def _hashable_dataclasses() -> Iterator[None]:
    module: Any = dataclasses
    make = module._process_class

    def make_hashable(cls: type, *args: Any, **kwargs: Any) -> type:
        made: Any = make(cls, *args, **kwargs)
        if made.__hash__ is None and made.__module__.startswith("lava."):
            made.__hash__ = object.__hash__
        return cast(type, made)

    module._process_class = make_hashable
    try:
        yield
    finally:
        module._process_class = make


try:
    with _hashable_dataclasses():
        from lava.magma.core.run_conditions import RunSteps
        from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig
        from lava.proc.atrlif.process import ATRLIF
        from lava.proc.conv.process import Conv
        from lava.proc.dense.process import DelayDense, Dense
        from lava.proc.graded.process import GradedReluVec, GradedVec
        from lava.proc.io.sink import RingBuffer as Sink
        from lava.proc.io.source import RingBuffer as Source
        from lava.proc.lif.process import LIF, LIFReset, TernaryLIF
        from lava.proc.monitor.process import Monitor
        from lava.proc.rf.process import RF
        from lava.proc.rf_iz.process import RF_IZ
        from lava.proc.sparse.process import Sparse
except ImportError as error:
    raise ExtraMissing(
        f"Lava cannot be imported ({error})",
        where="mycoflux.backends.lava",
        remedy="Install it with `pip install 'mycoflux[lava]'`",
    ) from error

QUIET = logging.CRITICAL

__all__ = [
    "ATRLIF",
    "LIF",
    "QUIET",
    "RF",
    "RF_IZ",
    "Conv",
    "DelayDense",
    "Dense",
    "GradedReluVec",
    "GradedVec",
    "LIFReset",
    "Loihi2SimCfg",
    "Monitor",
    "RunConfig",
    "RunSteps",
    "Sink",
    "Source",
    "Sparse",
    "TernaryLIF",
]
