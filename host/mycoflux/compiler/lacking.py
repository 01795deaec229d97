"""What the smallest runtime (`device/nano/kernel`) lacks: only boards with the full one can run that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from myco import layout
from mycoflux.errors import DoesNotFit
from mycoflux.program.neurons import Neuron
from mycoflux.program.tables import table_format
from mycoflux.program.types import Program

SMALL = "nano"  # the smallest runtime, as board files call it


def lacks_neuron(neuron: Neuron) -> bool:
    """Whether it has no neurons of this model: it has plain LIF alone."""
    return bool(neuron.model != layout.MODEL_LIF)


def lacks_decoder(decoder: int) -> bool:
    """Whether it has no such decoder: it has none that reads potentials."""
    return bool(decoder > layout.DECODE_WINNER)


def lacking(program: Program) -> Iterator[tuple[str, str]]:
    """What of `program` it refuses, each with the author's line."""
    for p in program.populations:
        if lacks_neuron(p.neuron):
            yield f"population {p.name!r} of {p.neuron.name} neurons", p.origin
    for q in program.projections:
        if table_format(q) == layout.TABLE_CONVOLUTION:
            yield f"the convolution from {program.group_name(q.group)!r}", q.origin
    for a in program.actuators:
        if lacks_decoder(a.decoder):
            yield f"actuator {a.name!r}, which reads potentials", a.origin


def refuse_lacking(board: str, program: Program, what: str, origin: str) -> NoReturn:
    """Raise DoesNotFit for an entry of `lacking`."""
    raise DoesNotFit(
        f"the runtime of '{board}' lacks {what}",
        where=origin or program.name,
        remedy="Use plain LIF neurons, or a board with more memory, which has them all",
    )
