"""The native kernel as MicroPython sees it: what stands in its .mpy beside the machine code, which is `run`.

A kernel that does whole ticks: instead of stages it has `bind`, `tick` and `forget`. What it takes of
`myco.plan` is written into it when it is built, so that no board has that module in memory.
"""

from array import array

import micropython

from myco import plan

NAME = "native"


@micropython.viper
def run(op: int) -> int:
    """The kernel (myco.plan): its builder puts machine code in place of this."""
    return op


def bind(s):
    """The plan of engine `s`, by which its ticks run.

    Raises MemoryError where the image begins on no multiple of 4, which no heap of MicroPython's gives.
    """
    made = array("l", range(plan.words(s.header)))
    buffers = (s.image, s.u, s.v, s.extra, s.drive, s.inputs, s.sigma, s.traces, s.outputs)
    buffers += (s.fired, s.payload, s.segments, s.slots, s.phases)
    if run(plan.BIND, made, *buffers) != plan.DONE:
        raise MemoryError
    return made


def tick(words):
    """All of a tick."""
    run(plan.TICK, words)


def measure(words, projection):
    """Bytes of a projection's straight-line code; 0 where it can have none."""
    return run(plan.MEASURE, words, projection)


def emit(words, projection, address):
    """Make that code there; 0 if it does not do what the table does, and the table goes on."""
    return run(plan.EMIT, words, projection, address)


def drop(words):
    """Run no straight-line code any more."""
    run(plan.DROP, words)


def forget(words):
    """State was written from outside: nothing is known to be at rest."""
    run(plan.FORGET, words)
